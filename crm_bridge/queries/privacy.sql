-- Everything that this side knows of a number ($1), and its forgetting.

-- name: customer
select * from published.customers where number = $1

-- name: calls
select * from published.calls where call_id in (select published.calls_of($1)) order by started_at

-- name: legs
select l.* from published.legs l where call_id in (select published.calls_of($1)) order by l.started_at

-- name: transfers
select t.* from published.transfers t where call_id in (select published.calls_of($1))

-- name: recordings
select r.recording_id, r.call_id, r.started_at, r.seconds, r.verdict, r.format, r.bytes, r.deleted_at, r.held
from published.recordings r where call_id in (select published.calls_of($1))

-- name: callbacks
select * from published.callbacks where customer = $1 order by request_id

-- name: callback_history
select h.* from published.callback_history h join published.callbacks b using (request_id)
where b.customer = $1 order by h.history_id

-- name: comments
select n.* from published.call_comments n where call_id in (select published.calls_of($1))

-- name: tags
select n.* from published.call_tags n where call_id in (select published.calls_of($1))

-- name: results
select n.* from published.call_results n where call_id in (select published.calls_of($1))

-- name: listenings
select n.call_id, n.recording_id, n.by_whom, n.way, n.at from listenings n where call_id in (select published.calls_of($1))

-- name: deeds
select d.by_whom, d.what, d.about, d.at from deeds d
where d.about <> '' and (d.about = $1 or d.about in (select published.calls_of($1)))

-- name: transcripts
select r.call_id, l.side, l.start, l.text
from transcript_lines l join published.recordings r using (recording_id)
where r.call_id in (select published.calls_of($1)) order by r.call_id, l.recording_id, l.place

-- name: reviews
-- Points are of the manager; what was written may be of the customer.
select r.call_id, r.why, r.asked_for, r.state, r.score, s.best, s.improve, d.text as dispute, d.answer
from published.reviews r
left join review_scores s using (review_id)
left join review_disputes d using (review_id)
where r.call_id in (select published.calls_of($1)) order by r.review_id, s.score_id, d.dispute_id

-- name: caller_messages
select m.* from published.caller_messages m join published.callbacks b using (request_id) where b.customer = $1

-- name: surveys
select s.* from published.surveys s where s.customer = $1

-- name: survey_answers
select a.* from published.survey_answers a join published.surveys s using (survey_id) where s.customer = $1

-- name: survey_refusals
select r.* from published.survey_refusals r where r.customer = $1

-- name: cases
select * from cases where customer = $1 order by case_id

-- name: case_reasons
select r.* from case_reasons r join cases c using (case_id) where c.customer = $1 order by r.reason_id

-- name: case_history
select h.* from case_history h join cases c using (case_id) where c.customer = $1 order by h.history_id

-- name: nudges
select nudge, verdict, by_whom, at from nudges where customer = $1 order by at

-- name: messages
select m.id, m.target, m.key, m.kind, m.state, m.created_at, m.ended_at
from outbox_messages m
where m.key in (select published.calls_of($1)
                union all select 'request:' || request_id from published.callbacks where customer = $1
                union all select $1
                union all select 'case:' || case_id from cases where customer = $1)
order by m.id

-- name: crm_links
-- What the CRMs keep of the number: to be erased there by their own means.
select crm, key, role, crm_id from crm_links where key = any ($1::text[]) and not is_mark

-- name: absorbed
-- Calls that these took in: what was told of them is kept under their own ids.
select absorbed from published.call_merges where call_id = any ($1::text[])

-- name: copy_links
-- $1 erasure, $2 keys, $3 call ids, $4 time: all that CRMs keep, also what was tried and whose answer was lost.
insert into crm_erasures (erasure, crm, key, role, crm_id, changed_at)
select $1, l.crm, case when l.key = any ($3::text[]) then l.key else '' end, rtrim(l.role, '?'),
       case when l.is_mark then '' else l.crm_id end, $4
from crm_links l
where l.key = any ($2::text[])
  and (not l.is_mark
       or l.role like '%?' and not exists (
           select from crm_links made where made.crm = l.crm and made.key = l.key and made.role = rtrim(l.role, '?')))
order by l.crm, l.key, l.role

-- name: crm_settle
update crm_erasures set state = 'kept', why = $3, changed_at = $4
where erasure = $1 and state = 'pending' and not (crm = any ($2::text[]))

-- name: crm_keep
-- $2: the roles of people, leads, deals.
update crm_erasures set state = 'kept', why = case when crm_id = '' then $4 else $3 end, changed_at = $5
where erasure = $1 and state = 'pending' and role = any ($2::text[])

-- name: on_the_way
-- $1 targets, $2 call ids: what is being told at this moment may leave something there yet.
select target as crm, key from outbox_messages where target = any ($1::text[]) and key = any ($2::text[]) and state = 'sending'

-- name: crm_work
select crm, key from crm_erasures where erasure = $1 and state = 'pending' group by crm, key order by crm, key

-- name: crm_copies
-- What became of each copy. One that nobody deletes any more, for its message is dead, has failed.
select c.crm, c.key, c.role, c.crm_id,
       case when c.state = 'pending' and m.state = 'dead' then 'failed' else c.state end as state,
       case when c.state = 'pending' then coalesce(m.reason, '') else c.why end as why, c.changed_at
from crm_erasures c
left join lateral (
    select state, reason from outbox_messages
    where target = c.crm and key = coalesce(nullif(c.key, ''), 'erasure:' || c.erasure) and kind = 'call.erased' order by id desc limit 1
) m on true
where c.erasure = $1 order by c.copy

-- name: forget_links
delete from crm_links where key = any ($1::text[])

-- name: forget_answers
-- First answers that name the number ($1) or one of its calls ($2).
delete from api_answers
where position(convert_to($1, 'UTF8') in answer) > 0
   or exists (select from unnest($2::text[]) call_id where position(convert_to(call_id, 'UTF8') in answer) > 0 or position(call_id in path) > 0)

-- name: forget_deeds
-- That a card was opened stays; whose it was does not.
update deeds set about = '' where about = $1;

-- name: blank_messages
-- $1: keys; what is not sent yet is not sent any more, but for the orders of an erasure before: they hold no number.
update outbox_messages set
    body = '{"erased": true}', lease_until = null,
    state = case when state in ('waiting', 'sending') then 'dead' else state end,
    reason = case when state in ('waiting', 'sending') then 'erased' else '' end,
    ended_at = coalesce(ended_at, $2)
where key = any ($1::text[]) and kind <> 'call.erased'

-- name: blank_deliveries
update outbox_deliveries set reason = '' where message_id in (select id from outbox_messages where key = any ($1::text[]))

-- name: holds
select number, reason, by_whom, at from published.legal_holds order by number

-- name: log
select l.id, l.at, l.action, l.by_whom, l.reason, l.calls, l.recordings, l.callbacks, copies.states as crm_copies
from published.privacy_log l
cross join lateral (
    select coalesce(jsonb_object_agg(state, copies), '{}') as states
    from (select state, count(*) as copies from crm_erasures where erasure = l.id group by state) counted
) copies
where l.id < $1 order by l.id desc limit $2

-- name: leftovers
select pbx, path, why from published.erasure_leftovers where erasure = $1 order by pbx, path

-- name: erased
select id, at, by_whom, reason from published.privacy_log where id = $1 and action = 'erase'
