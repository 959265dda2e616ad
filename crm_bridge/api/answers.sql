-- name: begin
-- True for the first only, however many come at the same moment; an answer from before $5 is none any more.
insert into api_answers as kept (key_id, name, digest, begun_at, path) values ($1, $2, $3, $4, $6)
on conflict (key_id, name) do update
set digest = excluded.digest, begun_at = excluded.begun_at, path = excluded.path, code = null, answer = ''
where kept.begun_at < $5
returning true;

-- name: kept
select digest, code, answer from api_answers where key_id = $1 and name = $2;

-- name: finish
update api_answers set code = $3, answer = $4 where key_id = $1 and name = $2;

-- name: withdraw
delete from api_answers where key_id = $1 and name = $2;

-- name: expire
-- $2 at a time: twice as many as can come meanwhile would do.
delete from api_answers
where (key_id, name) in (select key_id, name from api_answers where begun_at < $1 order by begun_at limit $2);
