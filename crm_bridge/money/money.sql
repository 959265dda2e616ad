-- What money at risk is reckoned from. Customers with a number only: nobody else can be called or have bought.

-- name: conversion
-- $1 to $2: the first talks; $3 result codes of a sale; $4 within what time they buy.
with first as materialized (select customer, at from first_talks where at >= $1 and at < $2),
won as (
    select f.customer, r.amount
    from call_results r
    join published.calls c using (call_id)
    join first f on f.customer = c.customer
    where c.customer <> '' and (r.amount > 0 or r.code = any($3::text[]))
      and c.started_at >= f.at and c.started_at < f.at + $4::interval)
select (select count(*) from first) as first, count(distinct customer) as won, count(*) filter (where amount > 0) as orders,
       coalesce(sum(amount) filter (where amount > 0), 0) as total, coalesce(sum(amount * amount), 0) as squares
from won

-- name: missed
-- $1 to $2: the first miss.
select count(distinct customer) filter (where fate = 'lost') as lost, count(*) filter (where fate = 'lost') as lost_requests,
       count(distinct customer) filter (where fate = 'answered_later') as reached,
       count(*) filter (where fate = 'answered_later') as reached_requests,
       count(distinct customer) filter (where fate = 'owed') as owed
from published.callbacks where first_missed_at >= $1 and first_missed_at < $2 and customer <> ''
