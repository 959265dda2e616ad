-- Forms and orders that are done once.

-- name: take
-- Gives a row if nobody took it within $3 seconds (null: ever). One statement: of two at once the second waits for the first.
insert into orders_once (user_id, name) values ($1, $2)
on conflict (user_id, name) do update set taken_at = excluded.taken_at
where orders_once.taken_at <= excluded.taken_at - $3::double precision * interval '1 second'
returning true;

-- name: give_back
delete from orders_once where user_id = $1 and name = any($2);

-- name: forget
delete from orders_once where taken_at < clock_timestamp() - interval '1 day';
