-- What reports are reckoned from: sums of whole days, rewritten whole. No triggers, no increments: nothing can drift.

CREATE TABLE figure_days (
    day        date PRIMARY KEY,
    zone       text NOT NULL,
    marks      bigint NOT NULL DEFAULT 0,
    made_marks bigint,
    made_at    timestamptz,
    checked_at timestamptz,
    calls      bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE figure_days IS 'A day''s sums hold if made_marks = marks and the zone is the company''s; else the day is read from the ledger';
COMMENT ON COLUMN figure_days.marks IS 'Counts what changed calls of this day after it was over';

CREATE TABLE figure_hours (
    day           date NOT NULL,
    hour          smallint NOT NULL,
    did           text NOT NULL,
    queue         text NOT NULL,
    direction     text NOT NULL,
    kind          text NOT NULL,
    disposition   text NOT NULL,
    missed_reason text NOT NULL,
    calls         bigint NOT NULL,
    within_5      bigint NOT NULL,
    within_10     bigint NOT NULL,
    within_20     bigint NOT NULL,
    within_30     bigint NOT NULL,
    within_60     bigint NOT NULL,
    short         bigint NOT NULL,
    wait          double precision NOT NULL,
    talk          double precision NOT NULL
);
COMMENT ON COLUMN figure_hours.within_5 IS 'Answered after less than five seconds; so are the next four';
COMMENT ON COLUMN figure_hours.short IS 'Missed after less than five seconds';
CREATE INDEX figure_hours_by_day ON figure_hours (day);

-- The same without the hour, for years.
CREATE TABLE figure_sums (LIKE figure_hours INCLUDING COMMENTS);
ALTER TABLE figure_sums DROP COLUMN hour;
CREATE INDEX figure_sums_by_day ON figure_sums (day);

CREATE TABLE figure_managers (
    day           date NOT NULL,
    manager       text NOT NULL,
    direction     text NOT NULL,
    kind          text NOT NULL,
    disposition   text NOT NULL,
    missed_reason text NOT NULL,
    calls         bigint NOT NULL,
    wait          double precision NOT NULL,
    talk          double precision NOT NULL
);
CREATE INDEX figure_managers_by_day ON figure_managers (day);

-- Sums of the ledger itself: what a day's rows are made of, and what a day without rows is read by.
CREATE FUNCTION figures_of(since timestamptz, until timestamptz, zone text)
RETURNS TABLE (
    day date, hour smallint, did text, queue text, manager text, direction text, kind text, disposition text, missed_reason text,
    calls bigint, within_5 bigint, within_10 bigint, within_20 bigint, within_30 bigint, within_60 bigint, short bigint,
    wait double precision, talk double precision
) LANGUAGE sql STABLE AS $$
    SELECT (c.started_at AT TIME ZONE zone)::date, extract(hour FROM c.started_at AT TIME ZONE zone)::smallint, c.did, c.queue,
           c.manager, c.direction, c.kind, c.disposition, coalesce(c.missed_reason, ''),
           count(*),
           count(*) FILTER (WHERE c.disposition = 'answered' AND c.wait_seconds < 5),
           count(*) FILTER (WHERE c.disposition = 'answered' AND c.wait_seconds < 10),
           count(*) FILTER (WHERE c.disposition = 'answered' AND c.wait_seconds < 20),
           count(*) FILTER (WHERE c.disposition = 'answered' AND c.wait_seconds < 30),
           count(*) FILTER (WHERE c.disposition = 'answered' AND c.wait_seconds < 60),
           count(*) FILTER (WHERE c.disposition = 'missed' AND c.wait_seconds < 5),
           coalesce(sum(c.wait_seconds), 0), sum(c.talk_seconds)
    FROM published.calls c
    WHERE c.started_at >= since AND c.started_at < until
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
$$;
