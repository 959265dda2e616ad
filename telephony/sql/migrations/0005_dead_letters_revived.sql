-- A dead letter that somebody wants tried again: the daemon looks for it, since only it has the hooks.

ALTER TABLE dead_letters
    ADD COLUMN revive_asked_at timestamptz,
    ADD COLUMN revive_asked_by text NOT NULL DEFAULT '',
    ADD COLUMN tries integer NOT NULL DEFAULT 0,
    ADD COLUMN tried_at timestamptz;

COMMENT ON COLUMN dead_letters.tries IS 'How often it was tried again';

CREATE INDEX dead_letters_asked ON dead_letters (id) WHERE revive_asked_at IS NOT NULL;
