-- Whom to tell what, and where.

-- name: wishes
select u.user_id, u.language, coalesce(w.kinds, '{missed,late,promise,alarm,case,case_due}') as kinds, w.quiet_from, w.quiet_until,
       w.digest_at
from users u left join notification_wishes w using (user_id)
where u.user_id = $1 and u.disabled_at is null;

-- name: wish
insert into notification_wishes (user_id, kinds, quiet_from, quiet_until, digest_at) values ($1, $2, $3, $4, $5)
on conflict (user_id) do update set kinds = excluded.kinds, quiet_from = excluded.quiet_from,
    quiet_until = excluded.quiet_until, digest_at = excluded.digest_at;

-- name: addresses
select address_id, address, made_at from notification_addresses where user_id = $1 order by address_id;

-- name: address
select a.address, u.language, w.quiet_from, w.quiet_until
from notification_addresses a join users u using (user_id) left join notification_wishes w using (user_id)
where a.address_id = $1 and u.disabled_at is null;

-- name: add_address
insert into notification_addresses (user_id, address, made_at)
select user_id, $2, $3 from users where user_id = $1
on conflict do nothing returning address_id;

-- name: drop_address
delete from notification_addresses where address_id = $1 and user_id = $2 returning address_id;

-- name: hearers
-- Whose addresses hear of a thing of this kind: $3 is the manager that it concerns, or null; $4 adds the heads of sales
-- and $5 the administrators.
select a.address_id, u.user_id
from notification_addresses a join users u using (user_id) left join notification_wishes w using (user_id)
where u.disabled_at is null
  and $1 = any (coalesce(w.kinds, '{missed,late,promise,alarm,case,case_due}'))
  and (u.manager_id = $2 or ($3 and u.role = 'head') or ($4 and u.role = 'admin'))
order by a.address_id;

-- name: told
insert into notifications_told (user_id, kind, thing, at) values ($1, $2, $3, $4) on conflict do nothing returning user_id;

-- name: forget_told
delete from notifications_told where at < $1;

-- name: unrung
-- Open requests for which no phone has rung, first missed before $1: some of them are late.
select request_id, coalesce(owner, '') as owner from published.callbacks
where closed_at is null and rang_at is null and first_missed_at < $1
order by first_missed_at desc limit 200;

-- name: overdue
select p.promise_id, c.request_id, coalesce(c.owner, '') as owner
from published.promises p join published.callbacks c using (request_id)
where p.overdue_at > $1
order by p.promise_id limit 200;

-- name: request
-- What is told of a request; $2 is a promise's id, or 0.
select c.customer as number, c.name, c.misses, c.first_missed_at, c.last_missed_at, c.closed_at,
       (select call_id from published.callback_misses m where m.request_id = c.request_id order by missed_at desc limit 1)
           as call_id,
       (select promised_at from published.promises p where p.promise_id = $2) as promised_at
from published.callbacks c where c.request_id = $1;

-- name: unhappy
-- What is told of a case.
select c.customer as number, c.name, c.due_at as at, c.closed_at, c.acted_at, c.case_id,
       (select why from case_reasons r where r.case_id = c.case_id order by reason_id desc limit 1) as why
from cases c where c.case_id = $1;

-- name: digests
-- Who wants the day's figures, and at what time.
select distinct u.user_id, w.digest_at from users u join notification_wishes w using (user_id)
where u.disabled_at is null and w.digest_at is not null;

-- name: addresses_of
select address_id, user_id from notification_addresses where user_id = $1 order by address_id;

-- name: day
-- The figures of a span: calls, and callback requests that were opened in it. $3: a manager's id and $4 their extension, or
-- empty for the whole company.
select (select count(*) from published.calls
        where started_at >= $1 and started_at < $2 and ($3 = '' or manager = $4)) as calls,
       (select count(*) from published.calls
        where started_at >= $1 and started_at < $2 and disposition = 'missed' and $3 = '') as missed,
       (select count(*) from published.callbacks
        where first_missed_at >= $1 and first_missed_at < $2 and ($3 = '' or owner = $3)) as requests,
       (select count(*) from published.callbacks
        where first_missed_at >= $1 and first_missed_at < $2 and talked_at is not null and ($3 = '' or owner = $3)) as reached,
       (select count(*) from published.callbacks where closed_at is null and ($3 = '' or owner = $3)) as owed;

-- name: manager_of
select coalesce(u.manager_id, '') as manager_id, u.role,
       coalesce(split_part(split_part(m.endpoint, '/', 2), '@', 1), '') as extension
from users u left join published.managers m on m.manager_id = u.manager_id where u.user_id = $1;
