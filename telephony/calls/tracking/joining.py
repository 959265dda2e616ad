"""Two calls that turned out to be one conversation.

The customer's call stays: the one that has a leg on a trunk, the earlier of two such, else the earlier. What the other
one heard is taken over: channels, legs in order of their start, transfers, recordings. Its talk is not added, since a
consultation runs while the customer is on hold, which is talk already; unless it is all the talk there was.
"""

from datetime import datetime

from telephony.calls.tracking.channels import CallRecord
from telephony.calls.tracking.lifecycle import Waiting
from telephony.calls.tracking.parties import deciding_trunk
from telephony.model import CallKind


def customers_first(one: CallRecord, other: CallRecord) -> tuple[CallRecord, CallRecord]:
    """Order two calls: the one that stays, the one that it absorbs."""
    return (one, other) if _rank(one) <= _rank(other) else (other, one)


def _rank(call: CallRecord) -> tuple[bool, datetime]:
    trunk = deciding_trunk(call)
    return (trunk is None, trunk.started_at if trunk else call.started_at)


def absorb(call: CallRecord, other: CallRecord) -> None:
    """Move everything of ``other`` into ``call``."""
    _absorb_talk(call, other)
    call.linkedids |= other.linkedids
    for channel in other.channels.values():
        channel.call = call
    call.channels.update(other.channels)
    other.channels = {}
    for leg in other.legs:
        leg.call, leg.frozen = call, None
    call.legs = sorted((*call.legs, *other.legs), key=lambda leg: leg.started_at)
    call.transfers = sorted((*call.transfers, *other.transfers), key=lambda transfer: transfer.at)
    known = {segment.path for segment in call.recordings}
    call.recordings += [segment for segment in other.recordings if segment.path not in known]
    call.queue = call.queue or other.queue
    call.ours = other.ours if call.ours is CallKind.ORDINARY else call.ours
    call.waiting = other.waiting if call.waiting is Waiting.NO else call.waiting
    call.queuestatus = call.queuestatus or other.queuestatus
    call.off_hours = call.off_hours or other.off_hours
    call.repaired = call.repaired or other.repaired
    call.dialstatus = call.dialstatus or other.dialstatus


def _absorb_talk(call: CallRecord, other: CallRecord) -> None:
    trunk = deciding_trunk(call)
    if call.answered_at is None and not (trunk and trunk.incoming):
        call.answered_at, call.answerer = other.answered_at, other.answerer
        call.talk, call.talking_since = other.talk, other.talking_since
    other.talking_since = None
    call.talked_last = call.talked_last or other.talked_last
