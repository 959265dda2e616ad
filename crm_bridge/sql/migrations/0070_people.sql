-- People who use the console: who they are, that they are signed in, what they tried, and links that let them in once.

create table users (
    user_id       text primary key check (user_id ~ '^[a-z0-9][a-z0-9._@-]{0,63}$'),
    name          text not null check (name <> ''),
    role          text not null check (role in ('manager', 'head', 'admin')),
    manager_id    text,                          -- of the directory, which is imported anew at will: no reference
    may_listen    boolean not null default true, -- an administrator hears no recordings without it
    language      text not null default 'en',
    theme         text not null default 'auto' check (theme in ('auto', 'light', 'dark')),
    password_hash text,                          -- argon2id; null: nobody has chosen one yet
    oidc_subject  text unique,
    created_at    timestamptz not null,
    disabled_at   timestamptz,
    constraint a_manager_is_somebody check (role <> 'manager' or manager_id is not null)
);

-- A session's token is in the browser alone; here is what it hashes to.
create table sessions (
    session_id   bigint generated always as identity primary key,
    token_sha256 bytea not null unique check (length(token_sha256) = 32),
    user_id      text not null references users on delete cascade,
    made_at      timestamptz not null,
    seen_at      timestamptz not null,           -- moved once a minute at the most
    ends_at      timestamptz not null,           -- whatever is done with it
    address      text not null,
    agent        text not null,
    ended_at     timestamptz
);
create index sessions_of_user on sessions (user_id, made_at);

-- Hashed, for people type their password into the wrong field.
create table sign_in_tries (
    subject_sha256 bytea not null check (length(subject_sha256) = 32),
    at             timestamptz not null
);
create index sign_in_tries_by_subject on sign_in_tries (subject_sha256, at);
create index sign_in_tries_by_age on sign_in_tries (at);

create table invitations (
    token_sha256 bytea primary key check (length(token_sha256) = 32),
    user_id      text not null references users on delete cascade,
    purpose      text not null check (purpose in ('password', 'sign_in')),
    made_at      timestamptz not null,
    ends_at      timestamptz not null,
    used_at      timestamptz
);
create index invitations_of_user on invitations (user_id) where used_at is null;
