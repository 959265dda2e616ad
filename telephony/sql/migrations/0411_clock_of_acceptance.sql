-- Whether the clock was set back since a customer was dialled: whoever judges the talk may be another process.

ALTER TABLE callback_attempts
    ADD COLUMN clock_zero timestamptz,
    ADD COLUMN clock_machine text NOT NULL DEFAULT '';
COMMENT ON COLUMN callback_attempts.clock_zero IS 'When its machine was started by the clock that the acceptance was noted by; an earlier one later tells of a clock that was set back';
COMMENT ON COLUMN callback_attempts.clock_machine IS 'Which start of which machine that is';
