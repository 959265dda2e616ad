-- What must be told to whom. See crm_bridge/outbox/__init__.py for how a row lives.

create table outbox_targets (
    target       text primary key,
    rate         double precision,                      -- messages a second; null: no limit
    burst        integer not null default 1 check (burst > 0),
    tokens       double precision not null default 1,   -- the bucket, shared by all daemons
    refilled_at  timestamptz not null default now(),
    paused_until timestamptz,                           -- nothing is claimed before
    check (rate is null or rate > 0)
);

create table outbox_messages (
    id           bigint generated always as identity primary key,
    target       text not null references outbox_targets,
    key          text not null,                         -- what it speaks of; order is kept per (target, key)
    kind         text not null,                         -- call.ended, callback.discarded ...
    body         jsonb not null,
    state        text not null default 'waiting' check (state in ('waiting', 'sending', 'delivered', 'dead')),
    attempts     integer not null default 0,
    created_at   timestamptz not null default now(),
    due_at       timestamptz not null default now(),
    lease_until  timestamptz,
    ended_at     timestamptz,
    reason       text not null default '',
    check ((state = 'sending') = (lease_until is not null)),
    check ((state in ('delivered', 'dead')) = (ended_at is not null))
);

-- The claim looks for due heads; the order rule looks for anything open ahead of a message in its own key.
create index outbox_messages_due on outbox_messages (target, due_at, id) where state = 'waiting';
create index outbox_messages_open on outbox_messages (target, key, id) where state in ('waiting', 'sending');
create index outbox_messages_leased on outbox_messages (lease_until) where state = 'sending';
create index outbox_messages_key on outbox_messages (key, id);

create table outbox_deliveries (
    id         bigint generated always as identity primary key,
    message_id bigint not null references outbox_messages on delete cascade,
    attempt    integer not null,
    began_at   timestamptz not null,
    took       interval not null,
    answer     text not null check (answer in ('delivered', 'retry', 'snooze', 'discard')),
    reason     text not null,                           -- the target's words, cut to 2,000 characters
    check (took >= interval '0')
);
create index outbox_deliveries_message on outbox_deliveries (message_id);
