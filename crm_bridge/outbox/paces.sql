-- name: take_turn
-- Reserve the next turn of pace $1, whose turns are $2 seconds apart; what nobody took of the last $3 seconds may be
-- taken at once. By the database's clock, the only one that all daemons share. Gives the seconds to wait. No line is as
-- long as two minutes and ten turns (a message has one minute for all of its): what is beyond is of a clock that has been
-- set back since.
insert into outbox_paces as pace (pace, next_at)
values ($1, clock_timestamp() + make_interval(secs => $2::float8 - $3::float8))
on conflict (pace) do update
set next_at = greatest(case when pace.next_at < clock_timestamp() + make_interval(secs => 120 + 10 * $2::float8) then pace.next_at end,
                       clock_timestamp() - make_interval(secs => $3::float8)) + make_interval(secs => $2::float8)
returning extract(epoch from next_at - make_interval(secs => $2::float8) - clock_timestamp())::float8;

-- name: hold
-- Let nobody have a turn of pace $1 for the next $2 seconds.
insert into outbox_paces as pace (pace, next_at)
values ($1, clock_timestamp() + make_interval(secs => $2::float8))
on conflict (pace) do update
set next_at = greatest(pace.next_at, clock_timestamp() + make_interval(secs => $2::float8));
