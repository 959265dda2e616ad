"""What each channel event means: one small function each, and the table that says which.

Every handler first brings the channels that the event names up to date, then takes the one step that it means.
"""

from collections.abc import Callable
from typing import Any, Final

from telephony import channel_events as ce
from telephony.calls.tracking import transfers
from telephony.calls.tracking.connections import left_unseen
from telephony.calls.tracking.learning import learn
from telephony.calls.tracking.lifecycle import AnomalyKind, LegPhase, LegSignal, QueueWaiting
from telephony.calls.tracking.parties import is_mailbox
from telephony.calls.tracking.state import TrackerState


def channel_seen(core: TrackerState, event: ce.ChannelSeen) -> None:
    """A channel was born or changed."""
    at, facts, born = event
    if born and (dead := core.tables.dead_by(facts, at)):
        core.bury(dead, at)
    channel = core.channel(facts, at, late=not born)
    if channel is not None:
        if born:
            channel.seen_born = True
        core.note(channel, facts, at)


def channel_renamed(core: TrackerState, event: ce.ChannelRenamed) -> None:
    """A masquerade's step. Plumbing that takes over a phone (Asterisk 11's AsyncGoto) is that phone from here on."""
    facts = ce.ChannelFacts(event.uniqueid, event.new_name)
    channel = core.tables.channels.get(event.uniqueid)
    if channel is not None:
        core.rename(channel, event.new_name, facts, event.at)
    elif core.tables.by_name(event.new_name) is not None:
        core.channel(facts, event.at)


def channel_hung_up(core: TrackerState, event: ce.ChannelHungUp) -> None:
    """A channel is gone."""
    if core.tables.find(event.channel) is None:
        if core.tables.is_gone(event.channel):
            return  # CEL tells it twice
        core.anomaly(AnomalyKind.NO_CHANNEL, event.at, event.channel.uniqueid, f"hangup of {event.channel.name}")
        return
    channel = core.channel(event.channel, event.at)
    if channel is not None:
        if channel.leg is not None:
            learn(core, channel.leg, event.channel)
            if event.channel.context and channel.leg.incoming and is_mailbox(event.channel.context):
                channel.call.voicemail = True
        core.remove(channel, event.at, event.cause)


def dial_began(core: TrackerState, event: ce.DialBegan) -> None:
    """A phone is asked. Without a dialler the PBX itself began the call."""
    target = core.channel(event.target, event.at) or core.tables.being_called(event.target)
    dialler = core.channel(event.dialler, event.at) if event.dialler else None
    if dialler is not None and event.dialler is not None:
        core.note(dialler, event.dialler, event.at)
    if target is None:
        return
    target.dialler = dialler.uniqueid if dialler else target.uniqueid
    if dialler is not None:
        core.merge(dialler.call, target.call, event.at, keep=dialler.call)
    elif event.dialler is None and not any(leg.incoming for leg in target.call.legs):
        target.call.originated = True
    if target.leg is not None:
        target.leg.dialstring, target.leg.frozen = event.dialstring or target.leg.dialstring, None
        target.leg.dialled_by = dialler.leg if dialler else None
        learn(core, target.leg, event.target)
        core.settle(target.leg, incoming=False, at=event.at)
        core.note(target, event.target, event.at)


def dial_rang(core: TrackerState, event: ce.DialRang) -> None:
    """The phone told that it rings."""
    target = core.channel(event.target, event.at)
    if target is not None and target.leg is not None and target.leg.phase is LegPhase.BORN:
        core.step(target.leg, LegSignal.RINGS, event.at)


def dial_ended(core: TrackerState, event: ce.DialEnded) -> None:
    """A dial is over; without a target it is only known how, on the whole."""
    target = core.tables.find(event.target) if event.target else None
    if target is not None and target.leg is not None:
        target.leg.dialstatus = event.dialstatus
    if event.dialler is None:
        return
    dialler = core.tables.find(event.dialler)
    if dialler is None and target is not None and not target.seen_born:
        dialler = core.channel(event.dialler, event.at, late=True)
    if dialler is None:
        return
    if event.target is None:
        dialler.call.dialstatus = event.dialstatus
    if dialler.leg is not None and dialler.leg.incoming is None and not dialler.seen_born:
        learn(core, dialler.leg, event.dialler)  # a capture that begins in mid-call: who dials called
        core.settle(dialler.leg, incoming=True, at=event.at)


def bridge_entered(core: TrackerState, event: ce.BridgeEntered) -> None:
    """A channel is in a bridge; a holding one connects nobody."""
    channel = core.channel(event.channel, event.at, late=True)
    if channel is None or not event.bridge_id:
        return
    core.note(channel, event.channel, event.at)
    if event.holding:
        core.leave(channel, event.at)
    else:
        core.enter(channel, event.bridge_id, event.at)


