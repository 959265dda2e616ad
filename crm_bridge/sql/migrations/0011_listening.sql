-- Who listened to which recording, and what signs the links that let a player listen without a key.

create table listenings (
    id           bigint generated always as identity primary key,
    recording_id bigint not null,
    call_id      text not null,
    by_whom      text not null,                  -- the key's name
    key_id       text not null,
    way          text not null check (way in ('key', 'link')),
    at           timestamptz not null,
    heard_until  timestamptz not null,           -- the newest request of this listening
    from_byte    bigint not null
);
create index listenings_of_recording on listenings (recording_id, key_id, way, heard_until);
create index listenings_of_call on listenings (call_id);

create table api_secrets (
    purpose text primary key,
    secret  bytea not null check (length(secret) = 32)
);
