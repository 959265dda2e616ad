-- Surveys by phone, as they are read.

-- name: list_surveys
select survey_id, customer, name, did, because, anchor_at, planned_by, state, not_before, tries, call_id,
    rang_at, answered_at, consented_at, score, person_wanted, request_id, ended_at, ended_for
from published.surveys s
where true
-- access customer s.customer
-- filters
order by survey_id desc
limit $1

-- name: filter_before
and survey_id < $1

-- name: filter_state
and state = $1

-- name: filter_ended_for
and ended_for = $1

-- name: filter_customer
and customer = $1

-- name: filter_because
and because = $1

-- name: filter_score_from
and score >= $1

-- name: filter_score_to
and score <= $1

-- name: filter_since
and coalesce(ended_at, planned_at) >= $1

-- name: filter_until
and coalesce(ended_at, planned_at) < $1

-- name: one
select survey_id, customer, name, did, because, anchor_at, planned_by, state, not_before, tries, call_id,
    rang_at, answered_at, consented_at, score, person_wanted, request_id, ended_at, ended_for
from published.surveys s
where survey_id = $1
-- access customer s.customer

-- name: answers
select survey_id, question, seconds from published.survey_answers where survey_id = any($1::bigint[]) order by survey_id, question

-- name: answer_file
select a.answer_id, a.survey_id, a.pbx, a.file, a.said_at, s.call_id
from published.survey_answers a
join published.surveys s using (survey_id)
where a.survey_id = $1 and a.question = $2

-- name: funnel
-- Of surveys that ended in [$1, $2).
select count(*) as over,
    count(*) filter (where rang_at is not null) as rung,
    count(*) filter (where answered_at is not null) as picked_up,
    count(*) filter (where consented_at is not null) as agreed,
    count(*) filter (where score is not null) as scored,
    count(*) filter (where ended_for = 'finished') as finished,
    count(*) filter (where person_wanted) as person_wanted,
    count(*) filter (where ended_for = 'never_again') as never_again
from published.surveys
where ended_at >= $1 and ended_at < $2

-- name: scores
select score, count(*) as answers from published.surveys
where ended_at >= $1 and ended_at < $2 and score is not null
group by score

-- name: planned
select count(*) from published.surveys where state <> 'over'

-- name: refusal
select customer, by_whom, at from published.survey_refusals where customer = $1

-- name: customer_of
select customer from published.calls where call_id = $1 and customer <> ''

-- name: heard_on
-- One listening is many requests of a player: it lasts while they come within ten minutes of each other.
update survey_listenings set heard_until = $3
where id = (
    select id from survey_listenings
    where answer_id = $1 and by_whom = $2 and heard_until > $3::timestamptz - interval '10 minutes'
    order by heard_until desc limit 1)
returning id

-- name: heard
insert into survey_listenings (answer_id, call_id, by_whom, at, heard_until) values ($1, $2, $3, $4, $4)
