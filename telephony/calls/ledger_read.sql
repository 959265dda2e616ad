-- What telephony itself asks of the ledger. A page is what comes before (started_at, call_id), newest first.

-- name: one
SELECT * FROM calls WHERE call_id = ANY($1::text[]);

-- name: legs
SELECT * FROM legs WHERE call_id = ANY($1::text[]) ORDER BY started_at, uniqueid;

-- name: transfers
SELECT * FROM transfers WHERE call_id = ANY($1::text[]) ORDER BY at;

-- name: page
SELECT * FROM calls
WHERE (started_at, call_id) < ($1, $2)
ORDER BY started_at DESC, call_id DESC
LIMIT $3;

-- name: page_by_customer
SELECT * FROM calls
WHERE customer = $4 AND customer <> '' AND (started_at, call_id) < ($1, $2)
ORDER BY started_at DESC, call_id DESC
LIMIT $3;

-- name: page_by_manager
SELECT * FROM calls
WHERE manager = $4 AND manager <> '' AND (started_at, call_id) < ($1, $2)
ORDER BY started_at DESC, call_id DESC
LIMIT $3;

-- name: page_by_did
SELECT * FROM calls
WHERE did = $4 AND did <> '' AND (started_at, call_id) < ($1, $2)
ORDER BY started_at DESC, call_id DESC
LIMIT $3;

-- name: page_by_disposition
SELECT * FROM calls
WHERE disposition = $4 AND (started_at, call_id) < ($1, $2)
ORDER BY started_at DESC, call_id DESC
LIMIT $3;

-- name: page_by_direction
SELECT * FROM calls
WHERE direction = $4 AND (started_at, call_id) < ($1, $2)
ORDER BY started_at DESC, call_id DESC
LIMIT $3;

-- name: open_of_pbx
SELECT * FROM calls
WHERE pbx = $1 AND ended_at IS NULL
ORDER BY started_at, call_id;

-- name: open_with_customer
SELECT * FROM calls
WHERE customer = $1 AND customer <> '' AND ended_at IS NULL
ORDER BY started_at, call_id;

-- name: last_talk
SELECT call_id, manager, direction, caller_name, answered_by_name, answered_at
FROM calls
WHERE customer = $1 AND customer <> '' AND answered_at IS NOT NULL AND manager <> ''
ORDER BY started_at DESC
LIMIT 1;

-- name: timeline
SELECT at, kind, number, detail
FROM published.call_timeline
WHERE call_id = $1
ORDER BY at, seq, detail;
