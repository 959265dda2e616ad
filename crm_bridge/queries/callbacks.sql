-- Callback requests as the API lists them, through telephony's published views.

-- name: list_requests
select request_id, pbx, customer, name, did, state, waits_for, misses, first_missed_at, last_missed_at, due_at, spent, owner,
       rang_at, accepted_at, talked_at, closed_at, closed_for, closed_by, ring_by,
       target, fate, priority
from published.callbacks
where true
-- access callback callbacks.request_id
-- filters
order by first_missed_at desc, request_id desc
limit $1

-- name: list_urgent
-- Who must be rung first comes first; those whose hours never open last.
select request_id, pbx, customer, name, did, state, waits_for, misses, first_missed_at, last_missed_at, due_at, spent, owner,
       rang_at, accepted_at, talked_at, closed_at, closed_for, closed_by, ring_by,
       target, fate, priority
from published.callbacks
where true
-- access callback callbacks.request_id
-- filters
order by coalesce(ring_by, 'infinity'), request_id
limit $1

-- name: one
select request_id, pbx, customer, name, did, state, waits_for, misses, first_missed_at, last_missed_at, due_at, spent, owner,
       rang_at, accepted_at, talked_at, closed_at, closed_for, closed_by, ring_by,
       target, fate, priority
from published.callbacks
where request_id = $1
-- access callback callbacks.request_id

-- name: filter_before
and first_missed_at <= $1 and (first_missed_at, request_id) < ($1, $2)

-- name: filter_behind
and (coalesce(ring_by, 'infinity'), request_id) > ($1::text::timestamptz, $2)

-- name: filter_target
and target = $1

-- name: filter_fate
and fate = $1

-- name: filter_closed_for
and closed_for = $1

-- name: filter_group
and owner in (select manager_id from published.managers where "group" = $1)

-- name: filter_why_not
and request_id in (select request_id from published.callback_facts where why_not = $1)

-- name: filter_ring_from
and request_id in (select request_id from published.callback_facts where to_first_ring >= $1)

-- name: filter_ring_to
and request_id in (select request_id from published.callback_facts where to_first_ring < $1)

-- name: filter_manager
and request_id in (select request_id from published.callback_attempts where manager = $1)

-- name: filter_waits_for
and waits_for = $1

-- name: filter_open
and closed_at is null

-- name: filter_closed
and closed_at is not null

-- name: filter_state
and state = $1

-- name: filter_customer
and customer = $1

-- name: filter_owner
and owner = $1

-- name: filter_since
and first_missed_at >= $1

-- name: filter_until
and first_missed_at < $1

-- name: of_call
-- The request that a missed call made or counted for, or whose attempt the call was.
select request_id, pbx, customer, name, did, state, waits_for, misses, first_missed_at, last_missed_at, due_at, spent, owner,
       rang_at, accepted_at, talked_at, closed_at, closed_for, closed_by, ring_by,
       target, fate, priority
from published.callbacks
where request_id = any (array(
    select request_id from published.callback_misses where call_id = $1
    union all
    select request_id from published.callback_attempts where call_id = $1))
order by request_id desc
limit 1
