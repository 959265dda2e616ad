-- The ledger's published read side. Columns may be added; none is renamed or removed without a new view.

CREATE SCHEMA published;

CREATE VIEW published.calls AS
SELECT call_id, pbx, linkedid, direction, kind, caller_number, caller_name, dialed, trunk, queue, customer, did, manager,
       started_at, answered_at, ended_at, disposition, missed_reason,
       answered_by_number, answered_by_name, answered_by_channel,
       extract(epoch FROM coalesce(answered_at, ended_at) - started_at)::float8 AS wait_seconds,
       extract(epoch FROM talk)::float8 AS talk_seconds,
       repaired, changed_at
FROM calls;

CREATE VIEW published.legs AS
SELECT call_id, uniqueid, channel, number, name, started_at, rang_at, answered_at, ended_at, hangup_cause,
       extract(epoch FROM coalesce(answered_at, ended_at) - rang_at)::float8 AS ring_seconds
FROM legs;

CREATE VIEW published.transfers AS
SELECT call_id, at, kind, by_number, to_number
FROM transfers;

-- "Why was this call missed?": everything that is known, in order. ``seq`` orders what happened at the same moment.
CREATE VIEW published.call_timeline AS
SELECT call_id, at, 2 AS seq, kind, number, identity AS detail
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
