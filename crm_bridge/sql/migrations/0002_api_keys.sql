-- Bearer keys of the API; the secret itself is shown once and never kept.
create table api_keys (
    key_id        text primary key check (key_id ~ '^[a-z0-9]{8}$'),
    name          text not null check (name <> ''),
    secret_sha256 bytea not null check (length(secret_sha256) = 32),
    scopes        text[] not null,
    per_minute    integer not null check (per_minute > 0),
    created_at    timestamptz not null,
    expires_at    timestamptz,
    revoked_at    timestamptz,
    check (expires_at is null or expires_at > created_at)
);
