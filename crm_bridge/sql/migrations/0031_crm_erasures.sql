-- What CRMs kept of an erased number, and what became of each copy. No number stands here: a key is a call id, or empty.
create table crm_erasures (
    copy       bigint generated always as identity primary key,
    erasure    bigint not null,         -- the erasure's number in the privacy log
    crm        text not null,
    key        text not null,           -- the call id; empty for what belonged to the number itself
    role       text not null,           -- as in crm_links
    crm_id     text not null,           -- empty where the CRM's answer was lost: it is looked for
    state      text not null default 'pending'
               check (state in ('pending', 'deleted', 'gone', 'blanked', 'kept', 'refused')),
    why        text not null default '',
    changed_at timestamptz not null
);
create index crm_erasures_of on crm_erasures (erasure, crm, key);