def bridge_left(core: TrackerState, event: ce.BridgeLeft) -> None:
    """A channel is out of a bridge. If it was never seen going in, the capture began in the middle of a talk."""
    channel = core.channel(event.channel, event.at, late=True)
    if channel is None:
        return
    if channel.bridge is not None and channel.bridge.bridge_id == event.bridge_id:
        core.leave(channel, event.at)
    elif not channel.seen_born and not event.holding:
        core.note(channel, event.channel, event.at)
        left_unseen(core, channel, event.bridge_id, event.at)


def bridge_gone(core: TrackerState, event: ce.BridgeGone) -> None:
    """Nobody is in this bridge any more."""
    bridge = core.tables.bridges.get(event.bridge_id)
    for channel in list(bridge.members.values()) if bridge else ():
        core.leave(channel, event.at)


def pair_linked(core: TrackerState, event: ce.PairLinked) -> None:
    """Asterisk 11: two channels are connected, which is a bridge of two."""
    first = core.channel(event.first, event.at, late=True)
    second = core.channel(event.second, event.at, late=True)
    if first is None or second is None or first is second:
        return
    core.note(first, event.first, event.at)
    core.note(second, event.second, event.at)
    bridge_id = "+".join(sorted((first.uniqueid, second.uniqueid)))
    if first.bridge is not None and first.bridge is second.bridge:
        return
    core.enter(first, bridge_id, event.at, up=True)
    core.enter(second, bridge_id, event.at, up=True)
    core.guess_transfer(first, event.at)


def pair_unlinked(core: TrackerState, event: ce.PairUnlinked) -> None:
    """Asterisk 11: two channels are connected no longer."""
    both = [core.channel(facts, event.at, late=True) for facts in (event.first, event.second)]
    pair = [channel for channel in both if channel is not None]
    unseen = not any(channel.bridge for channel in pair) and not all(channel.seen_born for channel in pair)
    for channel in pair:
        core.leave(channel, event.at)
    if unseen and len(pair) == len(both):
        core.merge(pair[0].call, pair[1].call, event.at)
        for channel, facts in zip(pair, (event.first, event.second), strict=True):
            core.note(channel, facts, event.at)
            left_unseen(core, channel, "pair", event.at)


def blind_transferred(core: TrackerState, event: ce.BlindTransferred) -> None:
    """The peer was sent elsewhere unasked."""
    transferer = core.channel(event.transferer, event.at)
    transferee = core.channel(event.transferee, event.at) if event.transferee else None
    if transferer is None or not event.succeeded:
        return
    if transferee is not None:
        core.merge(transferer.call, transferee.call, event.at)
    transfer = transfers.blind(event, transferer)
    if not transfers.is_told(transfer, transferer.call) and not transfers.is_parking(transfer, transferer.call):
        core.transferred(transferer.call, transfer)


def attended_transferred(core: TrackerState, event: ce.AttendedTransferred) -> None:
    """The transferer's two calls are one now. By keys it may be told after the transferer's phone has hung up."""
    first = core.channel(event.first, event.at)
    second = core.channel(event.second, event.at)
    target = core.channel(event.target, event.at) if event.target else None
    transferee = core.channel(event.transferee, event.at) if event.transferee else None
    stays = first or transferee
    if stays is None or not event.succeeded:
        return
    by = first.leg if first else next((one for one in stays.call.legs if one.uniqueid == event.first.uniqueid), None)
    transfer = transfers.attended(event.at, by, second, target)
    others = (core.channel(facts, event.at) for facts in event.others if facts)
    for channel in (second, target, transferee, *others):
        if channel is not None:
            core.merge(stays.call, channel.call, event.at)
    if not transfers.is_told(transfer, stays.call):
        core.transferred(stays.call, transfer)


def picked_up(core: TrackerState, event: ce.PickedUp) -> None:
    """Somebody took a call that rang elsewhere: it is that call which goes on."""
    picker = core.channel(event.picker, event.at)
    target = core.channel(event.target, event.at)
    if picker is not None and target is not None:
        core.merge(target.call, picker.call, event.at, keep=target.call)


def parked(core: TrackerState, event: ce.Parked) -> None:
    """A channel waits in a parking lot: nobody hears it, and nobody was handed the call yet."""
    parkee = core.channel(event.parkee, event.at)
    if parkee is not None:
        core.leave(parkee, event.at)
        parkee.call.parked_at = event.at
        transfers.drop_parking(parkee.call)


