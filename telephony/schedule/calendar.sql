-- Days told by the API, and last good copies of calendars kept elsewhere.

-- name: days
SELECT day, did, team, hours, note, by_whom, changed_at FROM calendar_days
WHERE day BETWEEN $1 AND $2
ORDER BY day, did, team;

-- name: ahead
-- How many days are told from a day on, but for one; whoever adds a day has taken this lock.
SELECT count(*) FROM calendar_days WHERE day >= $1 AND (day, did, team) <> ($2, $3, $4);

-- name: add_alone
SELECT pg_advisory_xact_lock(hashtext('ringback.calendar_days'));

-- name: put_day
INSERT INTO calendar_days (day, did, team, hours, note, by_whom, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (day, did, team) DO UPDATE SET
    hours = excluded.hours, note = excluded.note, by_whom = excluded.by_whom, changed_at = excluded.changed_at;

-- name: take_day
DELETE FROM calendar_days WHERE day = $1 AND did = $2 AND team = $3 RETURNING day;

-- name: hint
SELECT pg_notify('ringback_calendar', '');

-- name: copies
SELECT source, sha256, read_at, trouble, failing_since FROM calendar_sources WHERE source = ANY($1::text[]);

-- name: body
SELECT body FROM calendar_sources WHERE source = $1;

-- name: keep
-- What a source says now. $6: when it is asked again.
INSERT INTO calendar_sources (source, body, sha256, etag, read_at, due_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (source) DO UPDATE SET
    body = excluded.body, sha256 = excluded.sha256, etag = excluded.etag, read_at = excluded.read_at,
    due_at = excluded.due_at, trouble = '', failing_since = NULL;

-- name: same
-- It says what it said.
UPDATE calendar_sources SET read_at = $2, due_at = $3, trouble = '', failing_since = NULL
WHERE source = $1 AND body IS NOT NULL;

-- name: failed
-- What it said last stays. Answers what the trouble was before.
UPDATE calendar_sources s
SET trouble = $2, failing_since = coalesce(s.failing_since, $3), due_at = $4
FROM (SELECT source, trouble FROM calendar_sources WHERE source = $1 FOR UPDATE) AS before
WHERE s.source = before.source
RETURNING before.trouble;

-- name: claim
-- One daemon asks a URL that is due; $3: when another one may, if this one is not heard of again. What is due later than
-- any calendar can be was written by a clock that has been set back since.
INSERT INTO calendar_sources (source, due_at) VALUES ($1, $3)
ON CONFLICT (source) DO UPDATE SET due_at = excluded.due_at
WHERE calendar_sources.due_at <= $2 OR calendar_sources.due_at > $2::timestamptz + interval '2 days'
RETURNING etag, sha256;
