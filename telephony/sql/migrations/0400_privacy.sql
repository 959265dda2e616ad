-- Numbers that must not be forgotten, and what was forgotten when.

CREATE TABLE legal_holds (
    number  text PRIMARY KEY CHECK (number <> ''),
    reason  text NOT NULL,
    by_whom text NOT NULL,
    at      timestamptz NOT NULL
);
COMMENT ON COLUMN legal_holds.number IS 'Canonical';

-- No number in here: an erased one must not survive in the log of its erasure.
CREATE TABLE privacy_log (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL,
    action     text NOT NULL CHECK (action IN ('erase', 'export', 'hold', 'release')),
    by_whom    text NOT NULL,
    reason     text NOT NULL,
    calls      integer NOT NULL DEFAULT 0,
    recordings integer NOT NULL DEFAULT 0,
    callbacks  integer NOT NULL DEFAULT 0
);

CREATE VIEW published.legal_holds AS
SELECT number, reason, by_whom, at
FROM legal_holds;

CREATE VIEW published.privacy_log AS
SELECT id, at, action, by_whom, reason, calls, recordings, callbacks
FROM privacy_log;
