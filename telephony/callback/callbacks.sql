-- Callback requests and attempts. Whoever changes a request has locked its row.

-- name: lock
SELECT * FROM callback_requests WHERE request_id = $1 FOR UPDATE;

-- name: lock_open
SELECT * FROM callback_requests WHERE customer = $1 AND closed_at IS NULL FOR UPDATE;

-- name: has_open
SELECT true FROM callback_requests WHERE customer = $1 AND closed_at IS NULL;

-- name: note_miss
INSERT INTO callback_misses (call_id, request_id, customer, missed_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING;

-- name: miss_known
SELECT true FROM callback_misses WHERE call_id = $1;

-- name: miss_of_known
SELECT true FROM callback_misses WHERE call_id = $1 AND customer = $2;

-- name: answered_since
-- The last talks with the customer at or after that moment, each as its channels: if there is one, a miss that is told
-- late is no reason to ring.
SELECT array(SELECT calls.pbx || ':' || uniqueid FROM legs WHERE legs.call_id = calls.call_id) AS channels FROM calls
WHERE customer = $1 AND answered_at IS NOT NULL AND ended_at >= $2
ORDER BY ended_at DESC
LIMIT 20;

-- name: calls_us
-- Is this customer on a call with us that is not one of our callbacks?
SELECT true FROM calls
WHERE customer = $1 AND customer <> '' AND ended_at IS NULL AND kind <> 'callback'
LIMIT 1;

-- name: call_judged
-- Has the ledger the end of this call, so that what follows from it is done? A dead letter never comes by itself.
SELECT EXISTS (SELECT FROM calls WHERE call_id = $1 AND ended_at IS NOT NULL)
    OR EXISTS (SELECT FROM dead_letters WHERE call_id = $1);

-- name: open_request
-- Answers nothing if the customer has an open request meanwhile: then that one is locked and counted.
INSERT INTO callback_requests (pbx, customer, heard_number, name, did, trunk, state, waits_for, misses, first_missed_at,
                               last_missed_at, last_call_id, due_at, round_began_at, closed_at, closed_for, ring_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12, $10, $13, $14, $15)
ON CONFLICT (customer) WHERE closed_at IS NULL DO NOTHING
RETURNING *;

-- name: write
UPDATE callback_requests SET
    state = $2, waits_for = $3, misses = $4, first_missed_at = $5, last_missed_at = $6, last_call_id = $7,
    heard_number = $8, name = $9, did = $10, trunk = $11, due_at = $12, round = $13, round_began_at = $14, spent = $15,
    owner = $16, owner_asked = $17, first_manager = $18, rang_at = $19, accepted_at = $20, talked_at = $21,
    closed_at = $22, closed_for = $23, closed_by = $24, ring_by = $25, priority = $26
WHERE request_id = $1;

-- name: remember
INSERT INTO callback_history (request_id, at, verb, state, reason, by_whom)
VALUES ($1, $2, $3, $4, $5, $6);

-- name: hint
SELECT pg_notify('ringback_callbacks', '');

-- name: claim
-- The PBXs that this daemon can speak to now. Rows that another daemon has in hand are passed over. A time that was
-- promised is as urgent as a priority of 20, and is not forgotten while it waits for something else (that day was closed
-- later).
SELECT r.*, coalesce(c.do_not_call, false) AS do_not_call, c.name AS directory_name
FROM callback_requests r
LEFT JOIN customers c ON c.number = r.customer
WHERE r.state = 'waiting' AND r.owner_asked AND r.due_at <= $1 AND r.pbx = ANY($2::text[])
ORDER BY greatest(r.priority, CASE WHEN r.request_id IN (
             SELECT request_id FROM promises WHERE withdrawn_at IS NULL AND settled_at IS NULL) THEN 20 ELSE 0 END) DESC,
         r.due_at, r.request_id
LIMIT $3
FOR UPDATE OF r SKIP LOCKED;

-- name: reopen
-- The hours have changed: what waits for an opening is looked at now. Nothing else of it changes.
UPDATE callback_requests SET due_at = $1 WHERE state = 'waiting' AND waits_for = 'closed' AND due_at > $1;

-- name: not_rung
-- Whose target is still open: what the hours of now make of their deadlines.
SELECT request_id, did, first_missed_at, ring_by FROM callback_requests
WHERE closed_at IS NULL AND rang_at IS NULL
ORDER BY request_id;

-- name: set_deadlines
-- A request that was missed again meanwhile has its deadline from that.
UPDATE callback_requests r SET ring_by = d.ring_by
FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) AS d (request_id, first_missed_at, ring_by)
WHERE r.request_id = d.request_id AND r.first_missed_at = d.first_missed_at AND r.closed_at IS NULL AND r.rang_at IS NULL;

-- name: is_due
SELECT true FROM callback_requests
WHERE state = 'waiting' AND due_at <= $1 AND pbx = ANY($2::text[])
LIMIT 1;

