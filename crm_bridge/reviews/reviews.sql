-- Reviews: which calls wait to be heard, who has them, what they were scored.

-- name: pick
-- Puts a call into the queue; one that waits there already keeps the more urgent reason.
insert into review_items (call_id, pbx, manager, started_at, why, asked_by, asked_for, made_at)
select call_id, pbx, manager, started_at, $2, $4, $5, $3 from published.calls
where call_id = $1 and disposition = 'answered' and manager <> '' and ended_at is not null
on conflict (call_id) do update set why = excluded.why, asked_by = excluded.asked_by, asked_for = excluded.asked_for
where review_items.state = 'open'
  and array_position(array['unhappy', 'first_call', 'asked', 'random'], excluded.why)
      < array_position(array['unhappy', 'first_call', 'asked', 'random'], review_items.why)

-- name: pick_first
-- The call is its customer's first that was answered; asked in the transaction of its end.
insert into review_items (call_id, pbx, manager, started_at, why, made_at)
select c.call_id, c.pbx, c.manager, c.started_at, 'first_call', $2
from published.calls c
where c.call_id = $1 and c.manager <> '' and c.customer <> ''
  and not exists (
      select from published.calls earlier
      where earlier.customer = c.customer and earlier.customer <> '' and earlier.started_at <= c.started_at
        and earlier.disposition = 'answered' and earlier.call_id <> c.call_id)
on conflict (call_id) do nothing

-- name: pick_unhappy
-- The last talk with each customer whose case was opened since $1, before that; $2 now.
insert into review_items (call_id, pbx, manager, started_at, why, made_at)
select last.call_id, last.pbx, last.manager, last.started_at, 'unhappy', $2
from cases
cross join lateral (
    select call_id, pbx, manager, started_at from published.calls its
    where its.customer = cases.customer and its.customer <> '' and its.started_at < cases.opened_at
      and its.disposition = 'answered' and its.manager <> '' and its.ended_at is not null
    order by its.started_at desc limit 1) last
where cases.opened_at > $1
on conflict (call_id) do update set why = 'unhappy' where review_items.state = 'open' and review_items.why <> 'unhappy'

-- name: follow
-- A call was taken in by another one: what was picked of it is picked of that.
update review_items set call_id = $2, started_at = $3 where call_id = $1 and not exists (select from review_items where call_id = $2)

-- name: of_call
select review_id from review_items where call_id = $1

-- name: list_reviews
select item.*, calls.customer, calls.direction, calls.caller_name, calls.talk_seconds::float8 as talk_seconds
from published.reviews item
left join published.calls calls on calls.call_id = item.call_id
where true
-- access review item.review_id
-- filters
order by item.started_at desc, item.review_id desc
limit $1

-- name: count_reviews
select count(*) from (
    select from published.reviews item
    where true
    -- access review item.review_id
    -- filters
    limit $1) counted

-- name: list_waiting
-- What waits to be heard: the unhappy first, then first calls, then what was asked for, then the drawn; the oldest first.
select item.*, calls.customer, calls.direction, calls.caller_name, calls.talk_seconds::float8 as talk_seconds
from published.reviews item
left join published.calls calls on calls.call_id = item.call_id
where item.state in ('open', 'claimed')
-- access nothing item.review_id
-- filters
order by array_position(array['unhappy', 'first_call', 'asked', 'random'], item.why), item.started_at, item.review_id
limit $1

-- name: filter_before
and item.started_at <= $1 and (item.started_at, item.review_id) < ($1, $2)

-- name: filter_since
and item.started_at >= $1

-- name: filter_until
and item.started_at < $1

-- name: filter_manager
and item.manager = $1

-- name: filter_state
and item.state = $1

-- name: filter_why
and item.why = $1

-- name: filter_drawn
and item.drawn

-- name: filter_not_drawn
and not item.drawn

-- name: filter_fatal
and item.fatal

-- name: filter_not_fatal
and not item.fatal

-- name: filter_call
and item.call_id = $1

-- name: one
select item.*, calls.customer, calls.direction, calls.caller_name, calls.talk_seconds::float8 as talk_seconds
from published.reviews item
left join published.calls calls on calls.call_id = item.call_id
where item.review_id = $1

-- name: lock
select review_id, call_id, manager, why, week, state, claimed_key, claimed_by, lease_until from review_items where review_id = $1 for update

-- name: next
-- The most urgent that nobody holds; $1 now, $2 the extension of who asks: nobody scores their own calls.
select review_id from review_items
where (state = 'open' or state = 'claimed' and lease_until < $1) and manager <> $2
order by array_position(array['unhappy', 'first_call', 'asked', 'random'], why), started_at, review_id
limit 1
for update skip locked

-- name: held
-- What somebody holds already.
select review_id from review_items where state = 'claimed' and claimed_key = $1 and lease_until >= $2 order by claimed_at desc limit 1

-- name: extension
select split_part(split_part(endpoint, '/', 2), '@', 1) from published.managers where manager_id = $1

