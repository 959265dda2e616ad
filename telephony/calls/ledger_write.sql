-- What the pump writes, a batch at a time: each parameter is a column of the batch. All of it may be run twice with the
-- same values and leaves the same rows. Rows come sorted by key, so that two writers lock them in the same order.

-- name: people_by_mobile
-- The extension is the endpoint's: 101 of PJSIP/101 and of Local/101@from-internal/n.
SELECT mobile, split_part(split_part(endpoint, '/', 2), '@', 1) AS extension FROM managers
WHERE mobile <> '' ORDER BY place, manager_id;

-- name: calls
-- An ended call is not opened again, and an older picture does not replace a newer one; the end of an open call always
-- counts, even if the PBX's clock was set back meanwhile.
INSERT INTO calls (call_id, pbx, linkedid, direction, kind, caller_number, caller_name, dialed, trunk, queue, customer, did,
                   manager, started_at, answered_at, ended_at, disposition, missed_reason,
                   answered_by_number, answered_by_name, answered_by_channel, talk, repaired, changed_at,
                   talked_last_number, talked_last_name, talked_last_channel, asked)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                     $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::timestamptz[],
                     $15::timestamptz[], $16::timestamptz[], $17::text[], $18::text[], $19::text[], $20::text[],
                     $21::text[], $22::interval[], $23::boolean[], $24::timestamptz[],
                     $25::text[], $26::text[], $27::text[], $28::text[])
ON CONFLICT (call_id) DO UPDATE SET
    direction = excluded.direction,
    kind = excluded.kind,
    caller_number = excluded.caller_number,
    caller_name = excluded.caller_name,
    dialed = excluded.dialed,
    trunk = excluded.trunk,
    queue = excluded.queue,
    customer = excluded.customer,
    did = excluded.did,
    manager = excluded.manager,
    started_at = excluded.started_at,
    answered_at = excluded.answered_at,
    ended_at = excluded.ended_at,
    disposition = excluded.disposition,
    missed_reason = excluded.missed_reason,
    answered_by_number = excluded.answered_by_number,
    answered_by_name = excluded.answered_by_name,
    answered_by_channel = excluded.answered_by_channel,
    talked_last_number = excluded.talked_last_number,
    talked_last_name = excluded.talked_last_name,
    talked_last_channel = excluded.talked_last_channel,
    asked = excluded.asked,
    talk = excluded.talk,
    repaired = excluded.repaired,
    changed_at = excluded.changed_at,
    written_at = clock_timestamp()
WHERE CASE
    WHEN calls.ended_at IS NULL AND excluded.ended_at IS NOT NULL THEN true
    WHEN calls.ended_at IS NOT NULL AND excluded.ended_at IS NULL THEN false
    WHEN calls.ended_at IS NOT NULL AND excluded.repaired THEN true
    ELSE excluded.changed_at >= calls.changed_at
END;

-- name: legs
-- A leg only learns: what was known once is kept where the new picture knows nothing. Legs that did not change are left out
-- before the insert: a conflict locks the row, and a lock is a write.
INSERT INTO legs (call_id, uniqueid, channel, number, name, started_at, rang_at, answered_at, ended_at, hangup_cause)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[],
                     $8::timestamptz[], $9::timestamptz[], $10::smallint[])
    AS told (call_id, uniqueid, channel, number, name, started_at, rang_at, answered_at, ended_at, hangup_cause)
WHERE NOT EXISTS (
    SELECT FROM legs
    WHERE legs.call_id = told.call_id AND legs.uniqueid = told.uniqueid
      AND (legs.channel, legs.number, legs.name, legs.started_at, legs.rang_at, legs.answered_at, legs.ended_at, legs.hangup_cause)
          IS NOT DISTINCT FROM
          (told.channel, told.number, told.name, told.started_at, told.rang_at, told.answered_at, told.ended_at, told.hangup_cause))
ON CONFLICT (call_id, uniqueid) DO UPDATE SET
    channel = excluded.channel,
    number = coalesce(nullif(excluded.number, ''), legs.number),
    name = coalesce(nullif(excluded.name, ''), legs.name),
    started_at = least(excluded.started_at, legs.started_at),
    rang_at = coalesce(excluded.rang_at, legs.rang_at),
    answered_at = coalesce(excluded.answered_at, legs.answered_at),
    ended_at = coalesce(excluded.ended_at, legs.ended_at),
    hangup_cause = coalesce(excluded.hangup_cause, legs.hangup_cause);

-- name: transfers
INSERT INTO transfers (call_id, at, to_number, kind, by_number)
SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[])
ON CONFLICT (call_id, at, to_number) DO UPDATE SET
    kind = excluded.kind,
    by_number = excluded.by_number
WHERE (transfers.kind, transfers.by_number) IS DISTINCT FROM (excluded.kind, excluded.by_number);

-- name: transfers_taken_back
-- Of ended calls, $1: what looked like a transfer once and was none (parking begins as one). The rest are those that stand.
DELETE FROM transfers
WHERE call_id = ANY($1::text[]) AND NOT EXISTS (
    SELECT FROM unnest($2::text[], $3::timestamptz[], $4::text[]) AS told (call_id, at, to_number)
    WHERE (told.call_id, told.at, told.to_number) = (transfers.call_id, transfers.at, transfers.to_number));

-- name: events
-- Answers with those that were not known: for these the hooks run.
INSERT INTO call_events (call_id, kind, identity, at, number)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[])
ON CONFLICT DO NOTHING
RETURNING call_id, kind, identity;

-- name: absorbed
-- Which of these calls are no calls of their own any more.
SELECT absorbed FROM call_merges WHERE absorbed = ANY($1::text[]);

-- name: merge_legs
UPDATE legs SET call_id = $2
WHERE call_id = $1 AND NOT EXISTS (SELECT FROM legs AS kept WHERE kept.call_id = $2 AND kept.uniqueid = legs.uniqueid);

-- name: merge_transfers
UPDATE transfers SET call_id = $2
WHERE call_id = $1 AND NOT EXISTS (
    SELECT FROM transfers AS kept WHERE kept.call_id = $2 AND kept.at = transfers.at AND kept.to_number = transfers.to_number);

-- name: merge_events
-- The whole call has its own start, answer and end.
UPDATE call_events SET call_id = $2
WHERE call_id = $1 AND kind NOT IN ('started', 'answered', 'ended') AND NOT EXISTS (
    SELECT FROM call_events AS kept
    WHERE kept.call_id = $2 AND kept.kind = call_events.kind AND kept.identity = call_events.identity);

-- name: merge_redirect
UPDATE call_merges SET call_id = $2 WHERE call_id = $1;

-- name: merge_remember
INSERT INTO call_merges (absorbed, call_id, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- name: merge_remove
DELETE FROM calls WHERE call_id = $1;

-- name: notify
SELECT pg_notify('ringback_calls', $1);

-- name: bury
INSERT INTO dead_letters (call_id, kind, event, reason, written)
VALUES ($1, $2, $3, $4, $5);