-- name: snooze_many
-- What most decisions are: look again later. One statement for a batch; a history line only where the reason is new.
WITH decided AS (
    SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::integer[], $5::timestamptz[])
        AS t (request_id, due_at, waits_for, round, round_began_at)
), before AS (
    SELECT r.request_id, r.waits_for FROM callback_requests r JOIN decided USING (request_id)
), written AS (
    UPDATE callback_requests r
    SET due_at = d.due_at, waits_for = d.waits_for, round = d.round, round_began_at = d.round_began_at
    FROM decided d
    WHERE r.request_id = d.request_id
)
INSERT INTO callback_history (request_id, at, verb, state, reason, by_whom)
SELECT d.request_id, $6, 'snooze', 'waiting', d.waits_for, ''
FROM decided d JOIN before b USING (request_id)
WHERE d.waits_for <> b.waits_for;

-- name: unasked
SELECT request_id, customer FROM callback_requests
WHERE state = 'waiting' AND NOT owner_asked AND pbx = ANY($1::text[])
ORDER BY request_id
LIMIT $2;

-- name: asked
UPDATE callback_requests r SET owner_asked = true, owner = coalesce(r.owner, a.owner)
FROM unnest($1::bigint[], $2::text[]) AS a (request_id, owner)
WHERE r.request_id = a.request_id AND NOT r.owner_asked;

-- name: last_talkers
-- Who of ours spoke last with each of these customers.
SELECT c.number AS customer, t.manager, t.channel AS answered_by_channel
FROM unnest($1::text[]) AS c (number)
CROSS JOIN LATERAL (
    SELECT manager, coalesce(talked_last_channel, answered_by_channel) AS channel FROM calls
    WHERE calls.customer = c.number AND calls.customer <> '' AND answered_at IS NOT NULL AND manager <> ''
    ORDER BY started_at DESC
    LIMIT 1
) t;

-- name: next_due
SELECT least(
    (SELECT min(due_at) FROM callback_requests WHERE state = 'waiting' AND pbx = ANY($1::text[])),
    (SELECT min(look_at) FROM callback_attempts WHERE ended_at IS NULL AND pbx = ANY($1::text[]))
);

-- name: rung
-- Who was rung for these requests in their present rounds.
SELECT a.request_id, a.manager, a.outcome, a.ended_at
FROM callback_attempts a
JOIN callback_requests r USING (request_id)
WHERE a.request_id = ANY($1::bigint[]) AND a.round = r.round AND a.ended_at IS NOT NULL
ORDER BY a.attempt_key;

-- name: in_hand
SELECT manager FROM callback_attempts WHERE ended_at IS NULL;

-- name: decide_alone
-- A daemon that freezes in the middle is thrown out after 5 s, so that it does not stop the others.
SELECT set_config('idle_in_transaction_session_timeout', '5s', true), pg_advisory_xact_lock(7242225528);

-- name: end_holder
-- End whoever holds the lock of the number $1, which is ours alone: a session of ours that the server thinks is there.
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND pid <> pg_backend_pid()
  AND (classid::bigint << 32 | objid::bigint) = $1;

-- name: trunk_spent
SELECT at, phones FROM callback_originates
WHERE pbx = $1 AND trunk = $2 AND at > $3
ORDER BY at;

-- name: trunk_spend
INSERT INTO callback_originates (pbx, trunk, at, phones)
VALUES ($1, $2, $3, $4);

-- name: sweep_originates
DELETE FROM callback_originates WHERE at < $1;

-- name: write_attempt
-- Answers nothing if the manager is in another daemon's hand meanwhile.
WITH key AS (SELECT nextval(pg_get_serial_sequence('callback_attempts', 'attempt_key')) AS next)
INSERT INTO callback_attempts (attempt_key, channel_id, request_id, manager, pbx, dialstring, step, round, daemon, written_at, look_at)
SELECT next, 'rb-cb-' || next || '-' || $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 FROM key
ON CONFLICT (manager) WHERE ended_at IS NULL DO NOTHING
RETURNING *;

-- name: attempt_of_channel
SELECT * FROM callback_attempts WHERE channel_id = $1;

-- name: attempts_of
SELECT * FROM callback_attempts WHERE request_id = $1 ORDER BY attempt_key;

-- name: in_flight
SELECT * FROM callback_attempts WHERE request_id = $1 AND ended_at IS NULL ORDER BY attempt_key;

-- name: attempt_rang
UPDATE callback_attempts SET rang_at = coalesce(rang_at, $2), look_at = $3 WHERE attempt_key = $1;

-- name: request_rang
UPDATE callback_requests SET rang_at = coalesce(rang_at, $2) WHERE request_id = $1;

-- name: attempt_answered
UPDATE callback_attempts SET answered_at = coalesce(answered_at, $2), look_at = $3 WHERE attempt_key = $1;

