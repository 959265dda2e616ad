-- How far each PBX's CEL file was heard live; what follows is read after an outage. See telephony/cel/backfill.py.
CREATE TABLE cel_positions (
    pbx       text PRIMARY KEY,
    inode     numeric NOT NULL,  -- 64 bits without a sign
    bytes     bigint NOT NULL CHECK (bytes >= 0),
    noted_at  timestamptz NOT NULL
);
