-- Sums of whole days: which hold, how they are made, how they are checked.

-- name: days
select day, zone = $3 and marks is not distinct from made_marks as holds from figure_days where day between $1 and $2

-- name: mark
-- Only days that have sums need it: others are read from the ledger anyway.
update figure_days set marks = marks + 1 where day between $1 and $2

-- name: mark_calls
update figure_days set marks = marks + 1
where day in (select (started_at at time zone $2)::date from published.calls where call_id = any($1::text[]))

-- name: first_call
select min(started_at) from published.calls

-- name: undone
-- The newest day before $3 that has no sums that hold.
select d::date from generate_series($1::timestamp, $2::timestamp, '-1 day') d
left join figure_days f on f.day = d::date
where f.day is null or f.zone <> $3 or f.marks is distinct from f.made_marks
order by d desc limit 1

-- name: alone
select pg_try_advisory_xact_lock(hashtext('figures'), 0)

-- name: begin
-- The marks are read before the calls: what is marked meanwhile is seen by the next turn.
insert into figure_days (day, zone) values ($1, $2) on conflict (day) do update set day = excluded.day returning marks

-- name: clear_hours
delete from figure_hours where day = $1

-- name: clear_sums
delete from figure_sums where day = $1

-- name: clear_managers
delete from figure_managers where day = $1

-- name: make
-- $1 the day, $2 and $3 its begin and end, $4 the zone.
with found as materialized (select * from figures_of($2, $3, $4)),
hours as (
    insert into figure_hours
    select $1::date, hour, did, queue, direction, kind, disposition, missed_reason, sum(calls), sum(within_5), sum(within_10),
           sum(within_20), sum(within_30), sum(within_60), sum(short), sum(wait), sum(talk)
    from found group by 2, 3, 4, 5, 6, 7, 8),
sums as (
    insert into figure_sums
    select $1::date, did, queue, direction, kind, disposition, missed_reason, sum(calls), sum(within_5), sum(within_10),
           sum(within_20), sum(within_30), sum(within_60), sum(short), sum(wait), sum(talk)
    from found group by 2, 3, 4, 5, 6, 7),
managers as (
    insert into figure_managers
    select $1::date, manager, direction, kind, disposition, missed_reason, sum(calls), sum(wait), sum(talk)
    from found where manager <> '' group by 2, 3, 4, 5, 6)
select coalesce(sum(calls), 0) from found

-- name: first_talks
-- Whose first answered call may be one of these: $1 and $2 a day's begin and end.
insert into first_talks (customer, at, call_id)
select distinct on (customer) customer, started_at, call_id
from published.calls
where started_at >= $1 and started_at < $2 and disposition = 'answered' and direction <> 'internal' and customer <> ''
order by customer, started_at
on conflict (customer) do update set at = excluded.at, call_id = excluded.call_id where excluded.at < first_talks.at

-- name: made
update figure_days set made_marks = $2, zone = $3, made_at = $4, checked_at = $4, calls = $5 where day = $1

-- name: unchecked
-- A day of the last week is counted again each day, an older one each week; the longest unchecked first.
select day, calls from figure_days
where marks = made_marks and zone = $3
    and checked_at < $1::timestamptz - case when day > $2::date - 8 then interval '1 day' else interval '7 days' end
order by checked_at limit 5

-- name: calls_between
select count(*) from published.calls where started_at >= $1 and started_at < $2

-- name: checked
update figure_days set checked_at = $2 where day = $1
