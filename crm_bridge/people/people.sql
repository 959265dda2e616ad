-- People, their sessions, tries and invitations.

-- name: add_user
insert into users (user_id, name, role, manager_id, may_listen, language, created_at) values ($1, $2, $3, $4, $5, $6, $7)
on conflict do nothing returning user_id;

-- name: users
select u.user_id, u.name, u.role, u.manager_id, u.may_listen, u.language, u.theme, u.password_hash is not null as has_password,
       u.created_at, u.disabled_at, max(s.seen_at) as seen_at
from users u left join sessions s using (user_id)
where $1::text is null or u.user_id = $1
group by u.user_id order by u.user_id;

-- name: password_of
select user_id, password_hash from users where user_id = $1 and disabled_at is null;

-- name: set_password
update users set password_hash = $2 where user_id = $1 and disabled_at is null returning user_id;

-- name: disable
update users set disabled_at = $2 where user_id = $1 and disabled_at is null returning user_id;

-- name: enable
update users set disabled_at = null where user_id = $1 and disabled_at is not null returning user_id;

-- name: set_role
update users set role = $2, manager_id = $3, may_listen = $4 where user_id = $1 returning user_id;

-- name: begin_session
insert into sessions (token_sha256, user_id, made_at, seen_at, ends_at, address, agent)
select $1, user_id, $3, $3, $4, $5, $6 from users where user_id = $2 and disabled_at is null
returning session_id;

-- name: session
-- Who holds the token, if the session lives ($2: now, $3: since when it must have been used), with their directory's row.
select s.session_id, s.seen_at, u.user_id, u.name, u.role, u.manager_id, u.language, u.theme, u.may_listen,
       coalesce(m.endpoint, '') as endpoint, coalesce(m.mobile, '') as mobile, coalesce(m.pbx, '') as pbx,
       coalesce(m."group", '') as "group"
from sessions s join users u using (user_id) left join published.managers m on m.manager_id = u.manager_id
where s.token_sha256 = $1 and s.ended_at is null and s.ends_at > $2 and s.seen_at > $3 and u.disabled_at is null;

-- name: seen
update sessions set seen_at = $2 where session_id = $1 and seen_at < $2;

-- name: sessions_of
select session_id, user_id, made_at, seen_at, ends_at, address, agent from sessions
where ($1::text is null or user_id = $1) and ended_at is null and ends_at > $2 and seen_at > $3
order by seen_at desc, session_id desc limit 1000;

-- name: end_session
update sessions set ended_at = $3 where session_id = $1 and ($2::text is null or user_id = $2) and ended_at is null
returning session_id;

-- name: end_token
update sessions set ended_at = $2 where token_sha256 = $1 and ended_at is null;

-- name: end_sessions
-- All of somebody's but one ($3, or 0).
update sessions set ended_at = $2 where user_id = $1 and ended_at is null and session_id <> $3;

-- name: forget_sessions
delete from sessions where ends_at < $1;

-- name: one_at_a_time
-- Over all daemons, for as long as a try is counted: two at once would each count the other's as none.
select pg_advisory_xact_lock(hashtextextended('ringback sign-in', 0));

-- name: tries
select count(*) from sign_in_tries where subject_sha256 = $1;

-- name: try_anew
insert into sign_in_tries (subject_sha256, at) select subject, $2 from unnest($1::bytea[]) as subject;

-- name: forgive
delete from sign_in_tries where subject_sha256 = $1;

-- name: forget_tries
delete from sign_in_tries where at < $1;

-- name: withdraw_invitations
update invitations set used_at = $2 where user_id = $1 and used_at is null;

-- name: invite
insert into invitations (token_sha256, user_id, purpose, made_at, ends_at)
select $1, user_id, $3, $4, $5 from users where user_id = $2 and disabled_at is null
returning user_id;

-- name: invitation
select i.user_id, i.purpose, u.name, u.language from invitations i join users u using (user_id)
where i.token_sha256 = $1 and i.used_at is null and i.ends_at > $2 and u.disabled_at is null;

-- name: use_invitation
update invitations i set used_at = $2 from users u
where i.token_sha256 = $1 and i.used_at is null and i.ends_at > $2 and u.user_id = i.user_id and u.disabled_at is null
returning i.user_id;
