-- Counts by an axis: /*axis*/ is replaced by one of the axes below, /*sums*/ by the table that the days' sums are in.
-- $1, $2: the first and the last day; $3: the days among them that are read from the ledger, whose moments are $4 to $5
-- (arrays of the same length); $6: the company's zone; $7, $8: our numbers and queues, null for all.

-- name: calls
select /*axis*/ as axis, direction, kind, disposition, missed_reason, sum(calls)::bigint as calls,
       sum(within_5)::bigint as within_5, sum(within_10)::bigint as within_10, sum(within_20)::bigint as within_20,
       sum(within_30)::bigint as within_30, sum(within_60)::bigint as within_60, sum(short)::bigint as short,
       sum(wait)::float8 as wait, sum(talk)::float8 as talk
from (
    select * from /*sums*/ where day between $1 and $2 and day <> all($3::date[])
    union all
    select f.day, f.hour, f.did, f.queue, f.direction, f.kind, f.disposition, f.missed_reason, f.calls, f.within_5, f.within_10,
           f.within_20, f.within_30, f.within_60, f.short, f.wait, f.talk
    from unnest($4::timestamptz[], $5::timestamptz[]) as live (since, until), figures_of(live.since, live.until, $6) f) part
where ($7::text[] is null or did = any($7)) and ($8::text[] is null or queue = any($8))
group by 1, 2, 3, 4, 5

-- name: sums_by_hour
figure_hours

-- name: sums_by_day
(select day, null::smallint as hour, did, queue, direction, kind, disposition, missed_reason, calls, within_5, within_10,
        within_20, within_30, within_60, short, wait, talk from figure_sums) days

-- name: calls_by_manager
select manager as axis, direction, kind, disposition, missed_reason, sum(calls)::bigint as calls, 0::bigint as within_5,
       0::bigint as within_10, 0::bigint as within_20, 0::bigint as within_30, 0::bigint as within_60, 0::bigint as short,
       sum(wait)::float8 as wait, sum(talk)::float8 as talk
from (
    select manager, direction, kind, disposition, missed_reason, calls, wait, talk
    from figure_managers where day between $1 and $2 and day <> all($3::date[])
    union all
    select f.manager, f.direction, f.kind, f.disposition, f.missed_reason, f.calls, f.wait, f.talk
    from unnest($4::timestamptz[], $5::timestamptz[]) as live (since, until), figures_of(live.since, live.until, $6) f
    where f.manager <> '') part
group by 1, 2, 3, 4, 5

-- name: axis_all
''

-- name: axis_day
day::text

-- name: axis_hour
hour::text

-- name: axis_week_hour
extract(isodow from day)::text || '-' || hour

-- name: axis_did
did

-- name: axis_queue
queue

-- name: callbacks
-- $1, $2: the moments between which the first miss was.
select /*axis*/ as axis, b.fate, b.target, coalesce(f.why_not, '') as why_not, coalesce(b.closed_for, '') as closed_for,
       width_bucket(f.to_first_ring, array[0, 60, 120, 180, 240, 300, 600, 1800]::float8[]) as ring, count(*) as requests
from published.callbacks b
left join published.callback_facts f using (request_id)
where b.first_missed_at >= $1 and b.first_missed_at < $2
group by 1, 2, 3, 4, 5, 6

-- name: callbacks_by_manager
-- A request counts for each manager whose phone was rung for it.
select r.manager as axis, b.fate, b.target, '' as why_not, '' as closed_for, null::int as ring, count(*) as requests
from published.callbacks b
join (select distinct request_id, manager from published.callback_attempts) r using (request_id)
where b.first_missed_at >= $1 and b.first_missed_at < $2
group by 1, 2, 3

-- name: axis_missed_day
(b.first_missed_at at time zone $3)::date::text

-- name: speeds
select percentile_cont(array[0.5, 0.9]) within group (order by to_first_ring) as to_first_ring,
       percentile_cont(array[0.5, 0.9]) within group (order by to_acceptance) as to_acceptance,
       percentile_cont(array[0.5, 0.9]) within group (order by to_talk) as to_talk
from published.callback_facts where day between $1 and $2

-- name: waits
-- How long callers waited who were answered, and those who were not.
select disposition, percentile_cont(array[0.5, 0.9]) within group (order by wait_seconds) as waits
from published.calls
where started_at >= $1 and started_at < $2 and direction = 'inbound' and disposition in ('answered', 'missed')
group by 1

-- name: promises
select verdict as axis, count(*) as promises from published.promises
where promised_at >= $1 and promised_at < $2 group by 1
