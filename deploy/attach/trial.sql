-- What the ledger has of the call that attaching places.

-- name: call_of
SELECT calls.* FROM calls JOIN legs USING (call_id) WHERE legs.uniqueid = $1 AND calls.ended_at IS NOT NULL LIMIT 1;

-- name: recording_of
SELECT path, seconds, bytes, verdict FROM recordings
WHERE call_id = $1 AND verdict IS NOT NULL
ORDER BY started_at, id
LIMIT 1;
