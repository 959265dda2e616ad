-- Recordings: the rows that a call leaves while it goes on, the archive's queue, reading, alarms, deletion.

-- name: open_call
INSERT INTO recorded_calls (call_id, pbx, keeping, wanted, answered, talk_seconds, uniqueids, started_at, stage, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9)
ON CONFLICT (call_id) DO NOTHING

-- name: add_recording
-- A file told twice is one row; one told under a call that another call took in follows it.
INSERT INTO recordings (call_id, pbx, pbx_path, channel, uniqueid, started_at, adopted, swapped)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT ON CONSTRAINT one_file_once DO UPDATE SET call_id = excluded.call_id
WHERE recordings.verdict IS NULL AND recordings.call_id <> excluded.call_id

-- name: move_recordings
UPDATE recordings SET call_id = $2 WHERE call_id = $1

-- name: move_orders
UPDATE recording_orders SET call_id = $2 WHERE call_id = $1

-- name: forget_call
DELETE FROM recorded_calls WHERE call_id = $1

-- name: end_call
INSERT INTO recorded_calls (call_id, pbx, keeping, wanted, answered, talk_seconds, uniqueids, started_at, ended_at, due_at,
                            stage)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'ended')
ON CONFLICT (call_id) DO UPDATE
SET keeping = excluded.keeping, wanted = excluded.wanted, answered = excluded.answered,
    talk_seconds = excluded.talk_seconds, uniqueids = excluded.uniqueids, ended_at = excluded.ended_at,
    due_at = excluded.due_at, stage = 'ended'
WHERE recorded_calls.stage = 'open'

-- name: end_lost_calls
-- Their end was never heard. What has neither file nor wish is nothing to keep.
UPDATE recorded_calls SET stage = 'ended', ended_at = $2, due_at = $2
WHERE stage = 'open' AND started_at < $1

-- name: claim
SELECT call_id, pbx, wanted, answered, talk_seconds, uniqueids, stage, tries
FROM recorded_calls
WHERE stage IN ('ended', 'kept') AND due_at <= $1
ORDER BY due_at
LIMIT 1
FOR UPDATE SKIP LOCKED

-- name: next_due
SELECT due_at
FROM recorded_calls
WHERE stage IN ('ended', 'kept')
ORDER BY due_at
LIMIT 1
FOR UPDATE SKIP LOCKED

-- name: recordings_to_convert
SELECT id, call_id, pbx, pbx_path, uniqueid, started_at, adopted, swapped, seen_bytes, verdict, original_gone,
       seconds, levels, voiced, peaks
FROM recordings
WHERE call_id = $1
ORDER BY started_at, id

-- name: saw_bytes
UPDATE recordings SET seen_bytes = $2 WHERE id = $1

-- name: keep_recording
UPDATE recordings
SET verdict = $2, path = $3, format = $4, bytes = $5, sha256 = $6, seconds = $7, sides = $8, levels = $9, voiced = $10,
    peaks = $11, kept_at = $12
WHERE id = $1

-- name: judge_recording
UPDATE recordings SET verdict = $2 WHERE id = $1

-- name: judge_call
UPDATE recorded_calls SET stage = $2, verdict = $3, why = $4, due_at = $5 WHERE call_id = $1

-- name: later
UPDATE recorded_calls SET due_at = $2, tries = $3 WHERE call_id = $1

-- name: finish_call
UPDATE recorded_calls SET stage = 'done' WHERE call_id = $1

-- name: original_gone
UPDATE recordings SET original_gone = true WHERE id = $1

-- name: open_tapes
SELECT r.call_id, r.pbx_path, r.channel, r.uniqueid, r.started_at
FROM recordings r
JOIN recorded_calls c USING (call_id)
WHERE c.stage = 'open'
ORDER BY r.started_at, r.id

-- name: open_orders
SELECT o.call_id, o.kind
FROM recording_orders o
JOIN recorded_calls c USING (call_id)
WHERE c.stage = 'open'
ORDER BY o.at, o.id

