-- What is known of a closed request for good, by the calendar of the moment at which it was closed.

CREATE TABLE callback_facts (
    request_id    bigint PRIMARY KEY REFERENCES callback_requests ON DELETE CASCADE,
    day           date NOT NULL,
    hour          smallint NOT NULL CHECK (hour BETWEEN 0 AND 23),
    did           text NOT NULL,
    owner         text,
    manager       text,
    fate          text NOT NULL CHECK (fate IN ('answered_later', 'got_through', 'lost', 'never_call')),
    target        text NOT NULL CHECK (target IN ('met', 'missed', 'not_needed')),
    why_not       text NOT NULL,
    ring_by       timestamptz,
    to_first_ring double precision,
    to_acceptance double precision,
    to_talk       double precision,
    misses        integer NOT NULL,
    closed_for    text NOT NULL,
    closed_at     timestamptz NOT NULL,
    calendar      text NOT NULL
);
COMMENT ON COLUMN callback_facts.day IS 'Of the first miss, in the company''s zone; so is the hour';
COMMENT ON COLUMN callback_facts.manager IS 'Whose phone rang first';
COMMENT ON COLUMN callback_facts.to_first_ring IS 'Working seconds since the caller hung up; so are the next two';
COMMENT ON COLUMN callback_facts.calendar IS 'The fingerprint of the hours by which it was reckoned';
CREATE INDEX facts_by_day ON callback_facts (day, fate);

CREATE FUNCTION facts_stand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the figures of a closed request are never changed';
END $$;
CREATE TRIGGER facts_stand BEFORE UPDATE ON callback_facts FOR EACH ROW EXECUTE FUNCTION facts_stand();

CREATE VIEW published.callback_facts AS
SELECT request_id, day, hour, did, owner, manager, fate, target, why_not, ring_by, to_first_ring, to_acceptance, to_talk, misses,
       closed_for, closed_at
FROM callback_facts;

CREATE OR REPLACE VIEW published.callbacks AS
SELECT r.request_id, pbx, customer, name, r.did, state, waits_for, r.misses, first_missed_at, last_missed_at, due_at, spent,
       r.owner, rang_at, accepted_at, talked_at, r.closed_at, r.closed_for, closed_by, r.ring_by, round, first_manager,
       coalesce(f.fate, CASE WHEN r.closed_at IS NULL THEN 'owed' END) AS fate,
       coalesce(f.target,
                CASE WHEN rang_at IS NOT NULL THEN CASE WHEN rang_at > r.ring_by THEN 'missed' ELSE 'met' END
                     WHEN coalesce(r.closed_at, now()) > r.ring_by THEN 'missed'
                     WHEN r.closed_at IS NOT NULL THEN 'not_needed'
                     ELSE 'open' END) AS target
FROM callback_requests r
LEFT JOIN callback_facts f USING (request_id);
