-- What real calls say of the settings.

-- name: trunks
SELECT pbx, trunk AS endpoint, count(*) AS calls
FROM calls
WHERE started_at > $1 AND trunk <> ''
GROUP BY pbx, trunk
ORDER BY calls DESC
LIMIT 100;

-- name: inside_trunks
-- An internal call with a number that nobody has inside: its channel is a trunk that no setting names.
SELECT calls.pbx, regexp_replace(legs.channel, '-[0-9a-f]+$', '') AS endpoint, count(DISTINCT call_id) AS calls
FROM calls JOIN legs USING (call_id)
WHERE calls.started_at > $1 AND direction = 'internal' AND number ~ '^\+?[0-9]{7,15}$' AND channel !~ '^Local/'
GROUP BY 1, 2
ORDER BY calls DESC
LIMIT 100;

-- name: answerers
SELECT pbx, regexp_replace(answered_by_channel, '-[0-9a-f]+$', '') AS endpoint, count(*) AS calls
FROM calls
WHERE started_at > $1 AND direction = 'inbound' AND answered_by_channel !~ '^Local/'
GROUP BY 1, 2
ORDER BY calls DESC
LIMIT 200;

-- name: manager_endpoints
SELECT endpoint FROM managers;
