-- Who listened to what a caller left to be heard. The message's own row may be gone: kept messages have an end.

create table message_listenings (
    id          bigint generated always as identity primary key,
    message_id  bigint not null,
    call_id     text not null,
    by_whom     text not null,                  -- the key's name, or the person's
    at          timestamptz not null,
    heard_until timestamptz not null            -- the newest request of this listening
);
create index message_listenings_of_message on message_listenings (message_id, by_whom, heard_until);
