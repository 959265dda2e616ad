-- Files of the PBX that an erasure could not delete: the trail to them is kept here until they are gone.

CREATE TABLE erasure_leftovers (
    leftover_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    erasure     bigint NOT NULL REFERENCES privacy_log,
    pbx         text NOT NULL,
    path        text NOT NULL,
    why         text NOT NULL,
    UNIQUE (erasure, pbx, path)
);
COMMENT ON COLUMN erasure_leftovers.path IS 'By the PBX''s own path; it may hold the number, for the file''s name does';

CREATE VIEW published.erasure_leftovers AS SELECT erasure, pbx, path, why FROM erasure_leftovers;
