-- Customers since their first answered call. What they bought within sixty days counts as theirs (`$2`: codes of a sale).

-- name: list_newcomers
select f.customer, coalesce(k.name, '') as name, k.manager_id as owner, f.at, f.call_id, seen.talks, seen.misses, seen.last_at,
       sold.won_at, sold.amount
from first_talks f
left join published.customers k on k.number = f.customer
cross join lateral (
    select count(*) filter (where c.disposition = 'answered') as talks,
           count(*) filter (where c.disposition = 'missed') as misses,
           max(c.started_at) filter (where c.disposition = 'answered') as last_at,
           min(c.started_at) filter (where c.disposition = 'answered' and c.started_at > f.at) as again_at
    from published.calls c
    where c.customer = f.customer and c.customer <> '' and c.started_at >= f.at and c.started_at < f.at + interval '100 days') seen
cross join lateral (
    select min(c.started_at) as won_at, sum(r.amount) as amount
    from published.calls c join call_results r using (call_id)
    where c.customer = f.customer and c.customer <> '' and (r.amount > 0 or r.code = any($2::text[]))
      and c.started_at >= f.at and c.started_at < f.at + interval '60 days') sold
where true
-- access nothing f.customer
-- filters
order by f.at desc, f.customer desc limit $1

-- name: count_newcomers
-- $1 to $2: the first talks; $3: codes of a sale; $4: now.
select count(*) as newcomers, count(*) filter (where seen.again_at < f.at + interval '30 days') as newcomers_again,
       count(*) filter (where seen.misses > 0) as newcomers_missed,
       count(*) filter (where f.at > $4::timestamptz - interval '100 days' and seen.last_at < $4::timestamptz - interval '21 days')
           as newcomers_silent,
       count(*) filter (where sold.won_at is not null) as newcomers_won
from first_talks f
cross join lateral (
    select count(*) filter (where c.disposition = 'missed') as misses,
           max(c.started_at) filter (where c.disposition = 'answered') as last_at,
           min(c.started_at) filter (where c.disposition = 'answered' and c.started_at > f.at) as again_at
    from published.calls c
    where c.customer = f.customer and c.customer <> '' and c.started_at >= f.at and c.started_at < f.at + interval '100 days') seen
left join (
    select c.customer, min(c.started_at) as won_at
    from call_results r join published.calls c using (call_id) join first_talks n on n.customer = c.customer
    where c.customer <> '' and n.at >= $1 and n.at < $2 and (r.amount > 0 or r.code = any($3::text[]))
      and c.started_at >= n.at and c.started_at < n.at + interval '60 days'
    group by 1) sold on sold.customer = f.customer
where f.at >= $1 and f.at < $2

-- name: filter_codes
-- Always the first: its value is the statement's own.
and $1::text[] is not null

-- name: filter_since
and f.at >= $1

-- name: filter_until
and f.at < $1

-- name: filter_won
and sold.won_at is not null

-- name: filter_missed
and seen.misses > 0

-- name: filter_again
and seen.again_at < f.at + interval '30 days'

-- name: filter_silent
and f.at > $1::timestamptz - interval '100 days' and seen.last_at < $1::timestamptz - interval '21 days'

-- name: filter_before
and (f.at, f.customer) < ($1, $2)

-- name: first_talk
select at from first_talks where customer = $1

-- name: settled
select nudge, verdict from nudges where customer = $1

-- name: settle
insert into nudges (customer, nudge, verdict, by_whom, at) values ($1, $2, $3, $4, $5)
on conflict (customer, nudge) do update set verdict = excluded.verdict, by_whom = excluded.by_whom, at = excluded.at

-- name: forget_talk
delete from first_talks where customer = $1

-- name: forget_nudges
delete from nudges where customer = $1
