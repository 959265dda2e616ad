-- First answers to requests that bear an Idempotency-Key: the same request again is answered from here for a day. How
-- many there are is bounded by the keys' rates; what is over a day old goes when its key asks again.
create table api_answers (
    key_id   text not null,             -- the API key
    name     text not null,             -- the header, as the client chose it
    path     text not null,             -- what it was asked of: an erasure finds a call's by it
    digest   bytea not null,            -- of what was asked: another request under the same name is refused
    begun_at timestamptz not null,
    code     int,                       -- null: not answered yet, or its daemon died and nobody knows
    answer   bytea not null default '',
    primary key (key_id, name)
);
create index api_answers_by_age on api_answers (begun_at);
