-- Which forms were taken, and which orders a moment ago: the same over all daemons of a database. Kept for a day.

create table orders_once (
    user_id  text not null,
    name     text not null,
    taken_at timestamptz not null default clock_timestamp(),
    primary key (user_id, name)
);
comment on column orders_once.name is 'A form''s own name, or what an order says';
create index orders_once_by_time on orders_once (taken_at);
