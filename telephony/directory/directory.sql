-- The directory of managers and customers.

-- name: managers
SELECT * FROM managers ORDER BY place, manager_id;

-- name: forget_managers
DELETE FROM managers WHERE manager_id <> ALL($1::text[]);

-- name: put_managers
INSERT INTO managers (manager_id, name, endpoint, mobile, language, team, deputy, hours, pbx, place)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                     $9::text[], $10::integer[])
ON CONFLICT (manager_id) DO UPDATE SET
    name = excluded.name, endpoint = excluded.endpoint, mobile = excluded.mobile, language = excluded.language,
    team = excluded.team, deputy = excluded.deputy, hours = excluded.hours, pbx = excluded.pbx, place = excluded.place;

-- name: put_customers
INSERT INTO customers (number, name, manager_id, do_not_call)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[])
ON CONFLICT (number) DO UPDATE SET
    name = excluded.name, manager_id = excluded.manager_id, do_not_call = excluded.do_not_call, changed_at = now();

-- name: customers
SELECT * FROM customers
WHERE number > $1
ORDER BY number
LIMIT $2;

-- name: do_not_call
INSERT INTO customers (number, do_not_call) VALUES ($1, true)
ON CONFLICT (number) DO UPDATE SET do_not_call = true, changed_at = now() WHERE NOT customers.do_not_call
RETURNING number;

-- name: may_be_called
UPDATE customers SET do_not_call = false, changed_at = now() WHERE number = $1 AND do_not_call RETURNING number;

-- name: forget_customer
DELETE FROM customers WHERE number = $1 RETURNING number;

-- name: owners
SELECT c.number, c.manager_id
FROM customers c JOIN managers m USING (manager_id)
WHERE c.number = ANY($1::text[]);

-- name: all_owners
SELECT c.number, c.manager_id FROM customers c JOIN managers m USING (manager_id) ORDER BY c.number;

-- name: customer_name
SELECT name FROM customers WHERE number = $1;

-- name: language_of
SELECT language FROM managers WHERE manager_id = $1;
