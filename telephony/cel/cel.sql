-- name: position
SELECT inode::text, bytes FROM cel_positions WHERE pbx = $1;

-- name: keep
INSERT INTO cel_positions (pbx, inode, bytes, noted_at) VALUES ($1, $2::text::numeric, $3, $4)
ON CONFLICT (pbx) DO UPDATE SET inode = excluded.inode, bytes = excluded.bytes, noted_at = excluded.noted_at;

-- name: known
-- Which of these calls the ledger has, or had before another one took them in.
SELECT call_id FROM calls WHERE call_id = ANY($1::text[])
UNION
SELECT absorbed FROM call_merges WHERE absorbed = ANY($1::text[]);