def unparked(core: TrackerState, event: ce.Unparked) -> None:
    """Whoever fetched the parked call is in it."""
    parkee = core.channel(event.parkee, event.at)
    retriever = core.channel(event.retriever, event.at) if event.retriever else None
    if parkee is not None and retriever is not None:
        core.merge(parkee.call, retriever.call, event.at, keep=parkee.call)


def queue_joined(core: TrackerState, event: ce.QueueJoined) -> None:
    """A caller waits."""
    channel = core.channel(event.channel, event.at, late=True)
    if channel is not None:
        core.note(channel, event.channel, event.at)
        channel.call.queue = event.queue
        channel.call.waiting = QueueWaiting.IN_QUEUE


def queue_left(core: TrackerState, event: ce.QueueLeft) -> None:
    """A caller waits no longer. Asterisk says "abandoned" also when time was up: who asked for the end decides."""
    channel = core.tables.find(event.channel)
    if channel is None or channel.call.waiting is not QueueWaiting.IN_QUEUE:
        return
    asked = channel.leg.asked_to_end if channel.leg else None
    if asked is not None:
        channel.call.waiting = QueueWaiting.NO if asked else QueueWaiting.GAVE_UP
    else:
        channel.call.waiting = QueueWaiting.MAYBE_GAVE_UP if event.abandoned else QueueWaiting.NO


def queue_ended(core: TrackerState, event: ce.QueueEnded) -> None:
    """A queue that lets nobody in, or sends everybody out, says so in a variable only."""
    channel = core.tables.find(event.channel)
    if channel is not None:
        channel.call.queuestatus = event.queuestatus


def hangup_asked(core: TrackerState, event: ce.HangupAsked) -> None:
    """Somebody wants this channel to end; the first who does counts."""
    channel = core.tables.find(event.channel)
    if channel is None or channel.leg is None or channel.leg.asked_to_end is not None:
        return
    channel.leg.asked_to_end = event.by_pbx
    if channel.call.waiting is QueueWaiting.MAYBE_GAVE_UP:  # the call went on after the queue
        channel.call.waiting = QueueWaiting.NO


def recording_started(core: TrackerState, event: ce.RecordingStarted) -> None:
    """The PBX writes a file."""
    channel = core.channel(event.channel, event.at)
    if channel is not None:
        core.recorded(channel, event.path, event.at)


def off_hours_heard(core: TrackerState, event: ce.OffHoursHeard) -> None:
    """The dialplan told the caller that we are closed."""
    channel = core.channel(event.channel, event.at)
    if channel is not None:
        channel.call.off_hours = True


def mailbox_reached(core: TrackerState, event: ce.MailboxReached) -> None:
    """A mailbox took the caller."""
    channel = core.tables.find(event.channel)
    if channel is not None:
        channel.call.voicemail = True


def call_closed(core: TrackerState, event: ce.CallClosed) -> None:
    """No channel with this linkedid is left; but where calls were joined, their channels live on under another."""
    call = core.tables.calls.get(event.linkedid)
    if call is None or call.linkedids != {event.linkedid} or event.uniqueid in core.tables.channels:
        return
    for channel in list(call.channels.values()):
        core.remove(channel, event.at, -1)


def pbx_stopped(core: TrackerState, event: ce.PbxStopped) -> None:
    """No channel is left at all, or none of those from before the start that is told."""
    core.bury(core.tables.born_before(event.started_at), event.at)


HANDLERS: Final[dict[type, Callable[[TrackerState, Any], None]]] = {
    ce.ChannelSeen: channel_seen,
    ce.ChannelRenamed: channel_renamed,
    ce.ChannelHungUp: channel_hung_up,
    ce.DialBegan: dial_began,
    ce.DialRang: dial_rang,
    ce.DialEnded: dial_ended,
    ce.BridgeEntered: bridge_entered,
    ce.BridgeLeft: bridge_left,
    ce.BridgeGone: bridge_gone,
    ce.PairLinked: pair_linked,
    ce.PairUnlinked: pair_unlinked,
    ce.BlindTransferred: blind_transferred,
    ce.AttendedTransferred: attended_transferred,
    ce.PickedUp: picked_up,
    ce.Parked: parked,
    ce.Unparked: unparked,
    ce.QueueJoined: queue_joined,
    ce.QueueLeft: queue_left,
    ce.QueueEnded: queue_ended,
    ce.HangupAsked: hangup_asked,
    ce.RecordingStarted: recording_started,
    ce.OffHoursHeard: off_hours_heard,
    ce.MailboxReached: mailbox_reached,
    ce.CallClosed: call_closed,
    ce.PbxStopped: pbx_stopped,
}
