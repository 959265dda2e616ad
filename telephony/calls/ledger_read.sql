-- What telephony itself asks of the ledger.

-- name: one
SELECT * FROM calls WHERE call_id = ANY($1::text[]);

-- name: legs
SELECT * FROM legs WHERE call_id = ANY($1::text[]) ORDER BY started_at, uniqueid;

-- name: transfers
SELECT * FROM transfers WHERE call_id = ANY($1::text[]) ORDER BY at;

-- name: open_of_pbx
SELECT * FROM calls
WHERE pbx = $1 AND ended_at IS NULL
ORDER BY started_at, call_id;
