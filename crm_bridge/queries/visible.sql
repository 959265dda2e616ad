-- What rows somebody with a narrow access may see: conditions over a row of each kind, put where a statement has the line
-- ``-- access KIND ID``. {of} is the row's id there; {manager_id}, {numbers}, {pbx}, {group}, {unowned} are the access's.

-- name: call
-- They talked in it, it rang their phone, or it is of a customer of theirs. A subquery that gives a value is asked row by
-- row; of one that is only asked for existence the planner reads the whole table first.
and ((manager = any ({numbers}::text[]) and ({pbx}::text = '' or pbx = {pbx}::text))
     or coalesce((
         select true from published.legs mine
         where mine.call_id = {of} and mine.number = any ({numbers}::text[]) and mine.rang_at is not null
           and ({pbx}::text = '' or pbx = {pbx}::text)
         limit 1), false)
     or (customer <> '' and customer in (
         select number from published.customers their where their.manager_id = {manager_id}::text)))

-- name: call_since
-- The same for a list that begins at a moment: those calls are few, and each has its index.
and {of} = any (array(
    select own.call_id from published.calls own
    where own.manager = any ({numbers}::text[]) and own.manager <> '' and own.started_at >= {since}::timestamptz
      and ({pbx}::text = '' or own.pbx = {pbx}::text)
    union
    select mine.call_id from published.legs mine
    where mine.number = any ({numbers}::text[]) and mine.rang_at >= {since}::timestamptz
      and ({pbx}::text = '' or starts_with(mine.call_id, {pbx}::text || ':'))
    union
    select its.call_id from published.customers their join published.calls its on its.customer = their.number
    where their.manager_id = {manager_id}::text and its.customer <> '' and its.started_at >= {since}::timestamptz))

-- name: callback
-- It is theirs or of somebody of their group, nobody's and their group serves those, or it rang their phone.
and (owner = {manager_id}::text
     or ({group}::text <> '' and owner in (
         select manager_id from published.managers mate where mate."group" = {group}::text))
     or ({unowned}::boolean and not exists (select from published.managers known where known.manager_id = owner))
     or coalesce((
         select true from published.callback_attempts mine
         where mine.request_id = {of} and mine.manager = {manager_id}::text
         limit 1), false))

-- name: customer
and manager_id = {manager_id}::text

-- name: review
-- Somebody was scored in it: they see the card, and of what waits to be heard nothing.
and {of} = any (array(
    select mine.review_id from review_items mine
    where mine.manager = any ({numbers}::text[]) and mine.manager <> '' and mine.state in ('scored', 'disputed', 'settled')
      and ({pbx}::text = '' or mine.pbx = {pbx}::text)))

-- name: case
-- They are to help this customer.
and owner = {manager_id}::text

-- name: nothing
-- These are for who sees everything.
and false
