-- What rows somebody with a narrow access may see: conditions over a row of each kind, put where a statement has the line
-- ``-- access KIND ID``. {of} is the row's id there; {manager_id}, {numbers}, {pbx}, {group}, {unowned} are the access's.

-- name: call
-- They talked in it, it rang their phone, or it is of a customer of theirs.
and ((manager = any ({numbers}::text[]) and ({pbx}::text = '' or pbx = {pbx}::text))
     or exists (
         select from published.legs mine
         where mine.call_id = {of} and mine.number = any ({numbers}::text[]) and mine.rang_at is not null
           and ({pbx}::text = '' or pbx = {pbx}::text))
     or (customer <> '' and customer in (
         select number from published.customers their where their.manager_id = {manager_id}::text)))

-- name: callback
-- It is theirs or of somebody of their group, nobody's and their group serves those, or it rang their phone.
and (owner = {manager_id}::text
     or ({group}::text <> '' and owner in (
         select manager_id from published.managers mate where mate."group" = {group}::text))
     or ({unowned}::boolean and not exists (select from published.managers known where known.manager_id = owner))
     or exists (
         select from published.callback_attempts mine where mine.request_id = {of} and mine.manager = {manager_id}::text))

-- name: customer
and manager_id = {manager_id}::text

-- name: nothing
-- These are for who sees everything.
and false
