"""Two calls that turned out to be one conversation.

The customer's call stays: the one that has a leg on a trunk, the earlier of two such, else the earlier. What the other
one heard is taken over: channels, legs in order of their start, transfers, recordings. Its talk is not added, since a
consultation runs while the customer is on hold, which is talk already; unless it is all the talk there was.

Some lines outlive the customers they serve: an agent who is logged in, a seat in a standing conference.

Such a line is a call of its own that waits: somebody called the PBX (AgentLogin, MeetMe, ConfBridge) or was called by
it, and nobody was dialled for them. When a customer's call joins it, by a bridge or by a linkedid, it is *lent* to that
call: its part there ends when it leaves the customer, and the customer's call ends when nobody but lent lines is left.
In between the line is *at rest*, in a record that opens no call, so that the next customer finds it free. Without this
all customers of one agent's day would be one call that ends at night.
"""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from telephony.calls.tracking.channels import CallRecord, ChannelKind, ChannelRecord, LegRecord
from telephony.calls.tracking.connections import weigh_talk
from telephony.calls.tracking.lifecycle import LegPhase, QueueWaiting
from telephony.calls.tracking.parties import deciding_trunk
from telephony.model import CallKind

if TYPE_CHECKING:
    from telephony.calls.tracking.state import TrackerState


def customers_first(one: CallRecord, other: CallRecord, met: datetime | None = None) -> tuple[CallRecord, CallRecord]:
    """Order two calls: the one that stays, the one that it absorbs. ``met``: since when their bridge has been there.

    Where nobody is from outside, a colleague who calls a line that waits has a call of their own, too: a bridge that
    was made for it tells that from a room where somebody sat before.
    """
    older, newer = sorted((one, other), key=lambda call: call.started_at)
    made_for_it = met is not None and older.started_at < newer.started_at <= met
    if made_for_it and deciding_trunk(one) is None and deciding_trunk(other) is None and _waits(older):
        return newer, older
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
    call.waiting = other.waiting if call.waiting is QueueWaiting.NO else call.waiting
    call.queuestatus = call.queuestatus or other.queuestatus
    call.off_hours = call.off_hours or other.off_hours
    call.extens |= other.extens
    call.repaired = call.repaired or other.repaired
    call.dialstatus = call.dialstatus or other.dialstatus


def _absorb_talk(call: CallRecord, other: CallRecord) -> None:
    trunk = deciding_trunk(call)
    if call.answered_at is None and not (trunk and trunk.incoming):
        call.answered_at, call.answerer = other.answered_at, other.answerer
        call.talk, call.talking_since = other.talk, other.talking_since
    other.talking_since = None
    call.talked_last = call.talked_last or other.talked_last


def lend(call: CallRecord, waiting: CallRecord) -> None:
    """Mark what ``call``, a customer's or a colleague's, is about to take in, if that was a line that waited."""
    if (deciding_trunk(call) is None and call.started_at <= waiting.started_at) or not _waits(waiting):
        return
    call.lent = True
    for channel in waiting.channels.values():
        channel.lent = True


def _waits(call: CallRecord) -> bool:
    """Return whether all who are there are up on their own: nobody in it dialled, or was dialled by, anybody."""
    legs = [channel.leg for channel in call.channels.values() if channel.leg is not None]
    if not legs or deciding_trunk(call) is not None:
        return False
    return all(leg.phase is LegPhase.UP and leg.dialled_by is None for leg in legs) and not any(
        leg.dialled_by for leg in call.legs
    )


def resume(state: "TrackerState", call: CallRecord, waiting: CallRecord) -> None:
    """A line that comes back to the customer it left goes on with its part there, instead of having two."""
    if not waiting.at_rest:
        return
    for leg in list(waiting.legs):
        before = next((known for known in call.legs if known.uniqueid == leg.uniqueid), None)
        if before is None or leg.holder is None:
            continue
        waiting.legs.remove(leg)
        if state.tables.legs.get(leg.channel) is leg:
            del state.tables.legs[leg.channel]
        before.phase, before.ended_at, before.holder, before.frozen = LegPhase.UP, None, leg.holder, None
        leg.holder.leg = state.tables.legs[before.channel] = before


def part_from_lent(state: "TrackerState", call: CallRecord, at: datetime) -> None:
    """End a call, a channel of which is gone, if nobody but lent lines is left in it."""
    left = list(call.channels.values())
    if left and all(channel.lent for channel in left):
        take_back(state, call, left, at)


def take_back(state: "TrackerState", call: CallRecord, channels: Collection[ChannelRecord], at: datetime) -> None:
    """Take lent lines out of a call that goes on without them, or ends now because nothing of it is left."""
    rest = CallRecord(next(iter(channels)).linkedid, set(), at, at_rest=True)
    legs = [leg for channel in channels if (leg := _step_out(channel, call, rest, at))]
    weigh_talk(state, call, at)
    rest.legs = legs
    for channel in channels:
        call.linkedids.discard(channel.linkedid)
        rest.linkedids.add(channel.linkedid)
        state.tables.calls[channel.linkedid] = rest
    if not call.channels:
        state.end(call, at)
    for leg in legs:
        state.tables.legs[leg.channel] = leg


def _step_out(channel: ChannelRecord, call: CallRecord, rest: CallRecord, at: datetime) -> LegRecord | None:
    """Move one channel; its part in the call ends, and a part of the same phone waits for the next."""
    call.channels.pop(channel.uniqueid, None)
    rest.channels[channel.uniqueid] = channel
    channel.call, channel.lent = rest, False
    old = channel.leg
    if old is None or channel.kind is not ChannelKind.PARTY:
        return None
    old.phase, old.ended_at, old.holder, old.frozen = LegPhase.GONE, max(at, old.started_at), None, None
    channel.leg = LegRecord(
        old.channel, old.uniqueid, at, old.origin, rest, channel, LegPhase.UP, old.number, old.name, old.context
    )
    channel.leg.incoming, channel.leg.trunk, channel.leg.answered_at = old.incoming, old.trunk, at
    return channel.leg
