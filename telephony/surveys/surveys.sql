-- Surveys by phone.

-- name: plan_first_talks
-- Who talked with us for the first time in [$1, $2): no answered call before, and no survey since $3. The planner gives
-- each a day of their own.
SELECT c.customer, c.pbx, c.did, c.trunk, c.caller_name AS name,
    CASE c.direction WHEN 'inbound' THEN c.caller_number ELSE c.dialed END AS heard_number, c.answered_at
FROM calls c
WHERE c.started_at >= $1 AND c.started_at < $2 AND c.customer <> '' AND c.answered_at IS NOT NULL
  AND c.direction IN ('inbound', 'outbound') AND c.kind <> 'survey'
  AND NOT EXISTS (
      SELECT FROM calls e
      WHERE e.customer = c.customer AND e.customer <> '' AND e.started_at < c.started_at AND e.answered_at IS NOT NULL
  )
  AND NOT EXISTS (SELECT FROM surveys s WHERE s.customer = c.customer AND s.planned_at >= $3)
  AND NOT EXISTS (SELECT FROM survey_refusals r WHERE r.customer = c.customer)
ORDER BY c.started_at
LIMIT $4;

-- name: last_route
SELECT pbx, trunk, did, caller_name AS name,
    CASE direction WHEN 'inbound' THEN caller_number ELSE dialed END AS heard_number
FROM calls
WHERE customer = $1 AND customer <> '' AND trunk <> ''
ORDER BY started_at DESC
LIMIT 1;

-- name: asked_since
SELECT true FROM surveys WHERE customer = $1 AND planned_at >= $2 LIMIT 1;

-- name: said_never
SELECT true FROM survey_refusals WHERE customer = $1;

-- name: name_of
SELECT name FROM customers WHERE number = $1;

-- name: plan
INSERT INTO surveys (pbx, customer, heard_number, name, did, trunk, because, anchor_at, planned_by, planned_at, not_before, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (customer) WHERE state <> 'over' DO NOTHING
RETURNING survey_id;

-- name: alone
-- One daemon at a time decides whom to ask.
SELECT pg_try_advisory_xact_lock(7242225530);

-- name: is_due
SELECT true FROM surveys WHERE state = 'planned' AND not_before <= $1 LIMIT 1;

-- name: under_way
SELECT count(*) FROM surveys WHERE state IN ('ringing', 'talking');

-- name: callbacks_wait
-- Callbacks go first: those that are due, and those that are being made.
SELECT true FROM callback_requests
WHERE (state = 'waiting' AND due_at <= $1) OR state IN ('ringing', 'dialling')
LIMIT 1;

-- name: rung_since
SELECT count(*) FROM surveys WHERE rang_at >= $1;

-- name: claim
SELECT * FROM surveys
WHERE state = 'planned' AND not_before <= $1
ORDER BY because = 'by_hand' DESC, not_before, survey_id
LIMIT $2
FOR UPDATE SKIP LOCKED;

-- name: facts
SELECT
    EXISTS (SELECT FROM customers WHERE number = $1 AND do_not_call) AS do_not_call,
    EXISTS (SELECT FROM survey_refusals WHERE customer = $1) AS said_never,
    EXISTS (SELECT FROM legal_holds WHERE number = $1) AS held,
    EXISTS (SELECT FROM callback_requests WHERE customer = $1 AND closed_at IS NULL) AS waits_for_us,
    (SELECT max(ended_at) FROM calls
     WHERE customer = $1 AND customer <> '' AND answered_at IS NOT NULL AND kind <> 'survey' AND started_at > $2) AS talked_at;

-- name: postpone
UPDATE surveys SET not_before = $2 WHERE survey_id = $1 AND state = 'planned';

-- name: ring
UPDATE surveys SET state = 'ringing', tries = tries + 1, channel_id = $2, rang_at = $3, language = $4
WHERE survey_id = $1 AND state = 'planned';

-- name: try_again
-- They did not pick up: $3 and $4 are for the next try.
UPDATE surveys SET state = 'planned', not_before = $3, half = $4
WHERE channel_id = $1 AND tries = $2 AND state = 'ringing'
RETURNING survey_id;

-- name: by_channel
SELECT * FROM surveys WHERE channel_id = $1;

-- name: picked_up
UPDATE surveys SET state = 'talking', answered_at = $2 WHERE channel_id = $1 AND state = 'ringing'
RETURNING *;

-- name: keep
-- As far as the conversation came; what was kept before is not taken back.
UPDATE surveys SET
    consented_at = coalesce(consented_at, CASE WHEN $2 THEN $5::timestamptz END),
    score = coalesce(score, $3::smallint),
    person_wanted = person_wanted OR $4
WHERE channel_id = $1 AND state = 'talking'
RETURNING *;

-- name: keep_answer
INSERT INTO survey_answers (survey_id, question, file, seconds, said_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (survey_id, question) DO NOTHING;

-- name: answers_of
SELECT question, file, seconds FROM survey_answers WHERE survey_id = $1 ORDER BY question;

-- name: refuse
INSERT INTO survey_refusals (customer, by_whom, at) VALUES ($1, $2, $3) ON CONFLICT (customer) DO NOTHING;

-- name: allow
DELETE FROM survey_refusals WHERE customer = $1 RETURNING customer;

-- name: finish
UPDATE surveys SET state = 'over', ended_at = $2, ended_for = $3 WHERE survey_id = $1 AND state <> 'over'
RETURNING *;

-- name: requested
UPDATE surveys SET request_id = $2 WHERE survey_id = $1;

-- name: cancel_of
SELECT * FROM surveys WHERE survey_id = $1 FOR UPDATE;

-- name: cancel_planned
SELECT * FROM surveys WHERE customer = $1 AND state = 'planned' FOR UPDATE;

-- name: forgotten
-- Rung or talked with, and nobody knows what became of it.
SELECT * FROM surveys
WHERE (state = 'ringing' AND rang_at < $1) OR (state = 'talking' AND answered_at < $2)
FOR UPDATE SKIP LOCKED;
