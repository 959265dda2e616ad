-- Cases and their reasons; `rules.sql` finds reasons.

-- name: known
select true from case_reasons where why = $1 and thing = $2

-- name: open_of
select case_id, state from cases where customer = $1 and closed_at is null for update

-- name: manager_of
select c.manager_id, c.name from published.customers c join published.managers m using (manager_id) where c.number = $1

-- name: name_of
select name from published.customers where number = $1 and name <> ''

-- name: begin
insert into cases (customer, name, owner, state, opened_at, due_at) values ($1, $2, $3, 'new', $4, $5)
on conflict (customer) where closed_at is null do nothing
returning case_id

-- name: add_reason
insert into case_reasons (case_id, why, thing, call_id, words, at) values ($1, $2, $3, $4, $5, $6)
on conflict (why, thing) do nothing
returning reason_id

-- name: remember
insert into case_history (case_id, at, verb, by_whom, words) values ($1, $2, $3, $4, $5)

-- name: lock
select state from cases where case_id = $1 for update

-- name: set_state
update cases set state = $2, acted_at = coalesce(acted_at, $3), escalated_at = coalesce(escalated_at, $4) where case_id = $1

-- name: give
update cases set state = $2, owner = $3 where case_id = $1

-- name: manager_known
select true from published.managers where manager_id = $1

-- name: close
update cases set state = $2, closed_at = $3, closed_by = $4, cause = $5, done = $6, changed = $7,
                 acted_at = coalesce(acted_at, $3)
where case_id = $1

-- name: one
select c.*, (select jsonb_agg(jsonb_build_object('why', why, 'call_id', call_id, 'words', words, 'at', at) order by reason_id)
             from case_reasons r where r.case_id = c.case_id)::text as reasons
from cases c where c.case_id = $1

-- name: one_seen
select c.*, (select jsonb_agg(jsonb_build_object('why', why, 'call_id', call_id, 'words', words, 'at', at) order by reason_id)
             from case_reasons r where r.case_id = c.case_id)::text as reasons
from cases c where c.case_id = $1
-- access case c.case_id

-- name: list_cases
-- $1: how many. The newest first.
select c.*, (select jsonb_agg(jsonb_build_object('why', why, 'call_id', call_id, 'words', words, 'at', at) order by reason_id)
             from case_reasons r where r.case_id = c.case_id)::text as reasons
from cases c
where true
-- access case c.case_id
-- filters
order by c.opened_at desc, c.case_id desc limit $1

-- name: list_urgent
-- Those that are open, by when something must be done.
select c.*, (select jsonb_agg(jsonb_build_object('why', why, 'call_id', call_id, 'words', words, 'at', at) order by reason_id)
             from case_reasons r where r.case_id = c.case_id)::text as reasons
from cases c
where c.closed_at is null
-- access case c.case_id
-- filters
order by c.acted_at is not null, c.due_at nulls last, c.case_id limit $1

-- name: count_cases
select count(*) from (
    select from cases c
    where true
    -- access case c.case_id
-- filters
    limit $1) counted

-- name: filter_open
and c.closed_at is null

-- name: filter_closed
and c.closed_at is not null

-- name: filter_state
and c.state = $1

-- name: filter_customer
and c.customer = $1

-- name: filter_owner
and c.owner = $1

-- name: filter_why
and exists (select from case_reasons r where r.case_id = c.case_id and r.why = $1)

-- name: filter_cause
and c.cause = $1

-- name: filter_since
and c.opened_at >= $1

-- name: filter_until
and c.opened_at < $1

-- name: filter_waiting
and c.acted_at is null

-- name: filter_late
and c.escalated_at is not null

-- name: filter_changed
and c.changed <> ''

-- name: filter_before
and (c.opened_at, c.case_id) < ($1, $2)

-- name: history
select at, verb, by_whom, words from case_history where case_id = $1 order by history_id

-- name: of_customer
select case_id from cases where customer = $1 order by case_id

-- name: forget
delete from cases where customer = $1

-- name: forget_reasons_of_calls
-- A reason of another customer may name a call that is forgotten: a call of two.
update case_reasons set call_id = '', words = '' where call_id = any ($1::text[]) returning case_id
