-- How urgent a request is: what is due at the same time is rung in this order. A time that was promised counts as 20.

ALTER TABLE callback_requests ADD COLUMN priority smallint NOT NULL DEFAULT 0 CHECK (priority BETWEEN 0 AND 100);

CREATE OR REPLACE VIEW published.callbacks AS
SELECT r.request_id, pbx, customer, name, r.did, state, waits_for, r.misses, first_missed_at, last_missed_at, due_at, spent,
       r.owner, rang_at, accepted_at, talked_at, r.closed_at, r.closed_for, closed_by, r.ring_by, round, first_manager,
       coalesce(f.fate, CASE WHEN r.closed_at IS NULL THEN 'owed' END) AS fate,
       coalesce(f.target,
                CASE WHEN rang_at IS NOT NULL THEN CASE WHEN rang_at > r.ring_by THEN 'missed' ELSE 'met' END
                     WHEN coalesce(r.closed_at, now()) > r.ring_by THEN 'missed'
                     WHEN r.closed_at IS NOT NULL THEN 'not_needed'
                     ELSE 'open' END) AS target,
       priority
FROM callback_requests r
LEFT JOIN callback_facts f USING (request_id);
