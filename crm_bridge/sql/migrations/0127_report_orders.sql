-- Which reports somebody is sent, how often, and at what time of the company's zone.

create table report_orders (
    order_id bigint generated always as identity primary key,
    user_id  text not null references users on delete cascade,
    report   text not null,
    every    text not null check (every in ('day', 'week', 'month')),
    at       time not null,
    made_at  timestamptz not null,
    last_on  date,                               -- the last day for which it was sent: once, whichever daemon looks
    unique (user_id, report, every)
);
