-- name: link
insert into crm_links (crm, key, role, crm_id, linked_at, is_mark) values ($1, $2, $3, $4, $5, $6)
on conflict (crm, key, role)
do update set crm_id = excluded.crm_id, linked_at = excluded.linked_at, is_mark = excluded.is_mark;

-- name: links
select role, crm_id from crm_links where crm = $1 and key = $2;

-- name: lately
select crm_id from crm_links where crm = $1 and key = $2 and role = $3 and linked_at >= $4;

-- name: begin
-- True for the first only, however many come at the same moment.
insert into crm_links (crm, key, role, crm_id, linked_at, is_mark) values ($1, $2, $3, $4, $5, true)
on conflict (crm, key, role) do nothing
returning true;

-- name: claim
-- Begin what only one may do at a time, from $4 on; whoever began before $5 is taken for dead (or
-- an hour from now: by a clock that has been set back since).
insert into crm_links (crm, key, role, crm_id, linked_at, is_mark) values ($1, $2, $3, '', $4, true)
on conflict (crm, key, role) do update set linked_at = excluded.linked_at
where crm_links.linked_at < $5 or crm_links.linked_at > $4::timestamptz + interval '1 hour'
returning true;

-- name: unlink
delete from crm_links where crm = $1 and key = $2 and role = any ($3::text[]);

-- name: next_turn
insert into crm_turns (crm, rule, turn) values ($1, $2, 0)
on conflict (crm, rule) do update set turn = crm_turns.turn + 1
returning turn;

-- name: manager_of
-- The directory's manager with an extension: called so, or with a phone of that name.
select manager_id from published.managers
where manager_id = $1 or split_part(endpoint, '/', 2) = $1
order by manager_id = $1 desc, manager_id limit 1;

-- name: calls_to_tell
-- The calls of [$2, $3) that CRM $1 is to have, with what became of their message.
select c.call_id, c.started_at, c.direction, c.disposition, c.customer, told.crm_id as told,
       message.state, message.reason
from published.calls c
left join crm_links told on told.crm = $1 and told.key = c.call_id and told.role = 'told'
left join lateral (
    select m.state, m.reason from outbox_messages m
    where m.target = $1 and m.key = c.call_id and m.kind in ('call.ended', 'call.missed')
    order by m.id desc limit 1
) message on true
where c.started_at >= $2 and c.started_at < $3
  and c.direction <> 'internal' and c.customer <> '' and c.disposition <> 'in_progress'
order by c.started_at, c.call_id;

-- name: adopt
-- A message that was on its way while the number was erased may have left links since: they are copies, too.
with late as (
    delete from crm_links where crm = $1 and (key = $3 or role = 'task ' || $3) returning key, role, crm_id, is_mark
)
insert into crm_erasures (erasure, crm, key, role, crm_id, changed_at)
select $2, $1, $3, role, crm_id, $4 from late where key = $3 and not is_mark;

-- name: copies
select copy, role, crm_id, state from crm_erasures where erasure = $2 and crm = $1 and key = $3 order by copy;

-- name: settle
update crm_erasures set state = $2, why = left($3, 2000), changed_at = $4 where copy = $1;

-- name: refuse
insert into crm_parts (crm, key, part, reason, refused_at) values ($1, $2, $3, left($4, 2000), $5)
on conflict (crm, key, part) do update set reason = excluded.reason, refused_at = excluded.refused_at;

-- name: accept
delete from crm_parts where crm = $1 and key = $2 and part = any ($3::text[]);

-- name: call_message
-- Where the message of a call's end stands, and whether at $3 it has its turn before it: it is being told, or stands in line.
select state, coalesce(reason, '') as reason, state = 'sending' or state = 'waiting' and due_at <= $3 as is_next
from outbox_messages
where target = $1 and key = $2 and kind in ('call.ended', 'call.missed')
order by id desc limit 1;

-- name: waiting_recording
-- The longest recording of the last message about a call's recordings, if that waits.
select (recording ->> 'recording_id')::bigint
from outbox_messages m, jsonb_array_elements(m.body -> 'recordings') as recording
where m.target = $1 and m.key = $2 and m.kind = 'recording.ready' and m.state = 'waiting'
order by m.id desc, (recording ->> 'seconds')::float8 desc, (recording ->> 'recording_id')::bigint
limit 1;

-- name: calls_of
select key, crm_id from crm_links where crm = $1 and role = 'call' and crm_id = any ($2::text[]);

-- name: refused_parts
select key, part, reason, refused_at from crm_parts where crm = $1 order by refused_at desc limit $2;

-- name: own_mobiles
select mobile from published.managers where mobile <> '';