-- name: claim
update review_items set state = $2, claimed_by = $3, claimed_key = $4, claimed_at = $5, lease_until = $6,
       draft = case when claimed_key = $4 then draft end
where review_id = $1

-- name: let_go
update review_items set state = $2, claimed_by = '', claimed_key = '', claimed_at = null, lease_until = null, draft = null, skipped_for = $3
where review_id = $1

-- name: keep_draft
update review_items set draft = $2, lease_until = $3 where review_id = $1

-- name: draft
select draft from review_items where review_id = $1

-- name: heard
-- A card was written: the claim is over.
update review_items set state = $2, lease_until = null, draft = null where review_id = $1

-- name: write_score
insert into review_scores (review_id, version, score, fatal, answers, best, improve, at, by_whom, by_key, supersedes, calibration_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
returning score_id

-- name: scores
-- All cards of a review, the newest first; those of a calibration apart.
select score_id, version, score, fatal, answers, best, improve, at, by_whom, by_key, supersedes, calibration_id, seen_at
from review_scores where review_id = $1 and calibration_id is null order by score_id desc

-- name: seen
update review_scores set seen_at = $2 where review_id = $1 and calibration_id is null and seen_at is null

-- name: write_dispute
insert into review_disputes (review_id, at, by_whom, text) values ($1, $2, $3, $4)

-- name: settle_dispute
update review_disputes set answer = $2, settled_at = $3, settled_by = $4 where review_id = $1 and settled_at is null

-- name: disputes
select at, by_whom, text, answer, settled_at, settled_by from review_disputes where review_id = $1 order by dispute_id

-- name: form
select version, card from review_forms order by version desc limit 1

-- name: form_of
select card from review_forms where version = $1

-- name: forms
select version, made_at, made_by from review_forms order by version desc

-- name: write_form
insert into review_forms (version, card, made_at, made_by) values ($1, $2, $3, $4) on conflict (version) do nothing returning version

-- name: open_calibration
insert into review_calibrations (review_id, made_at, made_by) values ($1, $2, $3) on conflict do nothing returning calibration_id

-- name: calibration
select calibration_id, made_at, made_by, closed_at from review_calibrations where review_id = $1 order by calibration_id desc limit 1

-- name: close_calibration
update review_calibrations set closed_at = $2 where calibration_id = $1

-- name: blind_scores
select score_id, version, score, fatal, answers, best, improve, at, by_whom, by_key, supersedes, calibration_id, seen_at
from review_scores where calibration_id = $1 order by score_id

-- name: forget_open
-- $1: calls that are being forgotten. What nobody heard yet, nobody will.
delete from review_items where call_id = any ($1::text[]) and state not in ('scored', 'disputed', 'settled')

-- name: forget_words
-- Points stay, for they are of the manager; words may be of the customer.
with forgotten as (select review_id from review_items where call_id = any ($1::text[])),
     items as (update review_items set asked_for = '', skipped_for = '', draft = null where review_id in (select review_id from forgotten)),
     disputes as (update review_disputes set text = '', answer = '' where review_id in (select review_id from forgotten))
update review_scores set best = '', improve = '' where review_id in (select review_id from forgotten)

-- name: week
select week, seed, made_at, each, calls, drawn_at from review_weeks where week = $1

-- name: weeks
select week, seed, made_at, each, calls, drawn_at from review_weeks order by week desc limit $1

-- name: make_week
insert into review_weeks (week, seed, made_at) values ($1, $2, $3) on conflict (week) do nothing

-- name: undrawn
select week from review_weeks where drawn_at is null and week < $1 order by week limit 1

-- name: alone
select pg_try_advisory_xact_lock(hashtext('reviews'), 0)

-- name: drawable
-- Talks of a week that have a good recording: $1 and $2 its begin and end, $3 the shortest talk.
select c.call_id, c.pbx || ' ' || c.manager as manager, c.direction
from published.calls c
where c.started_at >= $1 and c.started_at < $2 and c.disposition = 'answered' and c.manager <> '' and c.customer <> ''
  and c.direction in ('inbound', 'outbound') and c.talk_seconds >= $3
  and exists (select from published.recordings r where r.call_id = c.call_id and r.verdict = 'good' and r.deleted_at is null and r.bytes > 0)

-- name: put_drawn
-- A call that was picked for another reason, too, is the same review: heard once, and counted in averages.
insert into review_items (call_id, pbx, manager, started_at, why, made_at, week, rank)
select c.call_id, c.pbx, c.manager, c.started_at, 'random', $2, $3, drawn.rank
from unnest($1::text[], $4::bytea[]) as drawn (call_id, rank)
join published.calls c using (call_id)
on conflict (call_id) do update set week = excluded.week, rank = excluded.rank

-- name: drawn
update review_weeks set drawn_at = $2, each = $3, calls = $4 where week = $1

-- name: stale
update review_items set state = 'skipped', skipped_for = 'stale', lease_until = null, draft = null
where review_id in (select review_id from review_items where state in ('open', 'claimed') and made_at < $1 order by made_at limit 500)
