-- What makes a big ledger a company's: more calls of the same kind, people, customers, callback requests.

-- name: copy_calls
-- The calls that are there once more, $1 later, under other ids: quicker than to make them one by one.
insert into calls (
    call_id, pbx, linkedid, direction, kind, caller_number, caller_name, dialed, trunk, queue, customer, did, manager, started_at, answered_at,
    ended_at, disposition, missed_reason, answered_by_number, answered_by_name, answered_by_channel, talk, repaired, changed_at)
select
    call_id || $2, pbx, linkedid || $2, direction, kind, caller_number, caller_name, dialed, trunk, queue, customer, did, manager,
    started_at + $1, answered_at + $1, ended_at + $1, disposition, missed_reason, answered_by_number, answered_by_name, answered_by_channel,
    talk, repaired, changed_at + $1
from calls
where call_id not like '%-%'
order by started_at

-- name: copy_legs
insert into legs (call_id, uniqueid, channel, number, name, started_at, rang_at, answered_at, ended_at, hangup_cause)
select
    call_id || $2, uniqueid, channel, number, name, started_at + $1, rang_at + $1, answered_at + $1, ended_at + $1, hangup_cause
from legs
where call_id not like '%-%'

-- name: managers
insert into managers (manager_id, name, endpoint, team, place)
select number, 'Manager ' || number, 'PJSIP/' || number, 'group ' || place / 10, place
from unnest($1::text[]) with ordinality as one (number, place)

-- name: customers
-- Every fourth is known, and somebody's.
insert into customers (number, name, manager_id)
select number, 'Customer ' || right(number, 5), ($1::text[])[1 + abs(hashtext(number)) % cardinality($1)]
from (select distinct customer as number from calls where customer <> '') known
where hashtext(number) % 4 = 0

-- name: requests
-- One for each missed call; those of the last ten minutes are open.
with missed as (
    select calls.*, row_number() over (partition by customer order by ended_at desc) as back, row_number() over (order by ended_at) as place
    from calls
    where disposition = 'missed'
),

shaped as (
    select *, back = 1 and ended_at > now() - interval '10 minutes' as open from missed
)

insert into callback_requests (
    pbx, customer, heard_number, name, did, trunk, state, waits_for, misses, first_missed_at, last_missed_at, last_call_id, due_at,
    round_began_at, spent, owner, owner_asked, rang_at, closed_at, closed_for, ring_by)
select
    pbx, customer, customer, caller_name, did, trunk, case when open then 'waiting' else 'done' end, 'nobody_free', 1, ended_at, ended_at,
    call_id, ended_at + interval '1 hour', ended_at, 0, ($1::text[])[1 + place % cardinality($1)], true,
    case when not open then ended_at + (20 + place % 400) * interval '1 second' end,
    case when not open then ended_at + (60 + place % 400) * interval '1 second' end,
    case when not open then case when place % 9 = 0 then 'got_through' else 'reached' end end, ended_at + interval '5 minutes'
from shaped
order by ended_at

-- name: misses
insert into callback_misses (call_id, request_id, customer, missed_at)
select last_call_id, request_id, customer, first_missed_at from callback_requests

-- name: attempts
insert into callback_attempts (
    request_id, manager, channel_id, pbx, dialstring, step, round, daemon, written_at, look_at, rang_at, ended_at, outcome)
select
    request_id, owner, 'rb-cb-' || request_id, pbx, 'PJSIP/' || owner, 'owner', 1, 1, rang_at, rang_at, rang_at, closed_at, 'reached'
from callback_requests
where closed_at is not null

-- name: facts
insert into callback_facts (
    request_id, day, hour, did, owner, manager, fate, target, why_not, ring_by, to_first_ring, misses, closed_for, closed_at, calendar)
select
    request_id, (first_missed_at at time zone $1)::date, extract(hour from first_missed_at at time zone $1)::smallint, did, owner, owner,
    case when closed_for = 'got_through' then 'got_through' else 'answered_later' end,
    case when rang_at > ring_by then 'missed' else 'met' end, '', ring_by, extract(epoch from rang_at - first_missed_at), 1, closed_for,
    closed_at, ''
from callback_requests
where closed_at is not null
