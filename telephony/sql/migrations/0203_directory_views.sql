-- The directory's published read side.

CREATE VIEW published.managers AS
SELECT manager_id, name, endpoint, mobile, language, team AS "group", deputy, hours, pbx, place
FROM managers;

CREATE VIEW published.customers AS
SELECT number, name, manager_id, do_not_call, changed_at
FROM customers;

CREATE INDEX customers_not_to_call ON customers (number) WHERE do_not_call;
CREATE INDEX callback_requests_by_customer ON callback_requests (customer, first_missed_at);
