-- What calls brought, and when a customer first talked with us.

alter table call_results add column amount numeric(14, 2) check (amount >= 0);
comment on column call_results.amount is 'In the company''s currency (`[money] currency`)';
create index call_results_sold on call_results (call_id) where amount > 0;

create or replace view published.call_results as
select call_id, code, at, author, amount from call_results;

-- Each customer's first answered call: day 1 of their first hundred. The keeper of the days' sums writes it, day by day.
create table first_talks (
    customer text primary key check (customer <> ''),
    at       timestamptz not null,
    call_id  text not null
);
create index first_talks_by_time on first_talks (at, customer);
update figure_days set marks = marks + 1;

-- What somebody said of a nudge: done, or not for this customer.
create table nudges (
    customer text not null check (customer <> ''),
    nudge    text not null,
    verdict  text not null check (verdict in ('done', 'not_wanted')),
    by_whom  text not null,
    at       timestamptz not null,
    primary key (customer, nudge)
);
