"""Lines that outlive the customers they serve: an agent who is logged in, a seat in a standing conference. Pure.

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
from telephony.calls.tracking.lifecycle import LegPhase
from telephony.calls.tracking.parties import deciding_trunk

if TYPE_CHECKING:
    from telephony.calls.tracking.state import TrackerState


def lend(call: CallRecord, waiting: CallRecord) -> None:
    """Mark what ``call``, a customer's, is about to take in, if that was a line that waited."""
    if deciding_trunk(call) is None or not _waits(waiting):
        return
    call.lent = True
    for channel in waiting.channels.values():
        channel.lent = True


def _waits(call: CallRecord) -> bool:
    """Tell whether all who are there are up on their own: nobody in it dialled, or was dialled by, anybody."""
    legs = [channel.leg for channel in call.channels.values() if channel.leg is not None]
    if not legs or deciding_trunk(call) is not None:
        return False
    return all(leg.phase is LegPhase.UP and leg.dialled_by is None for leg in legs) and not any(
        leg.dialled_by for leg in call.legs
    )


def resume(core: "TrackerState", call: CallRecord, waiting: CallRecord) -> None:
    """A line that comes back to the customer it left goes on with its part there, instead of having two."""
    if not waiting.at_rest:
        return
    for leg in list(waiting.legs):
        before = next((known for known in call.legs if known.uniqueid == leg.uniqueid), None)
        if before is None or leg.holder is None:
            continue
        waiting.legs.remove(leg)
        before.phase, before.ended_at, before.holder, before.frozen = LegPhase.UP, None, leg.holder, None
        leg.holder.leg = core.tables.legs[before.channel] = before


def part_from_lent(core: "TrackerState", call: CallRecord, at: datetime) -> None:
    """End a call, a channel of which is gone, if nobody but lent lines is left in it."""
    left = list(call.channels.values())
    if left and all(channel.lent for channel in left):
        take_back(core, call, left, at)


def take_back(core: "TrackerState", call: CallRecord, channels: Collection[ChannelRecord], at: datetime) -> None:
    """Take lent lines out of a call that goes on without them, or ends now because nothing of it is left."""
    rest = CallRecord(next(iter(channels)).linkedid, set(), at, at_rest=True)
    legs = [leg for channel in channels if (leg := _step_out(channel, call, rest, at))]
    core.weigh_talk(call, at)
    rest.legs = legs
    for channel in channels:
        call.linkedids.discard(channel.linkedid)
        rest.linkedids.add(channel.linkedid)
        core.tables.calls[channel.linkedid] = rest
    if not call.channels:
        core.end(call, at)
    for leg in legs:
        core.tables.legs[leg.channel] = leg


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
