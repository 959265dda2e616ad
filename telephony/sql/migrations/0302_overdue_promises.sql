-- A promise whose time has passed is told as overdue at once, not only when its request is closed.

ALTER TABLE promises ADD COLUMN overdue_at timestamptz;
COMMENT ON COLUMN promises.overdue_at IS 'When it was seen that nobody had accepted in time; it stays with the final verdict';

CREATE INDEX promises_to_watch ON promises (promised_at)
    WHERE withdrawn_at IS NULL AND settled_at IS NULL AND overdue_at IS NULL;

CREATE OR REPLACE VIEW published.promises AS
SELECT promise_id, request_id, slot_of, promised_at, made_at, accepted_at, settled_at,
       coalesce(verdict, CASE WHEN overdue_at IS NOT NULL THEN 'overdue' END) AS verdict, why, overdue_at
FROM promises
WHERE withdrawn_at IS NULL;
