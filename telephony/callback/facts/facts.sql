-- The figures of closed requests; rows are written once.

-- name: history
SELECT at, verb, reason FROM callback_history WHERE request_id = $1 ORDER BY history_id;

-- name: first_rung
SELECT manager FROM callback_attempts WHERE request_id = $1 AND rang_at IS NOT NULL ORDER BY rang_at, attempt_key LIMIT 1;

-- name: freeze
INSERT INTO callback_facts (request_id, day, hour, did, owner, manager, fate, target, why_not, ring_by, to_first_ring,
                            to_acceptance, to_talk, misses, closed_for, closed_at, calendar)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
ON CONFLICT DO NOTHING;

-- name: frozen
SELECT to_first_ring, to_acceptance, to_talk, target, why_not FROM callback_facts WHERE request_id = $1;

-- name: unfrozen
-- Closed by a version before there were facts; passed over if another daemon has them in hand.
SELECT r.* FROM callback_requests r
WHERE r.closed_at IS NOT NULL AND NOT EXISTS (SELECT FROM callback_facts f WHERE f.request_id = r.request_id)
ORDER BY r.request_id DESC
LIMIT $1
FOR UPDATE OF r SKIP LOCKED;
