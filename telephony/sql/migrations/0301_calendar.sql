-- Days told by the API, and the last good copies of calendars that are kept elsewhere. See docs/promises.md.

CREATE TABLE calendar_days (
    day        date NOT NULL,
    did        text NOT NULL DEFAULT '',
    team       text NOT NULL DEFAULT '',
    hours      text NOT NULL,
    note       text NOT NULL DEFAULT '',
    by_whom    text NOT NULL,
    changed_at timestamptz NOT NULL,

    PRIMARY KEY (day, did, team),
    CONSTRAINT one_scope CHECK (did = '' OR team = '')
);
COMMENT ON COLUMN calendar_days.did IS 'Canonical; whose own day it is, or empty';
COMMENT ON COLUMN calendar_days.team IS 'The group whose own day it is, or empty; "group" is a word of SQL';
COMMENT ON COLUMN calendar_days.hours IS 'In OSM syntax for one day, 10:00-14:00; empty is closed';

-- A file or a URL, by its name. What it said last and could be read stays here: it may be away when a daemon starts.
CREATE TABLE calendar_sources (
    source        text PRIMARY KEY,
    body          bytea,
    sha256        bytea,
    etag          text NOT NULL DEFAULT '',
    read_at       timestamptz,
    due_at        timestamptz NOT NULL,
    trouble       text NOT NULL DEFAULT '',
    failing_since timestamptz,

    CONSTRAINT read_has_a_body CHECK ((body IS NULL) = (read_at IS NULL) AND (body IS NULL) = (sha256 IS NULL)),
    CONSTRAINT trouble_has_a_time CHECK ((trouble = '') = (failing_since IS NULL))
);
COMMENT ON COLUMN calendar_sources.source IS 'file:<path>, or url:<name>:<hash of the address>';
COMMENT ON COLUMN calendar_sources.due_at IS 'A URL is asked again then, by whichever daemon comes first';

CREATE VIEW published.calendar_days AS
SELECT day, did, team AS "group", hours, note, by_whom, changed_at
FROM calendar_days;
