-- What a CRM calls our things: written when it told us, read before we tell it again, so that nothing is made twice.
create table crm_links (
    crm       text not null,
    key       text not null,            -- a call id, "request:<id>", or a customer's number
    role      text not null,            -- what their thing is to ours: call, contact, lead, task, review ...
    crm_id    text not null,
    linked_at timestamptz not null,
    primary key (crm, key, role)
);

-- Whose turn it is where new leads are dealt out in turn.
create table crm_turns (
    crm  text not null,
    rule text not null,
    turn bigint not null default 0,
    primary key (crm, rule)
);

-- OAuth tokens that renew each other; see crm_bridge/crm/tokens.py.
create table crm_tokens (
    crm        text primary key,
    began_with bytea not null,
    access     text not null,
    refresh    text not null,
    expires_at timestamptz not null
);
