-- Who talked with the customer last, which after a hand-over is not who answered; what an outbound call's trunk was asked for,
-- which behind an outside prefix is not what the phone dialled; and a caller who was with a mailbox.

ALTER TABLE calls
    ADD COLUMN talked_last_number  text,
    ADD COLUMN talked_last_name    text,
    ADD COLUMN talked_last_channel text,
    ADD COLUMN asked               text NOT NULL DEFAULT '',
    ADD CONSTRAINT last_talker_is_whole CHECK (num_nulls(talked_last_number, talked_last_name, talked_last_channel) IN (0, 3)),
    DROP CONSTRAINT calls_missed_reason_check,
    ADD CONSTRAINT calls_missed_reason_check CHECK (missed_reason IN (
        'no_answer', 'busy', 'abandoned_waiting', 'abandoned_menu', 'off_hours', 'unreachable', 'rejected', 'voicemail')) NOT VALID;

COMMENT ON COLUMN calls.manager IS 'The person of ours who talked with the customer last, or who called; canonical; empty if nobody did';
COMMENT ON COLUMN calls.talked_last_number IS 'Who of ours talked with the customer last; answered_by_number is who did first';
COMMENT ON COLUMN calls.asked IS 'The number that an outbound call''s trunk was asked for, as told; empty if nothing told it';

CREATE OR REPLACE VIEW published.calls AS
SELECT call_id, pbx, linkedid, direction, kind, caller_number, caller_name, dialed, trunk, queue, customer, did, manager,
       started_at, answered_at, ended_at, disposition, missed_reason,
       answered_by_number, answered_by_name, answered_by_channel,
       extract(epoch FROM coalesce(answered_at, ended_at) - started_at)::float8 AS wait_seconds,
       extract(epoch FROM talk)::float8 AS talk_seconds,
       repaired, changed_at, talked_last_number, talked_last_name, talked_last_channel
FROM calls;
