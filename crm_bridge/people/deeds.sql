-- What was done, written down.

-- name: goes_on
-- A card that somebody has open: the row of its opening says until when ($5: now, $4: since when it may have been left).
update deeds set until = greatest(until, $5)
where about = $3 and about <> '' and key_id = $1 and what = $2 and until > $4
returning id;

-- name: begin
insert into deeds (at, until, by_whom, key_id, what, about) values ($1, $1, $2, $3, $4, $5);

-- name: forget_old
delete from deeds where id in (select id from deeds where at < $1 order by at limit 100);
