-- What comes into the ledger after an erasure and belongs to a call of before it is erased like the rest.

CREATE TABLE erased_numbers (
    erasure bigint PRIMARY KEY REFERENCES privacy_log,
    at      timestamptz NOT NULL,
    salt    bytea NOT NULL,
    digest  bytea NOT NULL
);
COMMENT ON TABLE erased_numbers IS 'Tells an erased number again if its call comes late; kept for a month, not the number itself';
COMMENT ON COLUMN erased_numbers.digest IS 'SHA-256 of the salt and the canonical number';

CREATE TABLE erasures_due (
    number  text PRIMARY KEY,
    erasure bigint NOT NULL REFERENCES privacy_log
);
COMMENT ON TABLE erasures_due IS 'Erased numbers of which a call of before came into the ledger: to be erased once more';
COMMENT ON COLUMN erasures_due.number IS 'Canonical';
COMMENT ON COLUMN erasures_due.erasure IS 'The erasure that the call came too late for';
