-- What pages show beside the lists of the API.

-- name: count_calls
-- At most $1 are counted: a page that says "more than" is quicker than one that counts millions.
select count(*) from (
    select from published.calls place
    where true
    -- access call place.call_id
-- filters
    limit $1) counted

-- name: count_tagged
select count(*) from (
    select from call_tags place join published.calls on published.calls.call_id = place.call_id
    where true
    -- access call place.call_id
-- filters
    limit $1) counted

-- name: count_callbacks
select count(*) from (
    select from published.callbacks
    where true
    -- access callback callbacks.request_id
-- filters
    limit $1) counted

-- name: count_fates
-- All that a board's tabs of closed requests say, in one reading. The requests are chosen first, for which the facts are not
-- read; each one's facts are then looked up: joined at once, the planner reads the facts of all years. $1: of how many at most.
with chosen as materialized (
    select request_id
    from published.callbacks
    where true
    -- access callback callbacks.request_id
-- filters
    limit $1
)

select coalesce(facts.fate, whole.fate) as fate, coalesce(facts.target, whole.target) as target, count(*)
from chosen
left join lateral (
    select fate, target from published.callback_facts where callback_facts.request_id = chosen.request_id offset 0) facts on true
left join lateral (
    select fate, target from published.callbacks
    where facts.target is null and callbacks.request_id = chosen.request_id
    offset 0) whole on true
group by 1, 2

-- name: names
select number, name from published.customers where number = any($1) and name <> ''

-- name: marked
select call_id, array_agg(tag order by tag) as tags from published.call_tags where call_id = any($1) group by call_id

-- name: results
select call_id, code from published.call_results where call_id = any($1)

-- name: sounding
-- Which of these calls can be heard.
select distinct call_id from published.recordings where call_id = any($1) and path is not null and deleted_at is null

-- name: tags
select tag, count(*) from published.call_tags where at > $1 group by tag order by 2 desc, 1 limit 30

-- name: dids
-- From one number to the next along their index: to read all calls for a few numbers takes a thousand times as long.
with recursive each_one (did, place) as (
    (select did, 1 from published.calls where did <> '' order by did limit 1)
    union all
    select next_one.did, place + 1
    from each_one
    cross join lateral (
        select calls.did from published.calls where calls.did <> '' and calls.did > each_one.did order by calls.did limit 1) next_one
    where place < 500
)

select did from each_one
where exists (
    select from published.calls where calls.did = each_one.did and calls.did <> '' and started_at > $1)
order by did limit 60

-- name: search_names
select number, name, manager_id from published.customers
where (name ilike $1 or number like $3)
-- access customer customers.number
order by name, number limit $2

-- name: search_callers
-- Names that callers sent, and pieces of numbers, in the last calls only: the ledger has no index on them.
select distinct on (customer) customer as number, case when caller_name ilike $1 then caller_name else '' end as name
from (
    select customer, caller_name from published.calls
    where started_at > $3 and customer <> ''
    -- access call calls.call_id
    order by started_at desc limit $5) last_ones
where caller_name ilike $1 or customer like $4
limit $2

-- name: search_number
-- A whole number is found whenever it called.
select customer as number from published.calls
where customer = $1 and customer <> ''
-- access call calls.call_id
limit 1

-- name: peaks_of
select recording_id, peaks from published.recording_peaks where call_id = $1

-- name: listened
select by_whom, way, at, heard_until from listenings where call_id = $1 order by id desc limit 20

-- name: latest
-- Who called or was called last, each once.
select number, max(name) as name from (
    select customer as number, case when direction = 'inbound' then caller_name else '' end as name, started_at
    from published.calls
    where customer <> '' and started_at > $1
    -- access call calls.call_id
    order by started_at desc limit 400) c
group by number order by max(started_at) desc limit $2

-- name: plan_for_all
-- A fate is no column of a request: with the values at hand the planner reads the facts of all years (350 ms); without them
-- it goes through the requests in their order, and stops at the limit (20 ms).
set local plan_cache_mode = force_generic_plan
