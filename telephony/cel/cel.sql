-- name: position
SELECT inode::text, bytes FROM cel_positions WHERE pbx = $1;

-- name: keep
INSERT INTO cel_positions (pbx, inode, bytes, noted_at) VALUES ($1, $2::text::numeric, $3, $4)
ON CONFLICT (pbx) DO UPDATE SET inode = excluded.inode, bytes = excluded.bytes, noted_at = excluded.noted_at;

-- name: known
-- Which of these calls the ledger has as well as CEL, or had before another one took them in. What was heard live, or goes
-- on, is left alone; of a repaired one that ends or talks less than CEL's the end was a guess.
SELECT call_id FROM calls JOIN unnest($1::text[], $2::timestamptz[], $3::interval[]) AS cel (call_id, ended_at, talk) USING (call_id)
WHERE NOT calls.repaired OR calls.ended_at IS NULL OR (calls.ended_at >= cel.ended_at AND calls.talk >= cel.talk)
UNION
SELECT absorbed FROM call_merges WHERE absorbed = ANY($1::text[]);
