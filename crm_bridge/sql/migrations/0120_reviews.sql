-- Reviews: calls that are to be heard, the cards of those who heard them, and what managers said to that.

CREATE TABLE review_forms (
    version integer PRIMARY KEY,
    card    jsonb NOT NULL,
    made_at timestamptz NOT NULL,
    made_by text NOT NULL
);
COMMENT ON TABLE review_forms IS 'Score cards; a version is never changed. The newest is the one that is asked';

CREATE TABLE review_weeks (
    week     date PRIMARY KEY,
    seed     bytea NOT NULL,
    made_at  timestamptz NOT NULL,
    each     integer NOT NULL DEFAULT 0,
    calls    integer NOT NULL DEFAULT 0,
    drawn_at timestamptz
);
COMMENT ON COLUMN review_weeks.week IS 'Its Monday, in the company''s zone';
COMMENT ON COLUMN review_weeks.calls IS 'How many calls could be drawn';

CREATE TABLE review_items (
    review_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    call_id     text NOT NULL UNIQUE,
    pbx         text NOT NULL,
    manager     text NOT NULL,
    started_at  timestamptz NOT NULL,
    why         text NOT NULL,
    asked_by    text NOT NULL DEFAULT '',
    asked_for   text NOT NULL DEFAULT '',
    week        date REFERENCES review_weeks,
    rank        bytea,
    state       text NOT NULL DEFAULT 'open',
    made_at     timestamptz NOT NULL,
    claimed_by  text NOT NULL DEFAULT '',
    claimed_key text NOT NULL DEFAULT '',
    claimed_at  timestamptz,
    lease_until timestamptz,
    draft       jsonb,
    skipped_for text NOT NULL DEFAULT ''
);
COMMENT ON COLUMN review_items.manager IS 'The extension of who talked, as the ledger has it';
COMMENT ON COLUMN review_items.started_at IS 'When the call began';
COMMENT ON COLUMN review_items.week IS 'The draw that it came out of: such reviews make averages, whatever else they were picked for';
CREATE INDEX review_items_by_time ON review_items (started_at, review_id);
CREATE INDEX review_items_by_manager ON review_items (manager, started_at) WHERE manager <> '';
CREATE INDEX review_items_waiting ON review_items (made_at) WHERE state IN ('open', 'claimed');

CREATE TABLE review_calibrations (
    calibration_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    review_id      bigint NOT NULL REFERENCES review_items ON DELETE CASCADE,
    made_at        timestamptz NOT NULL,
    made_by        text NOT NULL,
    closed_at      timestamptz
);
CREATE UNIQUE INDEX review_calibrations_open ON review_calibrations (review_id) WHERE closed_at IS NULL;

CREATE TABLE review_scores (
    score_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    review_id      bigint NOT NULL REFERENCES review_items ON DELETE CASCADE,
    version        integer NOT NULL REFERENCES review_forms,
    score          numeric(5, 2) NOT NULL CHECK (score BETWEEN 0 AND 100),
    fatal          boolean NOT NULL,
    answers        jsonb NOT NULL,
    best           text NOT NULL DEFAULT '',
    improve        text NOT NULL DEFAULT '',
    at             timestamptz NOT NULL,
    by_whom        text NOT NULL,
    by_key         text NOT NULL,
    supersedes     bigint UNIQUE REFERENCES review_scores,
    calibration_id bigint REFERENCES review_calibrations,
    seen_at        timestamptz
);
COMMENT ON TABLE review_scores IS 'Cards; one is never changed but for the erasure of its free words. One that another supersedes does not count';
CREATE UNIQUE INDEX review_scores_first ON review_scores (review_id) WHERE supersedes IS NULL AND calibration_id IS NULL;
CREATE UNIQUE INDEX review_scores_blind ON review_scores (calibration_id, by_key) WHERE calibration_id IS NOT NULL;

CREATE TABLE review_disputes (
    dispute_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    review_id  bigint NOT NULL REFERENCES review_items ON DELETE CASCADE,
    at         timestamptz NOT NULL,
    by_whom    text NOT NULL,
    text       text NOT NULL,
    answer     text NOT NULL DEFAULT '',
    settled_at timestamptz,
    settled_by text NOT NULL DEFAULT ''
);
CREATE INDEX review_disputes_by_review ON review_disputes (review_id);

-- A review with the card that stands.
CREATE VIEW published.reviews AS
SELECT i.review_id, i.call_id, i.pbx, i.manager, i.started_at, i.why, i.week IS NOT NULL AS drawn, i.week, i.state, i.asked_by, i.asked_for,
       i.made_at, i.claimed_by, i.claimed_key, i.lease_until, i.skipped_for, s.score_id, s.version, s.score, coalesce(s.fatal, false) AS fatal,
       s.at AS scored_at, coalesce(s.by_whom, '') AS scored_by, s.seen_at
FROM review_items i
LEFT JOIN review_scores s ON s.review_id = i.review_id AND s.calibration_id IS NULL
    AND NOT EXISTS (SELECT FROM review_scores n WHERE n.supersedes = s.score_id);
