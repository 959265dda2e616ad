-- name: declare_target
-- A target as the settings tell it; its bucket and pause survive.
insert into outbox_targets (target, rate, burst, tokens)
values ($1, $2, $3::integer, $3::integer)
on conflict (target) do update set rate = excluded.rate, burst = excluded.burst;

-- name: enqueue
-- One message for each target, in the caller's transaction.
insert into outbox_messages (target, key, kind, body, due_at)
select target, $2, $3, $4::jsonb, $5
from unnest($1::text[]) as target;

-- name: claim
-- Lease up to $2 due messages of target $1 until $4, at time $3: those written since $5, then the oldest, which leave $6
-- of the places free. The bucket's row lock makes the rate hold over all daemons; the open index makes "nothing open ahead in the same key" one look-up a
-- candidate.
with bucket as materialized (
    select target, rate, available, least($2, floor(available))::integer as places
    from outbox_targets, lateral (
        select case when rate is null then $2::double precision
                    else least(burst, tokens + rate * greatest(0, extract(epoch from $3::timestamptz - refilled_at)))
               end as available) as filled
    where target = $1 and (paused_until is null or paused_until <= $3)
    for update of outbox_targets
), fresh as materialized (
    select m.id
    from outbox_messages m
    where m.target = $1 and m.state = 'waiting' and m.due_at between $5 and $3 and m.created_at >= $5
      and not exists (
          select from outbox_messages ahead
          where ahead.target = m.target and ahead.key = m.key and ahead.id < m.id
            and ahead.state in ('waiting', 'sending'))
    order by m.due_at, m.id
    limit (select coalesce(min(places), 0) from bucket)
    for update skip locked
), old as materialized (
    select m.id
    from outbox_messages m
    where m.target = $1 and m.state = 'waiting' and m.due_at <= $3 and (m.created_at < $5 or m.due_at < $5)
      and not exists (
          select from outbox_messages ahead
          where ahead.target = m.target and ahead.key = m.key and ahead.id < m.id
            and ahead.state in ('waiting', 'sending'))
    order by m.due_at, m.id
    limit (select greatest(0, least(coalesce(min(places), 0), $2 - $6::integer) - (select count(*) from fresh)) from bucket)
    for update skip locked
), head as (
    select id from fresh union all select id from old
), spent as (
    update outbox_targets t
    set tokens = bucket.available - (select count(*) from head), refilled_at = $3
    from bucket
    where t.target = bucket.target and bucket.rate is not null
)
update outbox_messages m
set state = 'sending', lease_until = $4
from head
where m.id = head.id
returning m.id, m.target, m.key, m.kind, m.body::text as body, m.attempts, m.created_at;

-- name: answer
-- What came of one try; nothing happens if the lease ran out and somebody else has it, but what was delivered is not
-- sent again if the lease was only taken back (the database was away when the answer came). What follows a message that has
-- to wait waits with it: else all of it would stand before what is due, and each claim would step over it.
with message as (
    update outbox_messages
    set state = $3, attempts = $4, due_at = coalesce($5, due_at), reason = left($6, 2000), lease_until = null,
        ended_at = case when $3 in ('delivered', 'dead') then $7::timestamptz end
    where id = $1 and (state = 'sending' and lease_until = $2 or state = 'waiting' and $3 = 'delivered')
    returning id, target, key
), followers as (
    update outbox_messages behind
    set due_at = $5
    from message
    where $3 = 'waiting' and behind.target = message.target and behind.key = message.key and behind.id > message.id
      and behind.state = 'waiting' and behind.due_at < $5
)
insert into outbox_deliveries (message_id, attempt, began_at, took, answer, reason)
select id, $4, $8::timestamptz, $9::interval, $10, left($6, 2000)
from message
returning message_id;

-- name: release_leases
-- Leases of daemons that died ($2: those that we hold ourselves): nobody knows whether the target has it; it goes out
-- again under the same id. A lease longer than any is of a clock that has been set back since.
update outbox_messages
set state = 'waiting', lease_until = null, due_at = $1
where state = 'sending' and (lease_until < $1 or lease_until > $1::timestamptz + interval '1 day') and id <> all ($2::bigint[])
returning id;

-- name: pull_forward
-- What waits for longer than anybody may wish was put off by a clock that has been set back since: it is due.
update outbox_messages set due_at = $1::timestamptz where state = 'waiting' and due_at > $1::timestamptz + interval '2 days';

-- name: pause
update outbox_targets set paused_until = $2 where target = $1;

-- name: next_due
-- When there is something to do for a target again, or nothing. What stands behind a message of its key that is on its way,
-- or held by a daemon that died, is not to be done before that one is answered, or its lease has run out.
select m.due_at from outbox_messages m
where m.target = $1 and m.state = 'waiting'
  and not exists (
      select from outbox_messages ahead
      where ahead.target = m.target and ahead.key = m.key and ahead.id < m.id
        and ahead.state in ('waiting', 'sending'))
order by m.due_at, m.id
limit 1;

-- name: replay
-- A person's word that a dead message is to be tried again; what died because its call did ($3 begins its reason) comes
-- back with it.
with named as (
    select id, target, key from outbox_messages where id = any ($1::bigint[]) and state = 'dead'
), followers as (
    select m.id
    from outbox_messages m join named n on n.target = m.target
    where m.state = 'dead' and starts_with(m.reason, $3)
      and (m.key = n.key or m.body #>> '{callback,call_id}' = n.key)
)
update outbox_messages
set state = 'waiting', attempts = 0, due_at = $2, ended_at = null, reason = 'replayed'
where id in (select id from named union select id from followers)
returning id;

-- name: standings
-- How each target stands; $1 begins the reasons of those that do not let us in.
select target,
       count(*) filter (where state in ('waiting', 'sending')) as waiting,
       count(*) filter (where state = 'dead') as dead,
       min(created_at) filter (where state in ('waiting', 'sending')) as oldest_at,
       count(*) filter (where state = 'waiting' and starts_with(reason, $1)) as locked_out,
       coalesce(max(reason) filter (where state = 'waiting' and starts_with(reason, $1)), '') as why
from outbox_messages
where state <> 'delivered'
group by target
order by target;

-- name: deliveries_of_key
select m.id, m.target, m.key, m.kind, m.state, m.attempts, m.created_at, m.due_at, m.ended_at, m.reason
from outbox_messages m
where m.key = $1
order by m.id;
