-- What a board shows besides calls and requests.

-- name: list_promises
-- By the promised time, the soonest first.
select promise_id, request_id, slot_of, promised_at, made_at, p.accepted_at, settled_at, verdict, why, overdue_at,
       r.customer, r.name, r.did, r.owner, r.state
from published.promises p
join published.callbacks r using (request_id)
where true
-- access callback r.request_id
-- filters
order by promised_at, promise_id
limit $1

-- name: list_promises_newest
select promise_id, request_id, slot_of, promised_at, made_at, p.accepted_at, settled_at, verdict, why, overdue_at,
       r.customer, r.name, r.did, r.owner, r.state
from published.promises p
join published.callbacks r using (request_id)
where true
-- access callback r.request_id
-- filters
order by promised_at desc, promise_id desc
limit $1

-- name: filter_promise_behind
and (promised_at, promise_id) > ($1, $2)

-- name: filter_promise_before
and (promised_at, promise_id) < ($1, $2)

-- name: filter_promise_open
and settled_at is null

-- name: filter_promise_settled
and settled_at is not null

-- name: filter_verdict
and verdict = $1

-- name: filter_slot_of
and slot_of = $1

-- name: filter_promise_request
and request_id = $1

-- name: filter_promised_since
and promised_at >= $1

-- name: filter_promised_until
and promised_at < $1

-- name: list_alarms
select alarm_id, call_id, cause, why, raised_at, cleared_at, cleared_by
from published.recording_alarms
where true
-- access nothing recording_alarms.alarm_id
-- filters
order by alarm_id desc
limit $1

-- name: filter_alarm_before
and alarm_id < $1

-- name: filter_alarm_open
and cleared_at is null

-- name: filter_alarm_cleared
and cleared_at is not null

-- name: filter_cause
and cause = $1

-- name: filter_alarm_call
and call_id = $1

-- name: one_alarm
select alarm_id, call_id, cause, why, raised_at, cleared_at, cleared_by
from published.recording_alarms where alarm_id = $1

-- name: list_messages
select message_id, request_id, call_id, left_at, r.customer, r.name, r.did, r.owner, r.state
from published.caller_messages m
join published.callbacks r using (request_id)
where true
-- access callback r.request_id
-- filters
order by message_id desc
limit $1

-- name: filter_message_before
and message_id < $1

-- name: filter_message_call
and call_id = $1

-- name: filter_message_request
and request_id = $1

-- name: filter_message_owner
and r.owner = $1

-- name: message_file
select message_id, call_id, left_at, file, r.pbx
from published.caller_messages m
join published.callbacks r using (request_id)
where message_id = $1

-- name: message_heard_on
-- One listening is many requests of a player: it lasts while they come within ten minutes of each other.
update message_listenings set heard_until = $3
where id = (
    select id from message_listenings
    where message_id = $1 and by_whom = $2 and heard_until > $3::timestamptz - interval '10 minutes'
    order by heard_until desc limit 1)
returning id

-- name: message_heard
insert into message_listenings (message_id, call_id, by_whom, at, heard_until) values ($1, $2, $3, $4, $4)

-- name: message_listenings
select by_whom, at, heard_until from message_listenings where message_id = $1 order by id desc limit $2
