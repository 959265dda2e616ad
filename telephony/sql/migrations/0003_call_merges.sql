-- Calls that turned out to be a part of another one (an attended transfer joined them). Their rows are gone; this remembers
-- where they went, so that a late or repeated event of theirs does not bring them back.
CREATE TABLE call_merges (
    absorbed text PRIMARY KEY,
    call_id  text NOT NULL REFERENCES calls ON DELETE CASCADE,
    at       timestamptz NOT NULL
);
CREATE INDEX call_merges_by_call ON call_merges (call_id);

CREATE VIEW published.call_merges AS
SELECT absorbed, call_id, at
FROM call_merges;

-- The call's own end comes after the ends of its legs, though it is the same moment.
CREATE OR REPLACE VIEW published.call_timeline AS
SELECT call_id, at, CASE kind WHEN 'ended' THEN 5 ELSE 2 END AS seq, kind, number, identity AS detail
FROM call_events
UNION ALL
SELECT call_id, started_at, 1, 'leg_started', number, channel
FROM legs
UNION ALL
SELECT call_id, answered_at, 3, 'leg_answered', number, channel
FROM legs
WHERE answered_at IS NOT NULL
UNION ALL
SELECT call_id, ended_at, 4, 'leg_ended', number, channel || coalesce(' cause ' || hangup_cause, '')
FROM legs
WHERE ended_at IS NOT NULL;
