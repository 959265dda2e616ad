-- Who serves whom.

CREATE TABLE managers (
    manager_id text PRIMARY KEY,
    name       text NOT NULL,
    endpoint   text NOT NULL,
    mobile     text NOT NULL DEFAULT '',
    language   text NOT NULL DEFAULT '',
    team       text NOT NULL DEFAULT '',
    deputy     text REFERENCES managers ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    hours      text NOT NULL DEFAULT '',
    pbx        text NOT NULL DEFAULT '',
    place      integer NOT NULL DEFAULT 0
);
COMMENT ON COLUMN managers.team IS 'The group; "group" is a word of SQL';
COMMENT ON COLUMN managers.place IS 'The line in the imported file: people are listed and rung in this order';

-- A customer may name a manager whom the directory does not have (imported first, or gone): then nobody owns them.
CREATE TABLE customers (
    number      text PRIMARY KEY CHECK (number <> ''),
    name        text NOT NULL DEFAULT '',
    manager_id  text,
    do_not_call boolean NOT NULL DEFAULT false,
    changed_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN customers.number IS 'Canonical, as telephony.numbers makes it';
CREATE INDEX customers_by_manager ON customers (manager_id) WHERE manager_id IS NOT NULL;
