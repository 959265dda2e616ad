-- The times that callers were told. See telephony/promise/__init__.py.

CREATE TABLE promises (
    promise_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id   bigint NOT NULL REFERENCES callback_requests ON DELETE CASCADE,
    slot_of      text NOT NULL CHECK (slot_of <> ''),
    promised_at  timestamptz NOT NULL,
    made_at      timestamptz NOT NULL,
    accepted_at  timestamptz,
    withdrawn_at timestamptz,
    settled_at   timestamptz,
    verdict      text CHECK (verdict IN ('kept', 'late', 'broken', 'released')),
    why          text NOT NULL DEFAULT '',

    CONSTRAINT settled_has_a_verdict CHECK ((settled_at IS NULL) = (verdict IS NULL)),
    CONSTRAINT made_for_later CHECK (promised_at > made_at)
);
COMMENT ON COLUMN promises.slot_of IS 'manager:<id> or group:<name>';
COMMENT ON COLUMN promises.accepted_at IS 'When the caller pressed 1; a promise stands without it, too';
COMMENT ON COLUMN promises.withdrawn_at IS 'The caller wanted another time';

CREATE UNIQUE INDEX one_caller_a_slot ON promises (slot_of, promised_at) WHERE withdrawn_at IS NULL AND settled_at IS NULL;
CREATE UNIQUE INDEX one_open_promise_a_request ON promises (request_id) WHERE withdrawn_at IS NULL AND settled_at IS NULL;
CREATE INDEX promises_by_time ON promises (promised_at);

-- What callers left to be heard; the file is the PBX's own path.
CREATE TABLE caller_messages (
    message_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id bigint NOT NULL REFERENCES callback_requests ON DELETE CASCADE,
    call_id    text NOT NULL,
    file       text NOT NULL,
    left_at    timestamptz NOT NULL,
    UNIQUE (call_id, file)
);

CREATE VIEW published.promises AS
SELECT promise_id, request_id, slot_of, promised_at, made_at, accepted_at, settled_at, verdict, why
FROM promises
WHERE withdrawn_at IS NULL;

CREATE VIEW published.caller_messages AS
SELECT message_id, request_id, call_id, file, left_at
FROM caller_messages;
