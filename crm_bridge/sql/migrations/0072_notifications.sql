-- Where people are told what, and what they were told already.

create table notification_wishes (
    user_id     text primary key references users on delete cascade,
    kinds       text[] not null default '{missed,late,promise,alarm}',
    quiet_from  time,                            -- in the company's zone; both or none
    quiet_until time,
    digest_at   time,                            -- null: no digest
    check ((quiet_from is null) = (quiet_until is null))
);

-- An address is a secret (it holds tokens and passwords): shown masked, and never in a message of the outbox.
create table notification_addresses (
    address_id bigint generated always as identity primary key,
    user_id    text not null references users on delete cascade,
    address    text not null,                    -- Apprise's URL, or @/path of a file that holds it
    made_at    timestamptz not null,
    unique (user_id, address)
);

-- Each thing is told once, whichever daemon saw it.
create table notifications_told (
    user_id text not null references users on delete cascade,
    kind    text not null,
    thing   text not null,
    at      timestamptz not null,
    primary key (user_id, kind, thing)
);
create index notifications_told_by_age on notifications_told (at);
