-- Links of wall screens.

-- name: make
insert into walls (token_sha256, name, whole, made_by, made_at, language) values ($1, $2, $3, $4, $5, $6) returning wall_id;

-- name: walls
select wall_id, name, whole, made_by, made_at, seen_at, revoked_at, language from walls order by wall_id desc limit 200;

-- name: opened
select wall_id, name, whole, made_by, made_at, seen_at, revoked_at, language from walls
where token_sha256 = $1 and revoked_at is null;

-- name: seen
update walls set seen_at = $2 where wall_id = $1 and (seen_at is null or seen_at < $2);

-- name: revoke
update walls set revoked_at = $2 where wall_id = $1 and revoked_at is null returning wall_id;
