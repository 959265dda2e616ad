-- Everything that this side knows of a number ($1), and its forgetting.

-- name: customer
select * from published.customers where number = $1

-- name: calls
select * from published.calls where customer = $1 and customer <> '' order by started_at

-- name: legs
select l.* from published.legs l join published.calls c using (call_id)
where c.customer = $1 and c.customer <> '' order by l.started_at

-- name: transfers
select t.* from published.transfers t join published.calls c using (call_id) where c.customer = $1 and c.customer <> ''

-- name: recordings
select r.recording_id, r.call_id, r.started_at, r.seconds, r.verdict, r.format, r.bytes, r.deleted_at, r.held
from published.recordings r join published.calls c using (call_id) where c.customer = $1 and c.customer <> ''

-- name: callbacks
select * from published.callbacks where customer = $1 order by request_id

-- name: callback_history
select h.* from published.callback_history h join published.callbacks b using (request_id)
where b.customer = $1 order by h.history_id

-- name: comments
select n.* from published.call_comments n join published.calls c using (call_id) where c.customer = $1 and c.customer <> ''

-- name: tags
select n.* from published.call_tags n join published.calls c using (call_id) where c.customer = $1 and c.customer <> ''

-- name: results
select n.* from published.call_results n join published.calls c using (call_id) where c.customer = $1 and c.customer <> ''

-- name: listenings
select n.call_id, n.recording_id, n.by_whom, n.way, n.at from listenings n join published.calls c using (call_id)
where c.customer = $1 and c.customer <> ''

-- name: caller_messages
select m.* from published.caller_messages m join published.callbacks b using (request_id) where b.customer = $1

-- name: messages
select m.id, m.target, m.key, m.kind, m.state, m.created_at, m.ended_at
from outbox_messages m
where m.key in (select call_id from published.calls where customer = $1 and customer <> ''
                union all select 'request:' || request_id from published.callbacks where customer = $1)
order by m.id

-- name: crm_links
-- What the CRMs keep of the number: to be erased there by their own means.
select crm, key, role, crm_id from crm_links where key = any ($1::text[]) and not is_mark

-- name: forget_links
delete from crm_links where key = any ($1::text[])

-- name: blank_messages
-- $1: keys; what is not sent yet is not sent any more.
update outbox_messages set
    body = '{"erased": true}', lease_until = null,
    state = case when state in ('waiting', 'sending') then 'dead' else state end,
    reason = case when state in ('waiting', 'sending') then 'erased' else '' end,
    ended_at = coalesce(ended_at, $2)
where key = any ($1::text[])

-- name: blank_deliveries
update outbox_deliveries set reason = '' where message_id in (select id from outbox_messages where key = any ($1::text[]))

-- name: holds
select number, reason, by_whom, at from published.legal_holds order by number

-- name: log
select id, at, action, by_whom, reason, calls, recordings, callbacks from published.privacy_log
where id < $1 order by id desc limit $2
