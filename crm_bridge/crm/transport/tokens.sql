-- name: first
-- `began_with` remembers the settings' token, so that a restart does not bring an old one back; a new one replaces all.
insert into crm_tokens (crm, began_with, access, refresh, expires_at)
values ($1, sha256(convert_to($2, 'utf8')), '', $2, $3)
on conflict (crm) do update
set began_with = excluded.began_with, access = '', refresh = excluded.refresh, expires_at = excluded.expires_at
where crm_tokens.began_with <> excluded.began_with;

-- name: peek
select access, expires_at from crm_tokens where crm = $1;

-- name: lock
select access, refresh, expires_at from crm_tokens where crm = $1 for update;

-- name: keep
update crm_tokens set access = $2, refresh = $3, expires_at = $4 where crm = $1;
