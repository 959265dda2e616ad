-- Managers who are away: they are not rung, their deputies are.

CREATE TABLE manager_absences (
    absence_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    manager_id text NOT NULL REFERENCES managers ON DELETE CASCADE,
    since      timestamptz NOT NULL,
    until      timestamptz,
    reason     text NOT NULL DEFAULT '',
    by_whom    text NOT NULL,
    made_at    timestamptz NOT NULL,
    ended_by   text NOT NULL DEFAULT '',

    CONSTRAINT ends_after_it_begins CHECK (until IS NULL OR until >= since)
);
COMMENT ON COLUMN manager_absences.until IS 'Null: until further notice';
COMMENT ON COLUMN manager_absences.ended_by IS 'Who ended it before its time, or took it back; empty if nobody did';
CREATE INDEX absences_by_end ON manager_absences (until);

CREATE VIEW published.absences AS
SELECT absence_id, manager_id, since, until, reason, by_whom, made_at, ended_by
FROM manager_absences;
