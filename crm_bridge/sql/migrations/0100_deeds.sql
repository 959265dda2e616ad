-- What people and programs did or opened that is written down nowhere else: the journal reads it.

create table deeds (
    id      bigint generated always as identity primary key,
    at      timestamptz not null,
    until   timestamptz not null,               -- of a card: when it was last looked at
    by_whom text not null,                      -- the person's name, or the key's
    key_id  text not null,                      -- of a key, or user:ID
    what    text not null,
    about   text not null                       -- a call's id, a number, a user ...; empty once a number is erased
);
create index deeds_by_age on deeds (at);
create index deeds_of_thing on deeds (about, key_id, what, until) where about <> '';
