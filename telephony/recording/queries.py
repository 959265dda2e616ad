"""The named queries of telephony/recording/recordings.sql."""

from pathlib import Path
from typing import Final, NamedTuple

from telephony.postgres.queries import load


class RecordingSql(NamedTuple):
    """One field a query; what it does is told in the file."""

    open_call: str
    add_recording: str
    move_recordings: str
    move_orders: str
    forget_call: str
    end_call: str
    end_lost_calls: str
    claim: str
    next_due: str
    recordings_to_convert: str
    saw_bytes: str
    keep_recording: str
    judge_recording: str
    untried: str
    judge_call: str
    later: str
    finish_call: str
    original_gone: str
    open_tapes: str
    open_orders: str
    add_order: str
    orders: str
    raise_call_alarm: str
    raise_house_alarm: str
    clear_house_alarm: str
    clear_alarm: str
    clear_call_alarms: str
    hold: str
    claim_old: str
    leftovers: str
    forget_leftover: str
    old_messages: str
    forget_message: str
    claim_for_deletion: str
    deleted: str
    log_deletion: str


SQL: Final = load(Path(__file__).with_name("recordings.sql"), RecordingSql)
