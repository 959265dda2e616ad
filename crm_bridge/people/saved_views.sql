-- Lists of calls under a name.

-- name: views
select v.view_id, v.name, v.query, v.shared, v.user_id = $1 as own, u.name as by_whom
from saved_views v join users u using (user_id)
where v.user_id = $1 or (v.shared and u.disabled_at is null)
order by v.user_id <> $1, v.name, v.view_id limit 100;

-- name: save
-- None if somebody has $6 already; the same name is written over.
insert into saved_views (user_id, name, query, shared, made_at)
select $1, $2, $3, $4, $5
where (select count(*) from saved_views where user_id = $1 and name <> $2) < $6
on conflict (user_id, name) do update set query = excluded.query, shared = excluded.shared
returning view_id;

-- name: drop
delete from saved_views where view_id = $1 and user_id = $2 returning view_id;
