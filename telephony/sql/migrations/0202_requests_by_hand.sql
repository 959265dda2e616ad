-- A request that a person makes has no missed call behind it.

ALTER TABLE callback_requests DROP CONSTRAINT callback_requests_misses_check;
ALTER TABLE callback_requests ADD CONSTRAINT callback_requests_misses_check CHECK (misses >= 0);
