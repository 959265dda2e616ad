-- What the API reads of the ledger, through its published views. The list is put together from `list_calls` and the
-- filters that were asked for, so that each combination is a plain statement that its own index serves.

-- name: list_calls
select place.call_id, pbx, direction, kind, caller_number, caller_name, dialed, customer, did, manager, trunk, queue,
       place.started_at, answered_at, ended_at, disposition, missed_reason,
       answered_by_number, answered_by_name, wait_seconds, talk_seconds, repaired,
       talked_last_number, talked_last_name
from published.calls place
where true
-- access call place.call_id
-- filters
order by place.started_at desc, place.call_id desc
limit $1

-- name: list_tagged
-- Walks along the tag's own index and looks each call up; ``offset 0`` keeps the planner from walking all calls instead.
select place.call_id, pbx, direction, kind, caller_number, caller_name, dialed, customer, did, manager, trunk, queue,
       place.started_at, answered_at, ended_at, disposition, missed_reason,
       answered_by_number, answered_by_name, wait_seconds, talk_seconds, repaired,
       talked_last_number, talked_last_name
from call_tags place
cross join lateral (
    select pbx, direction, kind, caller_number, caller_name, dialed, customer, did, manager, trunk, queue,
           answered_at, ended_at, disposition, missed_reason,
           answered_by_number, answered_by_name, wait_seconds, talk_seconds, repaired,
       talked_last_number, talked_last_name
    from published.calls where published.calls.call_id = place.call_id offset 0) c
where true
-- access call place.call_id
-- filters
order by place.started_at desc, place.call_id desc
limit $1

-- name: filter_before
-- The cursor: the first line lets the index in started_at be entered at the right place.
and place.started_at <= $1 and (place.started_at, place.call_id) < ($1, $2)

-- name: filter_since
and place.started_at >= $1

-- name: filter_until
and place.started_at < $1

-- name: filter_customer
and customer = $1

-- name: filter_manager
-- A person's calls stand under their extension, also those on their mobile: who asks for the mobile gets them.
and manager = coalesce(
    (
        select nullif(split_part(split_part(endpoint, '/', 2), '@', 1), '')
        from published.managers
        where length(ltrim(mobile, '+0')) >= 7
            and right($1, length(ltrim(mobile, '+0'))) = ltrim(mobile, '+0')
        order by place, manager_id
        limit 1
    ),
    $1
)

-- name: filter_managers
-- Several of them, each as above.
and manager in (
    select coalesce(
        (
            select nullif(split_part(split_part(endpoint, '/', 2), '@', 1), '')
            from published.managers
            where length(ltrim(mobile, '+0')) >= 7
                and right(asked.number, length(ltrim(mobile, '+0'))) = ltrim(mobile, '+0')
            order by place, manager_id
            limit 1
        ),
        asked.number
    )
    from unnest($1::text[]) as asked (number)
)

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

-- name: filter_queue
and queue = $1

-- name: filter_weekday
and extract(isodow from place.started_at at time zone $2::text)::int = any($1)

-- name: filter_hour
and extract(hour from place.started_at at time zone $2::text)::int = any($1)

-- name: filter_wait_from
and wait_seconds >= $1

-- name: filter_wait_to
and wait_seconds < $1

-- name: filter_talk_from
and talk_seconds >= $1

-- name: filter_talk_to
and talk_seconds < $1

-- name: filter_repaired
and repaired = $1

-- name: filter_recorded
and exists (
    select from published.recordings kept
    where kept.call_id = place.call_id and kept.path is not null and kept.deleted_at is null) = $1

-- name: filter_said
-- Words of a transcript, as a search box takes them: "two words", -without.
and place.call_id in (
    select r.call_id from transcript_lines l join published.recordings r using (recording_id)
    where l.words @@ websearch_to_tsquery('simple', $1))

-- name: filter_first_call
-- ``whose`` and ``began`` keep the names of the call itself free inside; an unknown customer's first call is not known.
and customer <> '' and not exists (
    select from (select customer as whose, started_at as began, call_id as id from published.calls) earlier
    where whose = customer and whose <> '' and (began, id) < (place.started_at, place.call_id)) = $1

-- name: filter_tags
-- Several: each call once, whatever it has of them.
and place.call_id in (select call_id from call_tags where tag = $1)

-- name: filter_tag
and place.tag = $1

-- name: one_call
select call_id, pbx, direction, kind, caller_number, caller_name, dialed, customer, did, manager, trunk, queue,
       started_at, answered_at, ended_at, disposition, missed_reason,
       answered_by_number, answered_by_name, wait_seconds, talk_seconds, repaired,
       talked_last_number, talked_last_name
from published.calls
where call_id = $1
-- access call calls.call_id

-- name: merged_into
-- Which call took this one in; it may have been taken in itself since.
with recursive chain as (
    select call_id, 1 as depth from published.call_merges where absorbed = $1
    union all
    select m.call_id, depth + 1 from chain join published.call_merges m on m.absorbed = chain.call_id where depth < 20)
select call_id from chain order by depth desc limit 1

-- name: merges
select absorbed as call_id, at from published.call_merges where call_id = $1 order by at, absorbed

-- name: legs
select channel, uniqueid, number, name, started_at, rang_at, answered_at, ended_at, hangup_cause
from published.legs where call_id = $1 order by started_at, uniqueid

-- name: transfers
select kind, by_number as by, to_number as to, at from published.transfers where call_id = $1 order by at

-- name: timeline
select at, kind, number, detail from published.call_timeline where call_id = $1 order by at, seq
