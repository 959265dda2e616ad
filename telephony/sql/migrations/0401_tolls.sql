-- What was dialled outside in the last days, for the limits of [toll]. Rows older than two days are swept away.

CREATE TABLE toll_dials (
    at     timestamptz NOT NULL,
    range  text NOT NULL,
    source text NOT NULL
);
COMMENT ON COLUMN toll_dials.range IS 'The beginning of the number, toll.range_digits long: never the whole of a subscriber''s';
CREATE INDEX toll_dials_by_time ON toll_dials (at, range);

-- A limit that bit is told once a day, by whichever daemon saw it first.
CREATE TABLE toll_alarms (
    day   date NOT NULL,
    cause text NOT NULL,
    range text NOT NULL,
    at    timestamptz NOT NULL,
    said  text NOT NULL,
    PRIMARY KEY (day, cause, range)
);

CREATE VIEW published.toll_alarms AS SELECT at, cause, range, said FROM toll_alarms;
