-- Dead letters: call events that could not be written, for a person who looks at them and has them tried again.

-- name: page
SELECT id, call_id, kind, reason, written, died_at, revive_asked_at, tries, tried_at
FROM dead_letters
WHERE id < $1
ORDER BY id DESC
LIMIT $2;

-- name: one
SELECT id, call_id, kind, reason, written, died_at, revive_asked_at, tries, tried_at, event
FROM dead_letters
WHERE id = $1;

-- name: ask
UPDATE dead_letters
SET revive_asked_at = $2, revive_asked_by = $3
WHERE id = $1
RETURNING id;

-- name: ask_all
UPDATE dead_letters
SET revive_asked_at = $1, revive_asked_by = $2
RETURNING id;

-- name: is_asked
SELECT EXISTS (SELECT FROM dead_letters WHERE revive_asked_at IS NOT NULL);

-- name: next_asked
SELECT id, kind, event, written
FROM dead_letters
WHERE revive_asked_at IS NOT NULL AND id > $1
ORDER BY id
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: revived
DELETE FROM dead_letters
WHERE id = $1;

-- name: still_dead
UPDATE dead_letters
SET revive_asked_at = NULL, tries = tries + 1, tried_at = now(), reason = $2
WHERE id = $1;
