-- What people write on calls.

-- name: call_times
-- Locked: the call does not end between our look and our commit, and its end then sees what was written.
select started_at, ended_at from published.calls where call_id = $1 for share

-- name: comment
insert into call_comments (call_id, at, author, text) values ($1, $2, $3, $4)
returning id as comment_id, at, author, text

-- name: uncomment
delete from call_comments where call_id = $1 and id = $2 returning id

-- name: tag
insert into call_tags (call_id, tag, started_at, at, author) values ($1, $2, $3, $4, $5)
on conflict (call_id, tag) do nothing
returning tag

-- name: untag
delete from call_tags where call_id = $1 and tag = $2 returning tag

-- name: result
insert into call_results (call_id, code, at, author, amount) values ($1, $2, $3, $4, $5)
on conflict (call_id) do update set code = excluded.code, at = excluded.at, author = excluded.author, amount = excluded.amount
returning code

-- name: no_result
delete from call_results where call_id = $1 returning call_id

-- name: comments
select comment_id, at, author, text from published.call_comments where call_id = $1 order by comment_id

-- name: last_comments
-- The last $2, the oldest of them first, and how many there are.
select comment_id, at, author, text, in_all
from (select comment_id, at, author, text, count(*) over () as in_all
      from published.call_comments where call_id = $1 order by comment_id desc limit $2) last
order by comment_id

-- name: any
select exists (select from call_comments where call_id = $1)
    or exists (select from call_tags where call_id = $1)
    or exists (select from call_results where call_id = $1)

-- name: tags
select tag, at, author from published.call_tags where call_id = $1 order by tag

-- name: result_of
select code, at, author, amount from published.call_results where call_id = $1

-- name: merge_comments
update call_comments set call_id = $2 where call_id = $1

-- name: merge_tags
insert into call_tags (call_id, tag, started_at, at, author)
select $2, tag, $3, at, author from call_tags where call_id = $1
on conflict (call_id, tag) do nothing

-- name: merge_result
insert into call_results (call_id, code, at, author, amount)
select $2, code, at, author, amount from call_results where call_id = $1
on conflict (call_id) do nothing

-- name: forget
with comments as (delete from call_comments where call_id = any ($1::text[])),
     results as (delete from call_results where call_id = any ($1::text[]))
delete from call_tags where call_id = any ($1::text[])

-- name: restart
-- A tag set while the call went on keeps the start that the call has in the end.
update call_tags set started_at = $2 where call_id = $1 and started_at <> $2

-- name: forget_comments
delete from call_comments where call_id = any ($1::text[])
