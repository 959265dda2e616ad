-- Lists of calls that people keep under a name: the filters of an address.

create table saved_views (
    view_id bigint generated always as identity primary key,
    user_id text not null references users on delete cascade,
    name    text not null check (name <> ''),
    query   text not null,
    shared  boolean not null,                   -- everybody finds it; what each sees in it is their own rows
    made_at timestamptz not null,
    unique (user_id, name)
);
