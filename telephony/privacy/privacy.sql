-- Holding and forgetting one number ($1, canonical).

-- name: lock
-- One at a time for a number: a hold and an erasure do not overtake each other.
SELECT pg_advisory_xact_lock(hashtextextended($1, 7242225529));

-- name: held
SELECT true FROM legal_holds WHERE number = $1;

-- name: hold
INSERT INTO legal_holds (number, reason, by_whom, at) VALUES ($1, $2, $3, $4) ON CONFLICT (number) DO NOTHING
RETURNING number;

-- name: release
DELETE FROM legal_holds WHERE number = $1 RETURNING number;

-- name: mark_recordings
UPDATE recorded_calls SET held = $2
WHERE held <> $2 AND call_id IN (SELECT published.calls_of($1));

-- name: mark_call
-- Also asks for another erasure, if this number was erased after the call ($3: when it began).
WITH held AS (
    UPDATE recorded_calls SET held = true
    WHERE call_id = $1 AND NOT held AND EXISTS (SELECT FROM legal_holds WHERE number = $2)
)
INSERT INTO erasures_due (number, erasure)
SELECT $2, max(erasure) FROM erased_numbers
WHERE at >= $3 AND digest = sha256(salt || convert_to($2, 'UTF8'))
HAVING count(*) > 0
ON CONFLICT (number) DO NOTHING;

-- name: remember_number
-- $3: random bytes; $5: what is older is forgotten.
WITH forgotten AS (DELETE FROM erased_numbers WHERE at < $5), done AS (DELETE FROM erasures_due WHERE number = $4)
INSERT INTO erased_numbers (erasure, at, salt, digest) VALUES ($1, $2, $3, sha256($3 || convert_to($4, 'UTF8')));

-- name: due
SELECT number, erasure FROM erasures_due ORDER BY erasure, number;

-- name: remember
INSERT INTO privacy_log (at, action, by_whom, reason, calls, recordings, callbacks)
VALUES ($1, $2, $3, $4, $5, $6, $7)
RETURNING id;

-- name: calls
-- Also those of a hidden caller who keyed the number in: their voice is on them.
SELECT call_id, direction, ended_at FROM calls
WHERE call_id IN (SELECT published.calls_of($1))
ORDER BY started_at;

-- name: unarchived
SELECT count(*) FROM recorded_calls WHERE call_id = ANY($1::text[]) AND stage <> 'done';

-- name: open_requests
SELECT request_id FROM callback_requests WHERE customer = $1 AND closed_at IS NULL;

-- name: messages
SELECT m.message_id, r.pbx, m.file FROM caller_messages m JOIN callback_requests r USING (request_id) WHERE r.customer = $1;

-- name: forget_message
DELETE FROM caller_messages WHERE message_id = $1;

-- name: spoken_answers
SELECT a.answer_id, s.pbx, a.file FROM survey_answers a JOIN surveys s USING (survey_id) WHERE s.customer = $1;

-- name: forget_answer
DELETE FROM survey_answers WHERE answer_id = $1;

-- name: forget_surveys
WITH refusal AS (DELETE FROM survey_refusals WHERE customer = $1) DELETE FROM surveys WHERE customer = $1;

-- name: originals
-- The PBX's own files of these calls, also of recordings that were deleted here before.
SELECT id, pbx, pbx_path FROM recordings WHERE call_id = ANY($1::text[]) AND NOT original_gone AND pbx_path <> '' ORDER BY id;

-- name: original_gone
UPDATE recordings SET original_gone = true WHERE id = $1;

-- name: leave
INSERT INTO erasure_leftovers (erasure, pbx, path, why) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;

-- name: requests
SELECT request_id FROM callback_requests WHERE customer = $1;

-- name: blank_calls
UPDATE calls SET
    customer = $2,
    caller_number = CASE direction WHEN 'inbound' THEN $2 ELSE caller_number END,
    caller_name = CASE direction WHEN 'inbound' THEN '' ELSE caller_name END,
    dialed = CASE direction WHEN 'outbound' THEN $2 ELSE dialed END,
    asked = CASE asked WHEN '' THEN '' ELSE $2 END,
    answered_by_number = CASE WHEN direction = 'outbound' AND answered_by_number IS NOT NULL THEN $2 ELSE answered_by_number END,
    answered_by_name = CASE WHEN direction = 'outbound' AND answered_by_name IS NOT NULL THEN '' ELSE answered_by_name END
WHERE customer = $1 AND customer <> '';

-- name: numbers_of_calls
-- Every spelling that stands in these calls' rows: which of them are the customer's is for `telephony.numbers` to say.
SELECT number FROM legs WHERE call_id = ANY($1::text[])
UNION SELECT by_number FROM transfers WHERE call_id = ANY($1::text[])
UNION SELECT to_number FROM transfers WHERE call_id = ANY($1::text[])
UNION SELECT number FROM call_events WHERE call_id = ANY($1::text[]);

-- name: blank_legs
UPDATE legs SET number = $3, name = '' WHERE call_id = ANY($1::text[]) AND number = ANY($2::text[]);

-- name: blank_transfers
UPDATE transfers SET
    by_number = CASE WHEN by_number = ANY($2::text[]) THEN $3 ELSE by_number END,
    to_number = CASE WHEN to_number = ANY($2::text[]) THEN $3 ELSE to_number END
WHERE call_id = ANY($1::text[]) AND (by_number = ANY($2::text[]) OR to_number = ANY($2::text[]));

-- name: blank_events
-- $4: the digits that a file's name or a transfer's line may hold.
UPDATE call_events SET
    number = CASE WHEN number = ANY($2::text[]) THEN $3 ELSE number END,
    identity = replace(identity, $4, $3)
WHERE call_id = ANY($1::text[]) AND (number = ANY($2::text[]) OR strpos(identity, $4) > 0);

-- name: blank_files
UPDATE recordings SET pbx_path = replace(pbx_path, $2, $3) WHERE call_id = ANY($1::text[]) AND strpos(pbx_path, $2) > 0;

-- name: forget_letters
DELETE FROM dead_letters WHERE call_id = ANY($1::text[]);

-- name: blank_requests
UPDATE callback_requests SET customer = $2, heard_number = '', name = '' WHERE customer = $1;

-- name: blank_misses
UPDATE callback_misses SET customer = $2 WHERE customer = $1;

-- name: forget_customer
DELETE FROM customers WHERE number = $1 AND NOT do_not_call;

-- name: blank_customer
-- Who does not want to be called must still be known for just that.
UPDATE customers SET name = '', manager_id = NULL, changed_at = now() WHERE number = $1 RETURNING number;
