-- What an audit reads: of what began in [$1, $2).

-- name: calls
SELECT * FROM calls WHERE started_at >= $1 AND started_at < $2 ORDER BY started_at;

-- name: merges
SELECT absorbed, call_id FROM call_merges WHERE at >= $1;

-- name: letters
SELECT call_id, kind, reason, written, died_at FROM dead_letters WHERE died_at >= $1 AND died_at < $2 ORDER BY id;

-- name: recorded
SELECT r.call_id, r.stage, coalesce(r.verdict, '') AS verdict, r.due_at, r.ended_at,
       EXISTS (SELECT FROM recording_alarms a WHERE a.call_id = r.call_id) AS alarmed
FROM recorded_calls r
WHERE r.call_id = ANY($1::text[]);

-- name: files
SELECT id AS recording_id, call_id, path, bytes AS size, started_at, deleted_at IS NOT NULL AS deleted
FROM recordings
WHERE path IS NOT NULL AND call_id = ANY($1::text[])
ORDER BY id;

-- name: misses
SELECT call_id, request_id, customer, missed_at FROM callback_misses WHERE missed_at >= $1;

-- name: requests
-- Those of the span, and those of before that are still open.
SELECT r.request_id, r.customer, r.state, r.due_at, r.first_missed_at, r.closed_at IS NULL AS is_open,
       coalesce((SELECT max(h.at) FROM callback_history h WHERE h.request_id = r.request_id), r.first_missed_at) AS moved_at
FROM callback_requests r
WHERE (r.first_missed_at >= $1 AND r.first_missed_at < $2) OR (r.closed_at IS NULL AND r.first_missed_at < $2)
ORDER BY r.request_id;

-- name: attempts
SELECT a.attempt_key, a.request_id, a.pbx || ':' || a.channel_id AS call_id, a.channel_id, r.customer, a.written_at,
       a.ended_at, coalesce(a.outcome, '') AS outcome
FROM callback_attempts a JOIN callback_requests r USING (request_id)
WHERE (a.written_at >= $1 AND a.written_at < $2) OR (a.ended_at IS NULL AND a.written_at < $2)
ORDER BY a.attempt_key;

-- name: orders
-- A person's word: the verbs that the engine never says in anybody's name.
SELECT h.request_id, r.customer, h.at
FROM callback_history h JOIN callback_requests r USING (request_id)
WHERE h.at >= $1 AND (h.verb = 'request' OR h.verb = 'release' OR (h.by_whom <> '' AND h.verb IN ('snooze', 'retry')))
ORDER BY h.history_id;

-- name: promises
-- Those for a time of the span, and those of before that are not settled.
SELECT p.promise_id, p.request_id, p.promised_at, p.settled_at IS NOT NULL AS settled, p.overdue_at IS NOT NULL AS overdue,
       r.closed_at IS NULL AS request_open
FROM promises p JOIN callback_requests r USING (request_id)
WHERE p.withdrawn_at IS NULL AND p.promised_at < $2 AND (p.promised_at >= $1 OR p.settled_at IS NULL)
ORDER BY p.promise_id;
