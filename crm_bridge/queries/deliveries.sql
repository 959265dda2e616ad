-- The delivery log, and the operator's hand on it.

-- name: list_messages
select id, target, key, kind, state, attempts, created_at, due_at, ended_at, reason
from outbox_messages
where true
-- access nothing outbox_messages.id
-- filters
order by id desc
limit $1

-- name: filter_before
and id < $1

-- name: filter_target
and target = $1

-- name: filter_key
and key = $1

-- name: filter_state
and state = $1

-- name: filter_undelivered
-- For any other state: the literal lets the index of undelivered ones be used.
and state = $1 and state <> 'delivered'

-- name: one
select id, target, key, kind, state, attempts, created_at, due_at, ended_at, reason, body
from outbox_messages where id = $1

-- name: tries
select attempt, began_at, extract(epoch from took)::float8 as seconds, answer, reason
from outbox_deliveries where message_id = $1 order by id

-- name: targets
select t.target, t.rate, t.paused_until,
       (select count(*) from outbox_messages m where m.target = t.target and m.state in ('waiting', 'sending') and m.state <> 'delivered') as waiting,
       (select count(*) from outbox_messages m where m.target = t.target and m.state = 'dead' and m.state <> 'delivered') as dead
from outbox_targets t order by t.target

-- name: pause
update outbox_targets set paused_until = $2 where target = $1 returning target

-- name: replay_target
-- All dead ones of a target, the oldest first, so many at a time.
update outbox_messages set state = 'waiting', attempts = 0, due_at = $2, ended_at = null, reason = 'replayed'
where id in (select id from outbox_messages where target = $1 and state = 'dead' and state <> 'delivered' and reason <> 'erased'
             order by id limit $3)
returning id
