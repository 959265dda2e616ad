-- The ledger: one row a call, one a leg, one a transfer, and what happened when.
--
-- Times are the PBX's own. Numbers are kept as the PBX said them; the columns that are compared and searched (customer,
-- did, manager) hold the canonical form of telephony.numbers, and empty text where there is none.

CREATE TABLE calls (
    call_id             text PRIMARY KEY,
    pbx                 text NOT NULL,
    linkedid            text NOT NULL,
    direction           text NOT NULL CHECK (direction IN ('inbound', 'outbound', 'internal')),
    kind                text NOT NULL CHECK (kind IN ('ordinary', 'callback', 'click_to_call')),
    caller_number       text NOT NULL,
    caller_name         text NOT NULL,
    dialed              text NOT NULL,
    trunk               text NOT NULL,
    queue               text NOT NULL,
    customer            text NOT NULL,
    did                 text NOT NULL,
    manager             text NOT NULL,
    started_at          timestamptz NOT NULL,
    answered_at         timestamptz,
    ended_at            timestamptz,
    disposition         text NOT NULL CHECK (disposition IN (
                            'in_progress', 'answered', 'missed', 'no_answer', 'busy', 'rejected', 'cancelled', 'failed')),
    missed_reason       text CHECK (missed_reason IN (
                            'no_answer', 'busy', 'abandoned_waiting', 'abandoned_menu', 'off_hours', 'unreachable', 'rejected')),
    answered_by_number  text,
    answered_by_name    text,
    answered_by_channel text,
    talk                interval NOT NULL CHECK (talk >= interval '0'),
    repaired            boolean NOT NULL,
    changed_at          timestamptz NOT NULL,
    written_at          timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT answered_after_start CHECK (answered_at >= started_at),
    CONSTRAINT ended_after_start CHECK (ended_at >= started_at),
    CONSTRAINT ended_has_an_outcome CHECK ((ended_at IS NULL) = (disposition = 'in_progress')),
    CONSTRAINT missed_has_a_reason CHECK ((disposition = 'missed') = (missed_reason IS NOT NULL)),
    CONSTRAINT missed_is_inbound CHECK (disposition <> 'missed' OR direction = 'inbound'),
    CONSTRAINT missed_was_not_answered CHECK (disposition <> 'missed' OR answered_at IS NULL),
    CONSTRAINT answered_has_a_time CHECK (disposition <> 'answered' OR answered_at IS NOT NULL),
    CONSTRAINT answerer_is_whole CHECK (num_nulls(answered_by_number, answered_by_name, answered_by_channel) IN (0, 3))
) WITH (fillfactor = 85); -- a call is updated a few times in its first minutes, then never

COMMENT ON COLUMN calls.customer IS 'The outside party, canonical; empty for internal calls and hidden callers';
COMMENT ON COLUMN calls.manager IS 'The person of ours who talked (inbound) or called (outbound), canonical; empty if nobody did';
COMMENT ON COLUMN calls.changed_at IS 'The PBX''s time of the newest event that was written into this row';
COMMENT ON COLUMN calls.repaired IS 'A part of it was not heard live but rebuilt';

-- Keyset reading goes by (started_at, call_id). The indexes end in started_at only: two calls of one microsecond are rare,
-- and a text of 25 bytes in every entry would double them.
CREATE INDEX calls_by_time ON calls (started_at);
CREATE INDEX calls_by_customer ON calls (customer, started_at) WHERE customer <> '';
CREATE INDEX calls_by_manager ON calls (manager, started_at) WHERE manager <> '';
CREATE INDEX calls_by_disposition ON calls (disposition, started_at);
CREATE INDEX calls_by_did ON calls (did, started_at) WHERE did <> '';
CREATE INDEX calls_by_direction ON calls (direction, started_at);
CREATE INDEX calls_open ON calls (pbx) WHERE ended_at IS NULL;

CREATE TABLE legs (
    call_id      text NOT NULL REFERENCES calls ON DELETE CASCADE,
    uniqueid     text NOT NULL,
    channel      text NOT NULL,
    number       text NOT NULL,
    name         text NOT NULL,
    started_at   timestamptz NOT NULL,
    rang_at      timestamptz CHECK (rang_at >= started_at),
    answered_at  timestamptz CHECK (answered_at >= started_at),
    ended_at     timestamptz CHECK (ended_at >= started_at),
    hangup_cause smallint,
    PRIMARY KEY (call_id, uniqueid)
) WITH (fillfactor = 85);

CREATE TABLE transfers (
    call_id     text NOT NULL REFERENCES calls ON DELETE CASCADE,
    at          timestamptz NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('blind', 'attended', 'blonde')),
    by_number   text NOT NULL,
    to_number   text NOT NULL,
    PRIMARY KEY (call_id, at, to_number)
);

-- What happened to a call, each thing once: the key makes writing the same event again do nothing, and tells the pump
-- whether the hooks have run for it. Other rooms may add kinds of their own (an announcement played, a promise made).
CREATE TABLE call_events (
    call_id  text NOT NULL REFERENCES calls ON DELETE CASCADE,
    kind     text NOT NULL CHECK (kind ~ '^[a-z_]+$'),
    identity text NOT NULL,
    at       timestamptz NOT NULL,
    number   text NOT NULL,
    PRIMARY KEY (call_id, kind, identity)
);
COMMENT ON COLUMN call_events.identity IS 'What tells two events of one kind apart: a uniqueid, a file, a disposition';

-- Events that could not be written. They hold the whole event, so that they can be tried again after the cure (json, not jsonb: jsonb
-- refuses \u0000, which a hostile name may hold).
CREATE TABLE dead_letters (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    call_id  text NOT NULL,
    kind     text NOT NULL,
    event    json NOT NULL,
    reason   text NOT NULL,
    written  boolean NOT NULL,
    died_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN dead_letters.written IS 'Whether the call''s own rows were written and only the hooks failed';
