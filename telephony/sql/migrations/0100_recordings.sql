-- Recordings: what the PBX wrote for a call, what became of it, and what is wrong.
--
-- recorded_calls is a queue of its own: a call waits there from its end until its files are converted, judged and cleared
-- away. No row refers to `calls`: a recording outlives a call's row that is corrected, merged or repaired.

CREATE TABLE recorded_calls (
    call_id      text PRIMARY KEY,
    pbx          text NOT NULL,
    keeping      text NOT NULL CHECK (keeping IN ('inbound', 'outbound', 'internal', 'unanswered')),
    wanted       boolean NOT NULL,
    answered     boolean NOT NULL,
    talk_seconds double precision NOT NULL CHECK (talk_seconds >= 0),
    uniqueids    text[] NOT NULL,
    started_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    stage        text NOT NULL CHECK (stage IN ('open', 'ended', 'kept', 'done')),
    due_at       timestamptz NOT NULL,
    tries        integer NOT NULL DEFAULT 0,
    verdict      text CHECK (verdict IN ('good', 'silent', 'one_sided', 'short', 'missing', 'unreadable', 'refused',
                                         'not_wanted')),
    why          text NOT NULL DEFAULT '',
    held         boolean NOT NULL DEFAULT false,
    CONSTRAINT judged_when_kept CHECK ((stage IN ('kept', 'done')) = (verdict IS NOT NULL))
) WITH (fillfactor = 80); -- each row goes through its stages by updates

COMMENT ON COLUMN recorded_calls.keeping IS 'How long its recordings are kept: recording.keep_days_<keeping>';
COMMENT ON COLUMN recorded_calls.uniqueids IS 'Its channels: tapes of ours that nobody told of are found by them';
COMMENT ON COLUMN recorded_calls.stage IS 'open: in progress; ended: to be converted; kept: originals to be removed; done';
COMMENT ON COLUMN recorded_calls.held IS 'Legal hold: its recordings are not deleted, whatever their age';

CREATE INDEX recorded_calls_due ON recorded_calls (due_at) WHERE stage IN ('ended', 'kept');
CREATE INDEX recorded_calls_open ON recorded_calls (started_at) WHERE stage = 'open';

CREATE TABLE recordings (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    call_id       text NOT NULL REFERENCES recorded_calls ON UPDATE CASCADE,
    pbx           text NOT NULL,
    pbx_path      text NOT NULL,
    channel       text NOT NULL,
    uniqueid      text NOT NULL,
    started_at    timestamptz NOT NULL,
    adopted       boolean NOT NULL,
    swapped       boolean NOT NULL,
    seen_bytes    bigint,
    verdict       text CHECK (verdict IN ('good', 'silent', 'missing', 'unreadable', 'refused', 'not_wanted')),
    path          text,
    format        text CHECK (format IN ('mp3', 'opus')),
    bytes         bigint CHECK (bytes > 0),
    sha256        bytea CHECK (octet_length(sha256) = 32),
    seconds       double precision CHECK (seconds >= 0),
    sides         smallint CHECK (sides IN (1, 2)),
    levels        real[] NOT NULL DEFAULT '{}',
    voiced        real[] NOT NULL DEFAULT '{}',
    peaks         bytea[] NOT NULL DEFAULT '{}',
    kept_at       timestamptz,
    original_gone boolean NOT NULL DEFAULT false,
    deleted_at    timestamptz,
    CONSTRAINT kept_is_whole CHECK (num_nulls(path, format, bytes, sha256, seconds, sides, kept_at) IN (0, 7)),
    CONSTRAINT one_file_once UNIQUE (pbx, uniqueid, pbx_path)
);

COMMENT ON COLUMN recordings.adopted IS 'The PBX''s own recording, not a tape of ours: its sides are as it wrote them';
COMMENT ON COLUMN recordings.swapped IS 'The tape rode on the manager''s channel: left and right are exchanged when converting';
COMMENT ON COLUMN recordings.peaks IS 'Of each side (customer, manager; or one) 1,000 bytes, 0 to 255';
COMMENT ON COLUMN recordings.levels IS 'RMS of each side in dBFS';
COMMENT ON COLUMN recordings.voiced IS 'Seconds in which each side was louder than silence';
COMMENT ON COLUMN recordings.path IS 'Below recording.folder';

CREATE INDEX recordings_of_call ON recordings (call_id);
CREATE INDEX recordings_to_delete ON recordings (started_at) WHERE path IS NOT NULL AND deleted_at IS NULL;

-- What is wrong. An alarm of a call is open until somebody clears it; one of the house (call_id null) clears by itself.
CREATE TABLE recording_alarms (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    call_id    text,
    cause      text NOT NULL,
    why        text NOT NULL,
    raised_at  timestamptz NOT NULL,
    cleared_at timestamptz,
    cleared_by text
);
CREATE UNIQUE INDEX recording_alarms_of_call ON recording_alarms (call_id, cause) WHERE call_id IS NOT NULL;
CREATE UNIQUE INDEX recording_alarms_of_house ON recording_alarms (cause) WHERE call_id IS NULL AND cleared_at IS NULL;
CREATE INDEX recording_alarms_open ON recording_alarms (raised_at) WHERE cleared_at IS NULL;

-- Who paused, resumed, started or stopped a recording, and when.
CREATE TABLE recording_orders (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    call_id  text NOT NULL,
    at       timestamptz NOT NULL,
    kind     text NOT NULL CHECK (kind IN ('pause', 'resume', 'start', 'stop')),
    by_whom  text NOT NULL
);
CREATE INDEX recording_orders_of_call ON recording_orders (call_id, at);

-- What was deleted: the row stays when the sound is gone.
CREATE TABLE recording_deletions (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recording_id bigint NOT NULL,
    call_id      text NOT NULL,
    path         text NOT NULL,
    bytes        bigint NOT NULL,
    sha256       bytea NOT NULL,
    reason       text NOT NULL,
    by_whom      text NOT NULL,
    at           timestamptz NOT NULL,
    was_there    boolean NOT NULL
);
CREATE INDEX recording_deletions_of_call ON recording_deletions (call_id);
COMMENT ON COLUMN recording_deletions.was_there IS 'False if the file had gone before, by another hand';
