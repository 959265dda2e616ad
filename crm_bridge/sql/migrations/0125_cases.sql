-- Unhappy customers: one open case each, its reasons, and what was done.

create table cases (
    case_id      bigint generated always as identity primary key,
    customer     text not null check (customer <> ''),
    name         text not null,
    owner        text not null,
    state        text not null check (state in ('new', 'escalated', 'in_work', 'closed')),
    opened_at    timestamptz not null,
    due_at       timestamptz,
    acted_at     timestamptz,
    escalated_at timestamptz,
    closed_at    timestamptz,
    closed_by    text not null default '',
    cause        text not null default '',
    done         text not null default '',
    changed      text not null default '',
    constraint a_closed_case_has_its_cause check ((state = 'closed') = (closed_at is not null) and (closed_at is null or cause <> ''))
);
comment on column cases.customer is 'Canonical number';
comment on column cases.owner is 'A manager by the directory''s id; empty: the heads of sales';
comment on column cases.due_at is 'By when somebody must have done something; null if the hours never open';
comment on column cases.changed is 'What was changed so that it does not happen again; empty if nothing was';
create unique index cases_open on cases (customer) where closed_at is null;
create index cases_by_customer on cases (customer, opened_at);
create index cases_by_time on cases (opened_at, case_id);

create table case_reasons (
    reason_id bigint generated always as identity primary key,
    case_id   bigint not null references cases on delete cascade,
    why       text not null,
    thing     text not null,
    call_id   text not null,
    words     text not null,
    at        timestamptz not null,
    unique (why, thing)
);
comment on column case_reasons.thing is 'Names what happened among its kind, for ever: it is a reason once';
create index case_reasons_of_case on case_reasons (case_id, reason_id);

create table case_history (
    history_id bigint generated always as identity primary key,
    case_id    bigint not null references cases on delete cascade,
    at         timestamptz not null,
    verb       text not null,
    by_whom    text not null,
    words      text not null
);
create index case_history_of_case on case_history (case_id, history_id);
create index case_history_by_time on case_history (at) where by_whom <> '';

alter table notification_wishes alter column kinds set default '{missed,late,promise,alarm,case,case_due}';
update notification_wishes set kinds = kinds || '{case,case_due}'::text[];

-- Which callbacks were put before others, and how far: each once, so that whoever ranks by hand has the last word.
create table callback_ranks (
    request_id bigint primary key,
    priority   smallint not null,
    at         timestamptz not null
);
create index callback_ranks_by_age on callback_ranks (at);
