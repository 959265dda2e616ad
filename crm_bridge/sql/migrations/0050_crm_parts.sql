-- Parts of a message that a CRM refused: the call, the task, the lead. What is done has its link; what is refused stands
-- here with the CRM's words until its message is replayed and it is done.
create table crm_parts (
    crm        text not null,
    key        text not null,           -- the call's id
    part       text not null,
    reason     text not null,
    refused_at timestamptz not null,
    primary key (crm, key, part)
);