-- name: add_order
INSERT INTO recording_orders (call_id, at, kind, by_whom) VALUES ($1, $2, $3, $4)

-- name: orders
SELECT kind, at, by_whom FROM recording_orders WHERE call_id = $1 ORDER BY at, id

-- name: raise_call_alarm
INSERT INTO recording_alarms (call_id, cause, why, raised_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (call_id, cause) WHERE call_id IS NOT NULL DO NOTHING
RETURNING id

-- name: raise_house_alarm
INSERT INTO recording_alarms (cause, why, raised_at) VALUES ($1, $2, $3)
ON CONFLICT (cause) WHERE call_id IS NULL AND cleared_at IS NULL DO NOTHING
RETURNING id

-- name: clear_house_alarm
UPDATE recording_alarms SET cleared_at = $2, cleared_by = 'by itself'
WHERE cause = $1 AND call_id IS NULL AND cleared_at IS NULL
RETURNING id

-- name: clear_alarm
UPDATE recording_alarms SET cleared_at = $2, cleared_by = $3 WHERE id = $1 AND cleared_at IS NULL RETURNING id

-- name: clear_call_alarms
UPDATE recording_alarms SET cleared_at = $2, cleared_by = 'by itself' WHERE call_id = $1 AND cleared_at IS NULL

-- name: hold
UPDATE recorded_calls SET held = $2 WHERE call_id = $1 RETURNING call_id

-- name: claim_old
-- $1, $2: kinds of keeping and, for each, the time before which it is too old.
SELECT r.id, r.call_id, r.pbx, r.pbx_path, r.adopted, r.original_gone, r.path, r.bytes, r.sha256
FROM recordings r
JOIN recorded_calls c USING (call_id)
JOIN unnest($1::text[], $2::timestamptz[]) AS limits (keeping, before) ON limits.keeping = c.keeping
WHERE r.deleted_at IS NULL AND r.started_at < limits.before AND NOT c.held AND c.stage = 'done'
ORDER BY r.started_at
LIMIT $3
FOR UPDATE OF r SKIP LOCKED

-- name: leftovers
SELECT leftover_id, pbx, path FROM erasure_leftovers ORDER BY leftover_id LIMIT $1

-- name: forget_leftover
DELETE FROM erasure_leftovers WHERE leftover_id = $1

-- name: old_messages
-- What callers left to be heard, older than what is kept where nobody answered, and not on legal hold with its call.
SELECT m.message_id, r.pbx, m.file
FROM caller_messages m
JOIN callback_requests r ON r.request_id = m.request_id
LEFT JOIN recorded_calls c ON c.call_id = m.call_id
WHERE m.left_at < $1 AND NOT coalesce(c.held, false)
ORDER BY m.left_at
LIMIT $2

-- name: old_answers
-- What customers answered aloud in surveys, kept as long as messages.
SELECT a.answer_id, s.pbx, a.file
FROM survey_answers a
JOIN surveys s USING (survey_id)
WHERE a.said_at < $1 AND NOT EXISTS (SELECT FROM legal_holds h WHERE h.number = s.customer)
ORDER BY a.said_at
LIMIT $2

-- name: forget_answer
DELETE FROM survey_answers WHERE answer_id = $1

-- name: forget_message
DELETE FROM caller_messages WHERE message_id = $1

-- name: claim_for_deletion
SELECT r.id, r.call_id, r.pbx, r.pbx_path, r.adopted, r.original_gone, r.path, r.bytes, r.sha256
FROM recordings r
JOIN recorded_calls c USING (call_id)
WHERE r.call_id = $1 AND r.deleted_at IS NULL AND NOT c.held AND c.stage = 'done'
FOR UPDATE OF r

-- name: deleted
UPDATE recordings SET deleted_at = $2, original_gone = $3, peaks = '{}' WHERE id = $1

-- name: log_deletion
INSERT INTO recording_deletions (recording_id, call_id, path, bytes, sha256, reason, by_whom, at, was_there)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: untried
UPDATE recordings SET verdict = NULL WHERE id = ANY($1) AND verdict IN ('missing', 'unreadable')