-- name: attempt_accepted
UPDATE callback_attempts SET accepted_at = $2, look_at = $3, clock_zero = $4, clock_machine = $5 WHERE attempt_key = $1;

-- name: attempt_dialled
UPDATE callback_attempts SET dialstatus = $2, dial_cause = $3, dial_talk = $4, look_at = $5
WHERE channel_id = $1 AND ended_at IS NULL;

-- name: attempt_ended
UPDATE callback_attempts SET ended_at = $2, outcome = $3 WHERE attempt_key = $1;

-- name: withdraw
-- Takes down whatever rings or listens for a request, but for one attempt that goes on.
UPDATE callback_attempts SET withdrawn = $2, withdrawn_at = $3, look_at = $3
WHERE request_id = $1 AND ended_at IS NULL AND withdrawn IS NULL AND attempt_key <> $4
RETURNING attempt_key;

-- name: look_later
UPDATE callback_attempts SET look_at = $2 WHERE attempt_key = $1 AND ended_at IS NULL;

-- name: look_for
-- Attempts to look after: nothing was heard till ``look_at``. They are ours until $3, should we die over it.
UPDATE callback_attempts SET look_at = $3
WHERE attempt_key IN (
    SELECT attempt_key FROM callback_attempts
    WHERE ended_at IS NULL AND pbx = ANY($2::text[]) AND look_at <= $1
    ORDER BY look_at
    LIMIT 100
    FOR UPDATE SKIP LOCKED
)
RETURNING *;

-- name: orphans
-- Called at the start and after an outage: what dead daemons left in flight is looked for at once.
UPDATE callback_attempts SET look_at = $1
WHERE ended_at IS NULL AND look_at > $1 AND daemon NOT IN (
    SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
);

-- name: strays
-- Requests that stand as if a phone rang or somebody talked, with no attempt in flight: this cannot be, unless rows were
-- restored or edited by hand. Nobody is to be forgotten even then.
SELECT * FROM callback_requests r
WHERE r.state IN ('ringing', 'dialling', 'talking')
  AND NOT EXISTS (SELECT FROM callback_attempts a WHERE a.request_id = r.request_id AND a.ended_at IS NULL)
FOR UPDATE SKIP LOCKED;

-- name: held_too_long
-- Held requests are never due: those of which nobody has decided in all their life.
SELECT * FROM callback_requests WHERE state = 'held' AND first_missed_at < $1 FOR UPDATE SKIP LOCKED;

-- name: pull_forward
-- A manager's phone has become free: those who wait for people are looked at now, the most urgent and the oldest first.
UPDATE callback_requests SET due_at = $1
WHERE request_id IN (
    SELECT request_id FROM callback_requests
    WHERE state = 'waiting' AND waits_for IN ('nobody_free', 'live_callers') AND due_at > $1 AND owner_asked
      AND pbx = ANY($2::text[])
    ORDER BY priority DESC, first_missed_at
    LIMIT $3
    FOR UPDATE SKIP LOCKED
);

-- name: missed_today
SELECT count(*) FROM callback_misses WHERE customer = $1 AND missed_at >= $2 AND missed_at < $3;

-- name: adopt_customer
-- Who accepts an unowned customer becomes the owner.
INSERT INTO customers (number, name, manager_id)
VALUES ($1, $2, $3)
ON CONFLICT (number) DO UPDATE SET manager_id = excluded.manager_id, changed_at = now()
WHERE customers.manager_id IS NULL OR customers.manager_id NOT IN (SELECT manager_id FROM managers);

-- name: one
SELECT r.*, coalesce(c.do_not_call, false) AS do_not_call
FROM callback_requests r
LEFT JOIN customers c ON c.number = r.customer
WHERE request_id = $1;

-- name: page
-- Newest first; ``$1`` all, or only the open ones.
SELECT * FROM callback_requests
WHERE ($1 OR closed_at IS NULL) AND (first_missed_at, request_id) < ($2, $3)
ORDER BY first_missed_at DESC, request_id DESC
LIMIT $4;

-- name: history_of
SELECT at, verb, state, reason, by_whom FROM callback_history WHERE request_id = $1 ORDER BY history_id;

-- name: misses_of
SELECT call_id, missed_at FROM callback_misses WHERE request_id = $1 ORDER BY missed_at;

-- name: not_to_call
SELECT true FROM customers WHERE number = $1 AND do_not_call;

-- name: last_route
-- The last call with a customer: its trunk, our number that they know us by, and how the trunk spells theirs.
SELECT pbx, trunk, did, CASE direction WHEN 'inbound' THEN caller_number ELSE dialed END AS heard FROM calls
WHERE customer = $1 AND customer <> '' AND trunk <> ''
ORDER BY started_at DESC
LIMIT 1;

-- name: last_trunk
SELECT trunk FROM calls WHERE trunk <> '' AND pbx = $1 AND started_at > $2 ORDER BY started_at DESC LIMIT 1;

-- name: manager_known
SELECT true FROM managers WHERE manager_id = $1;
