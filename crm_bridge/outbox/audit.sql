-- What an audit of the outbox reads: messages written in [$1, $2), and open ones of before. $4: a target that was tried
-- since then is at work, and what waits for it waits for its turn.

-- name: messages
with tried as materialized (
    select o.target, max(d.began_at) as at
    from outbox_deliveries d join outbox_messages o on o.id = d.message_id
    where d.began_at >= $4 group by o.target
)
select m.id, m.target, m.key, m.kind, m.state, m.created_at, m.due_at, m.lease_until, m.ended_at, m.reason,
       (select count(*) from outbox_deliveries d where d.message_id = m.id and d.answer = 'delivered') as delivered,
       (select max(d.id) from outbox_deliveries d where d.message_id = m.id and d.answer = 'delivered') as turn,
       coalesce(t.paused_until, '-infinity'::timestamptz) > $3 as paused,
       tried.at is not null as target_works
from outbox_messages m join outbox_targets t using (target) left join tried using (target)
where (m.created_at >= $1 or m.state in ('waiting', 'sending')) and m.created_at < $2
order by m.id;

-- name: untold
-- Calls of the span that ended, and of which these targets were never told though they hear of ends.
select c.call_id, c.ended_at, t.target
from published.calls c cross join unnest($4::text[]) as t(target)
where c.ended_at is not null and c.started_at >= $1 and c.started_at < $2 and c.ended_at < $3
  and not exists (select from outbox_messages m where m.target = t.target and m.key = c.call_id and m.kind in ('call.ended', 'call.missed'))
order by c.started_at;

-- name: since
-- When each target was first told anything: before that it was not there to be told.
select target, min(created_at) as at from outbox_messages where target = any($1::text[]) group by target;
