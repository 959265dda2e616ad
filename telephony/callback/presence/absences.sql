-- Managers who are away.

-- name: standing
-- Those of now and those to come.
SELECT * FROM manager_absences WHERE until IS NULL OR until > $1 ORDER BY since, absence_id;

-- name: announce
INSERT INTO manager_absences (manager_id, since, until, reason, by_whom, made_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING *;

-- name: end_one
-- An absence that has not begun is taken back as a whole: it ends as it begins.
UPDATE manager_absences SET until = greatest(since, $2), ended_by = $3
WHERE absence_id = $1 AND (until IS NULL OR until > $2)
RETURNING *;

-- name: end_of
UPDATE manager_absences SET until = greatest(since, $2), ended_by = $3
WHERE manager_id = $1 AND since <= $2 AND (until IS NULL OR until > $2)
RETURNING *;

-- name: manager_known
SELECT true FROM managers WHERE manager_id = $1;

-- name: pull_forward
-- Somebody left or came back: what waits for people is looked at now.
UPDATE callback_requests SET due_at = $1
WHERE state = 'waiting' AND waits_for IN ('nobody_free', 'ladder') AND due_at > $1 AND owner = $2;

-- name: hint
SELECT pg_notify('ringback_callbacks', '');
