-- The published read side of recordings. Peaks are in a view of their own: 2 kB a row that lists do not want.

CREATE VIEW published.recordings AS
SELECT r.id AS recording_id, r.call_id, r.pbx, r.channel, r.uniqueid, r.started_at, r.seconds, r.sides, r.adopted,
       r.verdict, r.path, r.format, r.bytes, r.sha256, r.levels, r.voiced, r.kept_at, r.deleted_at, c.held
FROM recordings r
JOIN recorded_calls c USING (call_id);

CREATE VIEW published.recording_peaks AS
SELECT id AS recording_id, call_id, peaks
FROM recordings;

CREATE VIEW published.recorded_calls AS
SELECT call_id, wanted, stage, verdict, why, held
FROM recorded_calls;

CREATE VIEW published.recording_alarms AS
SELECT id AS alarm_id, call_id, cause, why, raised_at, cleared_at, cleared_by
FROM recording_alarms;
