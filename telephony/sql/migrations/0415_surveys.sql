-- Surveys by phone. See telephony/surveys/__init__.py.

ALTER TABLE calls DROP CONSTRAINT IF EXISTS calls_kind_check;
ALTER TABLE calls ADD CONSTRAINT calls_kind_check
    CHECK (kind IN ('ordinary', 'callback', 'click_to_call', 'survey')) NOT VALID;

CREATE TABLE surveys (
    survey_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pbx           text NOT NULL,
    customer      text NOT NULL CHECK (customer <> ''),
    heard_number  text NOT NULL DEFAULT '',
    name          text NOT NULL DEFAULT '',
    did           text NOT NULL DEFAULT '',
    trunk         text NOT NULL DEFAULT '',
    because       text NOT NULL CHECK (because IN ('sale', 'first_call', 'by_hand')),
    anchor_at     timestamptz NOT NULL,
    planned_by    text NOT NULL DEFAULT '',
    planned_at    timestamptz NOT NULL,
    state         text NOT NULL DEFAULT 'planned' CHECK (state IN ('planned', 'ringing', 'talking', 'over')),
    not_before    timestamptz NOT NULL,
    half          text NOT NULL DEFAULT '' CHECK (half IN ('', 'morning', 'afternoon')),
    expires_at    timestamptz NOT NULL,
    tries         smallint NOT NULL DEFAULT 0,
    channel_id    text NOT NULL DEFAULT '',
    language      text NOT NULL DEFAULT '',
    rang_at       timestamptz,
    answered_at   timestamptz,
    consented_at  timestamptz,
    score         smallint CHECK (score BETWEEN 0 AND 10),
    person_wanted boolean NOT NULL DEFAULT false,
    request_id    bigint REFERENCES callback_requests ON DELETE SET NULL,
    ended_at      timestamptz,
    ended_for     text,

    CONSTRAINT over_has_an_end CHECK ((state = 'over') = (ended_at IS NOT NULL) AND (ended_at IS NULL) = (ended_for IS NULL))
);
COMMENT ON COLUMN surveys.anchor_at IS 'The purchase, or the first talk; of one by hand, the order';
COMMENT ON COLUMN surveys.request_id IS 'The callback that they asked for';

CREATE UNIQUE INDEX one_live_survey_a_customer ON surveys (customer) WHERE state <> 'over';
CREATE UNIQUE INDEX surveys_by_channel ON surveys (channel_id) WHERE channel_id <> '';
CREATE INDEX surveys_to_do ON surveys (not_before) WHERE state = 'planned';
CREATE INDEX surveys_under_way ON surveys (rang_at) WHERE state IN ('ringing', 'talking');
CREATE INDEX surveys_by_customer ON surveys (customer, planned_at);
CREATE INDEX surveys_rung ON surveys (rang_at);

-- What they said; the file is the PBX's own path.
CREATE TABLE survey_answers (
    answer_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    survey_id bigint NOT NULL REFERENCES surveys ON DELETE CASCADE,
    question  smallint NOT NULL CHECK (question BETWEEN 1 AND 3),
    file      text NOT NULL,
    seconds   real NOT NULL,
    said_at   timestamptz NOT NULL,
    UNIQUE (survey_id, question)
);

-- Who is never asked again, by key 9 or by a person.
CREATE TABLE survey_refusals (
    customer text PRIMARY KEY CHECK (customer <> ''),
    by_whom  text NOT NULL,
    at       timestamptz NOT NULL
);

CREATE VIEW published.surveys AS
SELECT survey_id, pbx, customer, name, did, because, anchor_at, planned_by, planned_at, state, not_before, tries,
    CASE channel_id WHEN '' THEN '' ELSE pbx || ':' || channel_id END AS call_id,
    rang_at, answered_at, consented_at, score, person_wanted, request_id, ended_at, ended_for
FROM surveys;

CREATE VIEW published.survey_answers AS
SELECT a.answer_id, a.survey_id, s.pbx, a.question, a.file, a.seconds, a.said_at
FROM survey_answers a
JOIN surveys s USING (survey_id);

CREATE VIEW published.survey_refusals AS
SELECT customer, by_whom, at FROM survey_refusals;
