-- Promises; whoever makes or settles one has locked its request.

-- name: call_of
-- The call that is on the line, if the ledger has it already.
SELECT call_id, pbx, trunk, caller_name FROM calls WHERE linkedid = $1 AND ended_at IS NULL
ORDER BY started_at DESC
LIMIT 1;

-- name: standing
SELECT promised_at FROM promises WHERE request_id = $1 AND withdrawn_at IS NULL AND settled_at IS NULL;

-- name: taken
SELECT promised_at FROM promises
WHERE slot_of = $1 AND promised_at > $2 AND withdrawn_at IS NULL AND settled_at IS NULL;

-- name: take
-- Answers nothing if somebody else has the slot meanwhile. A clock that was set forward since the time was offered
-- makes no promise for the past.
INSERT INTO promises (request_id, slot_of, promised_at, made_at)
VALUES ($1, $2, $3, least($4, $3::timestamptz - interval '1 second'))
ON CONFLICT (slot_of, promised_at) WHERE withdrawn_at IS NULL AND settled_at IS NULL DO NOTHING
RETURNING promise_id;

-- name: withdraw
UPDATE promises SET withdrawn_at = $2
WHERE request_id = $1 AND withdrawn_at IS NULL AND settled_at IS NULL;

-- name: accepted
UPDATE promises p SET accepted_at = coalesce(p.accepted_at, $2)
FROM callback_requests r
WHERE r.customer = $1 AND r.closed_at IS NULL AND p.request_id = r.request_id AND p.withdrawn_at IS NULL
  AND p.settled_at IS NULL;

-- name: keep_message
INSERT INTO caller_messages (request_id, call_id, file, left_at)
SELECT request_id, $2, $3, $4 FROM callback_requests WHERE customer = $1 AND closed_at IS NULL
ON CONFLICT DO NOTHING;

-- name: settle
-- What became of a request's promise, as soon as it can be told: a manager accepted since it was made, or the request
-- was closed ($3: its closing time, $4: its state, $5: the reason). $6: how late is still kept.
WITH open AS (
    SELECT promise_id, promised_at,
           (SELECT min(a.accepted_at) FROM callback_attempts a
            WHERE a.request_id = p.request_id AND a.accepted_at >= p.made_at) AS dialled_at
    FROM promises p
    WHERE request_id = $1 AND withdrawn_at IS NULL AND settled_at IS NULL
)
UPDATE promises p
SET settled_at = $2, why = $5,
    verdict = CASE WHEN open.dialled_at <= open.promised_at + $6 THEN 'kept'
                   WHEN open.dialled_at IS NOT NULL THEN 'late'
                   WHEN $4 = 'cancelled' THEN 'released'
                   ELSE 'broken' END
FROM open
WHERE p.promise_id = open.promise_id AND (open.dialled_at IS NOT NULL OR $3::timestamptz IS NOT NULL)
RETURNING p.verdict;

-- name: overdue
-- Promises whose time passed by more than $2 and that nobody accepted; each is told to one daemon, once.
WITH passed AS (
    SELECT p.promise_id, r.waits_for
    FROM promises p JOIN callback_requests r USING (request_id)
    WHERE p.promised_at + $2 < $1 AND p.withdrawn_at IS NULL AND p.settled_at IS NULL AND p.overdue_at IS NULL
    FOR UPDATE OF p SKIP LOCKED
)
UPDATE promises p SET overdue_at = $1, why = passed.waits_for
FROM passed
WHERE p.promise_id = passed.promise_id
RETURNING p.request_id, p.promised_at, p.why;

-- name: how_many_overdue
SELECT count(*) FROM promises WHERE overdue_at IS NOT NULL AND withdrawn_at IS NULL AND settled_at IS NULL;

-- name: next_to_watch
SELECT min(promised_at) FROM promises WHERE withdrawn_at IS NULL AND settled_at IS NULL AND overdue_at IS NULL;

-- name: open_between
-- Promises that stand, for times in [$1, $2).
SELECT p.promised_at, p.slot_of, r.did
FROM promises p JOIN callback_requests r USING (request_id)
WHERE p.promised_at >= $1 AND p.promised_at < $2 AND p.withdrawn_at IS NULL AND p.settled_at IS NULL;
