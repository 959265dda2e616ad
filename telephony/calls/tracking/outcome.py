"""How a call that nobody answered ended, and why.

Each leg that the PBX dialled gives a verdict by its Q.850 cause, or by its dial's result where no cause was told; the
call's is the kindest of them: if one phone rang to the end, nobody was busy. Where nothing was dialled, the caller was
with a machine, and the cause of the caller's own leg tells. That one the PBX set (``Hangup(21)``, ``Congestion()``): it
is never the caller who refused. A PBX that hangs up with an ordinary cause is known by who asked for the end: a caller
whom it had not even answered was turned away; one who was answered heard a menu or an announcement to its end, and
nobody's phone was the reason.
"""

from enum import IntEnum
from typing import Final

from telephony.calls.tracking.channels import CallRecord, LegRecord
from telephony.calls.tracking.lifecycle import QueueWaiting
from telephony.model import Direction, Disposition, MissedReason


class LegVerdict(IntEnum):
    """What became of one dialled leg, the kindest last."""

    UNREACHABLE = 0
    REJECTED = 1
    BUSY = 2
    NO_ANSWER = 3


_BY_CAUSE: Final = {
    17: LegVerdict.BUSY,
    21: LegVerdict.REJECTED,
    **dict.fromkeys((1, 2, 3, 5, 6, 20, 22, 25, 27, 28, 29, 34, 38, 41, 42, 43, 44, 47, 50), LegVerdict.UNREACHABLE),
    **dict.fromkeys((52, 54, 57, 58, 63, 65, 66, 69, 79, 81, 88, 96, 101, 102, 111, 127), LegVerdict.UNREACHABLE),
    **dict.fromkeys((18, 19, 26), LegVerdict.NO_ANSWER),
}
_BY_DIALSTATUS: Final = {
    "BUSY": LegVerdict.BUSY,
    "CONGESTION": LegVerdict.UNREACHABLE,
    "CHANUNAVAIL": LegVerdict.UNREACHABLE,
    "NOANSWER": LegVerdict.NO_ANSWER,
    "CANCEL": LegVerdict.NO_ANSWER,
}
_CALLED_OFF: Final = "CANCEL"
_DROPPED: Final = {**_BY_CAUSE, 21: LegVerdict.UNREACHABLE}
"""By the cause of a leg that called the PBX: why the PBX did not take it."""
_MISSED: Final = {
    LegVerdict.UNREACHABLE: MissedReason.UNREACHABLE,
    LegVerdict.REJECTED: MissedReason.REJECTED,
    LegVerdict.BUSY: MissedReason.BUSY,
    LegVerdict.NO_ANSWER: MissedReason.NO_ANSWER,
}
_BY_QUEUESTATUS: Final = {
    "FULL": MissedReason.BUSY,
    "JOINEMPTY": MissedReason.UNREACHABLE,
    "JOINUNAVAIL": MissedReason.UNREACHABLE,
    "LEAVEEMPTY": MissedReason.UNREACHABLE,
    "LEAVEUNAVAIL": MissedReason.UNREACHABLE,
    "TIMEOUT": MissedReason.NO_ANSWER,
}
_DISPOSITIONS: Final = {
    LegVerdict.UNREACHABLE: Disposition.FAILED,
    LegVerdict.REJECTED: Disposition.REJECTED,
    LegVerdict.BUSY: Disposition.BUSY,
    LegVerdict.NO_ANSWER: Disposition.NO_ANSWER,
}


def outcome_of(
    call: CallRecord, direction: Direction, caller: LegRecord | None
) -> tuple[Disposition, MissedReason | None]:
    """Return how ``call``, which is over, ended."""
    if call.answered_at:
        return Disposition.ANSWERED, None
    verdict = _verdict(call, caller)
    if direction is Direction.INBOUND:
        return Disposition.MISSED, _missed_reason(call, verdict, caller)
    if verdict is None:
        return (Disposition.CANCELLED if caller and caller.answered_at is None else Disposition.NO_ANSWER), None
    if verdict is LegVerdict.NO_ANSWER and _given_up(call, caller):
        return Disposition.CANCELLED, None
    return _DISPOSITIONS[verdict], None


def _missed_reason(call: CallRecord, verdict: LegVerdict | None, caller: LegRecord | None) -> MissedReason:
    if call.off_hours:
        return MissedReason.OFF_HOURS
    if call.waiting is not QueueWaiting.NO:
        return MissedReason.ABANDONED_WAITING
    if verdict is None:
        return _BY_QUEUESTATUS.get(call.queuestatus) or _with_a_machine(call, caller)
    return _MISSED[verdict]


def _with_a_machine(call: CallRecord, caller: LegRecord | None) -> MissedReason:
    if call.voicemail:
        return MissedReason.VOICEMAIL
    turned_away = caller is not None and caller.asked_to_end is True and caller.answered_at is None
    return MissedReason.UNREACHABLE if turned_away else MissedReason.ABANDONED_MENU


def _verdict(call: CallRecord, caller: LegRecord | None) -> LegVerdict | None:
    """The kindest verdict over the dialled legs, else that of the caller's own leg; None if it says nothing."""
    dialled = [leg for leg in call.legs if leg is not caller and leg.incoming is False]
    if dialled:
        kindest = max(map(_of_leg, dialled))
        called_off = call.dialstatus == _CALLED_OFF and kindest is LegVerdict.UNREACHABLE
        return LegVerdict.NO_ANSWER if called_off else kindest
    if call.dialstatus in _BY_DIALSTATUS:
        return _BY_DIALSTATUS[call.dialstatus]
    if caller is None:
        return None
    if caller.incoming is False:  # the PBX rang them
        return _BY_CAUSE.get(caller.hangup_cause, LegVerdict.NO_ANSWER)
    return _DROPPED.get(caller.hangup_cause)


def _of_leg(leg: LegRecord) -> LegVerdict:
    """By its cause; a channel whose dial was called off may tell any (127 of Asterisk 22, for a SIP 487 or 500)."""
    by_cause, by_dial = _BY_CAUSE.get(leg.hangup_cause), _BY_DIALSTATUS.get(leg.dialstatus)
    rang_out = by_dial is LegVerdict.NO_ANSWER and (leg.rang_at is not None or leg.dialstatus == _CALLED_OFF)
    reached = leg.answered_at is not None or rang_out
    if by_cause is not None and not (reached and by_cause is LegVerdict.UNREACHABLE):
        return by_cause
    if by_dial is not None:
        return by_dial
    return LegVerdict.NO_ANSWER


def _given_up(call: CallRecord, caller: LegRecord | None) -> bool:
    """The caller hung up before the phone's or the network's time was over."""
    statuses = {leg.dialstatus for leg in call.legs if leg is not caller and leg.incoming is False} | {call.dialstatus}
    if "NOANSWER" in statuses:
        return False
    return "CANCEL" in statuses
