-- Who listened to what customers answered aloud. See crm_bridge/api/surveys.py.

CREATE TABLE survey_listenings (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    answer_id   bigint NOT NULL,
    call_id     text NOT NULL,
    by_whom     text NOT NULL,
    at          timestamptz NOT NULL,
    heard_until timestamptz NOT NULL
);
CREATE INDEX survey_listenings_of ON survey_listenings (answer_id, by_whom, heard_until);
