-- name: insert_key
insert into api_keys (key_id, name, secret_sha256, scopes, per_minute, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7);

-- name: find_keys
select key_id, name, secret_sha256, scopes, expires_at, revoked_at, per_minute from api_keys where key_id = any ($1::text[]);

-- name: list_keys
select key_id, name, secret_sha256, scopes, expires_at, revoked_at, per_minute from api_keys order by created_at;

-- name: revoke_key
update api_keys set revoked_at = $2 where key_id = $1 and revoked_at is null returning key_id;
