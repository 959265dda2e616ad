-- Rules by which customers are found who may be unhappy, and what the keeper asks besides. Each reason once: what is one
-- already is left out. Hidden callers are nobody.

-- name: late_promises
-- $1: since when.
select 'late_promise' as why, p.promise_id::text as thing, c.customer, '' as call_id
from published.promises p join published.callbacks c using (request_id)
where (p.overdue_at > $1 or (p.verdict in ('late', 'broken') and p.settled_at > $1))
  and c.customer <> '' and c.fate is distinct from 'never_call'
  and not exists (select from case_reasons k where k.why = 'late_promise' and k.thing = p.promise_id::text)
order by p.promise_id limit 100

-- name: missed_again
-- $1: since when; $2: how many misses before anybody talked with them.
select 'missed_again' as why, c.request_id::text as thing, c.customer,
       coalesce((select m.call_id from published.callback_misses m
                 where m.request_id = c.request_id order by m.missed_at desc limit 1), '') as call_id
from published.callbacks c
where c.first_missed_at > $1 and c.misses >= $2 and c.customer <> '' and c.fate is distinct from 'never_call'
  and not exists (select from case_reasons k where k.why = 'missed_again' and k.thing = c.request_id::text)
order by c.request_id limit 100

-- name: lost_again
-- $1: the first day of the misses that are looked at.
select 'lost_again' as why, f.request_id::text as thing, c.customer, again.call_id
from published.callback_facts f
join published.callbacks c using (request_id)
cross join lateral (
    select its.call_id from published.calls its
    where its.customer = c.customer and its.customer <> '' and its.direction = 'inbound' and its.started_at > f.closed_at
    order by its.started_at limit 1) again
where f.day >= $1 and f.fate = 'lost' and c.customer <> ''
  and not exists (select from case_reasons k where k.why = 'lost_again' and k.thing = f.request_id::text)
order by f.request_id limit 100

-- name: talked
-- Cases for which nobody has done anything as yet, and a talk with the customer since.
select c.case_id
from cases c
cross join lateral (
    select from published.calls its
    where its.customer = c.customer and its.customer <> '' and its.disposition = 'answered' and its.started_at > c.opened_at
    order by its.started_at limit 1) talk
where c.closed_at is null and c.acted_at is null

-- name: due
select case_id from cases where state = 'new' and due_at <= $1 order by due_at limit 100

-- name: to_rank
-- Open callbacks that go before others: 30 of somebody unhappy, 10 of somebody new or who has bought. $1: since when one is new.
select c.request_id, wanted.priority
from published.callbacks c
cross join lateral (
    select case
        when exists (select from cases k where k.customer = c.customer and k.closed_at is null) then 30
        when exists (select from first_talks f where f.customer = c.customer and f.at > $1) then 10
        when exists (
            select from published.calls its join call_results r using (call_id)
            where its.customer = c.customer and its.customer <> '' and r.amount > 0) then 10
        else 0 end as priority) wanted
left join callback_ranks r using (request_id)
where c.closed_at is null and c.customer <> '' and wanted.priority > greatest(c.priority, coalesce(r.priority, 0))
limit 100

-- name: ranked
insert into callback_ranks (request_id, priority, at) values ($1, $2, $3)
on conflict (request_id) do update set priority = excluded.priority, at = excluded.at

-- name: forget_ranks
delete from callback_ranks where at < $1
