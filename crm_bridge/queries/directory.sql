-- The directory as the API reads it.

-- name: managers
select manager_id, name, endpoint, mobile, language, "group", deputy, hours, pbx from published.managers order by place, manager_id

-- name: customers
select number, name, manager_id, do_not_call, changed_at from published.customers
where number > $1 and ($2::text[] is null or manager_id = any($2))
-- access customer customers.number
order by number limit $3

-- name: customer
select number, name, manager_id, do_not_call, changed_at from published.customers where number = $1
-- access customer customers.number

-- name: do_not_call
select number, name, manager_id, do_not_call, changed_at from published.customers
where do_not_call and number > $1
-- access customer customers.number
order by number limit $2

-- name: manager_known
select true from published.managers where manager_id = $1
