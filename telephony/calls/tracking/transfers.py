"""Who handed a call over to whom.

Asterisk 12 and later tell each transfer by an event of its own. Asterisk 11 tells only those that a phone asked for by
SIP REFER; one made by keys shows in the channels alone: a person who talked to B is linked to C, whom B had called.
That is guessed here, and only where no event told it.
"""

from datetime import datetime, timedelta
from typing import Final

from telephony.calls.tracking.channels import CallRecord, ChannelRecord, LegRecord, endpoint_of
from telephony.calls.tracking.lifecycle import LegPhase
from telephony.calls.tracking.parties import is_diallable, number_of
from telephony.channel_events import BlindTransferred
from telephony.model import Transfer, TransferKind

_SAME: Final = timedelta(seconds=2)


def blind(event: BlindTransferred, transferer: ChannelRecord) -> Transfer:
    """A blind transfer by ``transferer``."""
    return Transfer(TransferKind.BLIND, _number(transferer.leg), event.exten, event.at)


def attended(
    at: datetime, first: LegRecord | None, second: ChannelRecord | None, target: ChannelRecord | None
) -> Transfer:
    """An attended transfer, or a blonde one if the target had not answered yet.

    ``first`` is the transferer's part in the first call. ``target`` may be unknown (Asterisk 11 does not tell it): then
    it is whom the second leg dialled.
    """
    leg = target.leg if target and target.leg else _dialled_by(second or target)
    answered = leg is not None and leg.phase is LegPhase.UP
    kind = TransferKind.ATTENDED if answered else TransferKind.BLONDE
    return Transfer(kind, _number(first), _asked_for(first, second) or _number(leg), at)


def _asked_for(first: LegRecord | None, second: ChannelRecord | None) -> str:
    """What the transferer dialled on the second line; nothing if it was called there itself, or used keys."""
    if second is None or second.leg is None or first is None or second.leg is first or not second.leg.incoming:
        return ""
    exten = second.leg.exten
    return exten if is_diallable(exten) and _same_phone(first, second.leg) else ""


def is_told(transfer: Transfer, call: CallRecord) -> bool:
    """Return whether the call has this transfer already: Asterisk may tell one twice."""
    return any(
        known.by == transfer.by and known.to == transfer.to and abs(transfer.at - known.at) < _SAME
        for known in call.transfers
    )


def _dialled_by(second: ChannelRecord | None) -> LegRecord | None:
    """The last leg that ``second``'s own call rang, or, if that phone was called itself, who called it."""
    if second is None:
        return None
    others = [leg for leg in second.call.legs if leg is not second.leg and leg.ended_at is None]
    dialled = [leg for leg in others if leg.holder and leg.holder.dialler == second.uniqueid]
    return next(reversed(dialled or others), None)


def _number(leg: LegRecord | None) -> str:
    return number_of(leg, leg.call) if leg else ""


def is_parking(transfer: Transfer, call: CallRecord) -> bool:
    """Return a call that was parked by a blind transfer to the parking lot's number: that is no hand-over.

    Asterisk tells the parking before the transfer, or after it.
    """
    at = call.parked_at
    return at is not None and transfer.kind is TransferKind.BLIND and abs(at - transfer.at) < _SAME


def drop_parking(call: CallRecord) -> None:
    """Take back a transfer that turned out to be a parking."""
    if call.transfers and is_parking(call.transfers[-1], call):
        call.transfers.pop()


def guess(at: datetime, one: LegRecord | None, other: LegRecord | None) -> Transfer | None:
    """Return whether linking these two legs completes a transfer without an event (Asterisk 11); note who met whom."""
    if one is None or other is None:
        return None
    found = _handed_over(at, one, other) or _handed_over(at, other, one)
    if one is not other:
        one.last_peer, other.last_peer = other, one
    return found


def _handed_over(at: datetime, held: LegRecord, target: LegRecord) -> Transfer | None:
    """``held`` talked to somebody whose phone also talked to ``target``, or rang it."""
    between = held.last_peer
    if between is None or between is target:
        return None
    asked, met = target.dialled_by, target.last_peer
    second = next((leg for leg in (met, asked) if leg is not None and _same_phone(leg, between)), None)
    if second is None:
        return None
    by, to = _number(second if second.incoming else between), _number(target)
    if any(known.by == by and known.to in {to, _number(held)} for known in held.call.transfers):
        return None
    return Transfer(TransferKind.ATTENDED if met else TransferKind.BLONDE, by, to, at)


def _same_phone(one: LegRecord, other: LegRecord) -> bool:
    return one is other or endpoint_of(one.channel) == endpoint_of(other.channel)
