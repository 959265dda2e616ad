-- What the API reads of the ledger, through its published views. The list is put together from `list_calls` and the
-- filters that were asked for, so that each combination is a plain statement that its own index serves.

-- name: list_calls
select c.call_id, pbx, direction, kind, caller_number, caller_name, dialed, customer, did, manager, trunk, queue,
       c.started_at, answered_at, ended_at, disposition, missed_reason,
       answered_by_number, answered_by_name, wait_seconds, talk_seconds, repaired
from published.calls c
-- source
where true
-- filters
order by c.started_at desc, c.call_id desc
limit $1

-- name: filter_before
-- The cursor: the first line lets the index in started_at be entered at the right place.
and c.started_at <= $1 and (c.started_at, c.call_id) < ($1, $2)

-- name: filter_since
and c.started_at >= $1

-- name: filter_until
and c.started_at < $1

-- name: filter_customer
and customer = $1

-- name: filter_manager
and manager = $1

-- name: filter_did
and did = $1

-- name: filter_direction
and direction = $1

-- name: filter_disposition
and disposition = $1

-- name: filter_missed_reason
and missed_reason = $1

-- name: filter_kind
and kind = $1

-- name: filter_uncommon_kind
-- The literal lets the index of uncommon kinds be used, whatever the parameter.
and kind = $1 and kind <> 'ordinary'

-- name: source_tag
-- Equal starts let the list walk along the tag's own index, newest first.
join call_tags t on t.call_id = c.call_id and t.started_at = c.started_at and t.tag = $1

-- name: one_call
select call_id, pbx, direction, kind, caller_number, caller_name, dialed, customer, did, manager, trunk, queue,
       started_at, answered_at, ended_at, disposition, missed_reason,
       answered_by_number, answered_by_name, wait_seconds, talk_seconds, repaired
from published.calls
where call_id = $1

-- name: legs
select channel, uniqueid, number, name, started_at, rang_at, answered_at, ended_at, hangup_cause
from published.legs where call_id = $1 order by started_at, uniqueid

-- name: transfers
select kind, by_number as by, to_number as to, at from published.transfers where call_id = $1 order by at

-- name: timeline
select at, kind, number, detail from published.call_timeline where call_id = $1 order by at, seq
