-- Wall screens: a link that shows one page of figures without anybody being signed in. Of the link we keep the hash.

create table walls (
    wall_id      bigint generated always as identity primary key,
    token_sha256 bytea not null unique check (length(token_sha256) = 32),
    name         text not null check (name <> ''),
    whole        boolean not null default false, -- numbers are shown whole; else their last two digits
    made_by      text not null,
    made_at      timestamptz not null,
    seen_at      timestamptz,                    -- moved once a minute at the most
    revoked_at   timestamptz
);
