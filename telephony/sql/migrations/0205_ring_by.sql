-- By when a manager's phone must ring: `callback.target_seconds` of working time after the caller hung up, by the hours of
-- the number that they had called. Reckoned when the request opens, and again when the hours change before it has rung.

ALTER TABLE callback_requests ADD COLUMN ring_by timestamptz;
COMMENT ON COLUMN callback_requests.ring_by IS 'Null if the hours never open, and in requests that were closed before there was this column';

CREATE INDEX callbacks_by_deadline ON callback_requests ((coalesce(ring_by, 'infinity')), request_id) WHERE closed_at IS NULL;

CREATE OR REPLACE VIEW published.callbacks AS
SELECT request_id, pbx, customer, name, did, state, waits_for, misses, first_missed_at, last_missed_at, due_at, spent, owner,
       rang_at, accepted_at, talked_at, closed_at, closed_for, closed_by, ring_by, round, first_manager
FROM callback_requests;
