-- What was said in recordings, as text; gone with its recording and with its number.

CREATE TABLE transcripts (
    recording_id bigint PRIMARY KEY,
    state        text NOT NULL,
    tries        smallint NOT NULL,
    lease_until  timestamptz NOT NULL,
    why          text NOT NULL DEFAULT '',
    made_at      timestamptz
);

CREATE TABLE transcript_lines (
    recording_id bigint NOT NULL REFERENCES transcripts ON DELETE CASCADE,
    place        integer NOT NULL,
    side         smallint NOT NULL,
    start        real NOT NULL,
    until        real NOT NULL,
    text         text NOT NULL,
    words        tsvector GENERATED ALWAYS AS (to_tsvector('simple', text)) STORED,
    PRIMARY KEY (recording_id, place)
);
COMMENT ON COLUMN transcript_lines.side IS '0 is the customer, 1 the manager';
COMMENT ON COLUMN transcript_lines.start IS 'Seconds of the recording';
CREATE INDEX transcript_lines_words ON transcript_lines USING gin (words);
