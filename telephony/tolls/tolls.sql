-- The limits of [toll].

-- name: one_at_a_time
-- Taken last of all locks: two that dial at the last free place do not both get it.
SELECT pg_advisory_xact_lock(7242225530);

-- name: dialled
-- $1: since when; $2: a range.
SELECT count(*) AS in_all, count(*) FILTER (WHERE range = $2) AS to_range FROM toll_dials WHERE at > $1;

-- name: dialled_by_range
SELECT range, count(*) AS dials FROM toll_dials WHERE at > $1 GROUP BY range;

-- name: spend
INSERT INTO toll_dials (at, range, source) VALUES ($1, $2, $3);

-- name: alarm
-- Answers nothing if it was told today.
INSERT INTO toll_alarms (day, cause, range, at, said) VALUES ($1::timestamptz::date, $2, $3, $1, $4)
ON CONFLICT DO NOTHING
RETURNING at;

-- name: sweep
DELETE FROM toll_dials WHERE at < $1;
