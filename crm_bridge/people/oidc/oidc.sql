-- Sign-ins by the company's own provider.

-- name: begin
-- Nothing is begun while there are $7 that were not ended: strangers can begin as many as they like.
insert into oidc_starts (state_sha256, browser_sha256, nonce, verifier, back, ends_at)
select $1, $2, $3, $4, $5, $6 where (select count(*) from (select from oidc_starts limit $7) begun) < $7
returning true;

-- name: take
delete from oidc_starts where state_sha256 = $1 returning browser_sha256, nonce, verifier, back, ends_at;

-- name: forget
delete from oidc_starts where ends_at < $1;

-- name: by_subject
select user_id, role, manager_id, may_listen, disabled_at from users where oidc_subject = $1;

-- name: by_name
select user_id, role, manager_id, may_listen, disabled_at, oidc_subject from users where user_id = $1;

-- name: bind
update users set oidc_subject = $2 where user_id = $1 and oidc_subject is null and disabled_at is null returning true;
