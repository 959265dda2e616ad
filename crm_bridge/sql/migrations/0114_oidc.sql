-- A sign-in that was begun at the company's own provider (OpenID Connect), until the browser comes back; used once.

create table oidc_starts (
    state_sha256   bytea primary key check (length(state_sha256) = 32),
    browser_sha256 bytea not null check (length(browser_sha256) = 32), -- of the cookie of the browser that began it
    nonce          text not null,
    verifier       text not null,
    back           text not null,
    ends_at        timestamptz not null
);
create index oidc_starts_by_end on oidc_starts (ends_at);
comment on column users.oidc_subject is 'The provider''s address and what it calls them; written when they first come in by it';
