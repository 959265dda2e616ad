"""The tracker: channel events in, call events out. Pure: no clock, no log, no await; nothing a PBX says raises.

Theory. A *channel* belongs to a *call* by its linkedid; calls become one when a channel's linkedid changes to another
call's, when a transfer, a pickup, a bridge or a masquerade joins them, or, on Asterisk 11, when one dials the other. A
*leg* is a phone's part and hangs on the channel's name (see `channels`). A call is *answered* when two persons first
hear each other through bridges and Local halves (see `connections`), and *talks* as long as any two do. It ends when
its last channel is gone. What may follow what is in `lifecycle`; what does not fit is a `StateAnomaly`, kept for the
caller, and changes nothing.

`handlers` has the table of events, `core` the steps that they are made of. This is the small engine over both.
"""

from datetime import datetime, timedelta

from telephony.calls.tracking.channels import ChannelRecord
from telephony.calls.tracking.handlers import HANDLERS
from telephony.calls.tracking.lifecycle import CallPhase, StateAnomaly
from telephony.calls.tracking.state import TrackerState
from telephony.calls.tracking.trunks import TrunkRules
from telephony.channel_events import ChannelEvent, ChannelFacts, LiveChannel, PbxSnapshot
from telephony.events import CallEnded, CallEvent
from telephony.model import Call, CallId, PbxName

_LONGEST_TALK = timedelta(days=7)


# Mending the tracker after the link was down.
def mend(core: TrackerState, picture: PbxSnapshot) -> None:
    """Make the records agree with ``picture``. What happened by it is in ``core.told``."""
    living = {live.facts.uniqueid for live in picture.channels}
    for channel in list(core.tables.channels.values()):
        if channel.uniqueid not in living:
            channel.call.repaired = True
            core.remove(channel, picture.lost_at or picture.at, -1)
    for live in sorted(picture.channels, key=_birth):
        found = _known(core, live, picture)
        if found is not None:
            core.note(found, live.facts, _talks_since(live, picture))
            _place(core, found, live, picture)


def _birth(live: LiveChannel) -> tuple[float, bool, int, str]:
    """Order by birth. Ages are told in whole seconds: among equals who called comes first, then who was made first."""
    uniqueid = live.facts.uniqueid
    return -live.age_seconds, uniqueid != live.facts.linkedid, len(uniqueid), uniqueid


def _known(core: TrackerState, live: LiveChannel, picture: PbxSnapshot) -> ChannelRecord | None:
    """The channel's record; a new one is as old as the picture says."""
    known = core.tables.channels.get(live.facts.uniqueid)
    if known is not None:
        return core.channel(live.facts, picture.at)
    born = picture.at - timedelta(seconds=live.age_seconds)  # in whole seconds: it may seem younger than its talk
    return core.channel(live.facts, min(born, _talks_since(live, picture)), late=True)


def _talks_since(live: LiveChannel, picture: PbxSnapshot) -> datetime:
    """When who is in a bridge began to talk, as the PBX knows it; else the picture's time.

    Two who had answered before the link was lost, and were not heard to talk then, came together at a time unknown.
    """
    talked = min(max(picture.talks.get(live.bridge_id, timedelta()), timedelta()), _LONGEST_TALK)
    since = picture.at - talked
    return picture.at if picture.lost_at is not None and since < picture.lost_at else since


def _place(core: TrackerState, channel: ChannelRecord, live: LiveChannel, picture: PbxSnapshot) -> None:
    """Put the channel into the bridge that it is in, or out of the one that it left."""
    bridge_id = "" if live.bridge_id in picture.holding else live.bridge_id
    if bridge_id == (channel.bridge.bridge_id if channel.bridge else ""):
        return
    channel.call.repaired = True
    if bridge_id:
        core.enter(channel, bridge_id, _talks_since(live, picture))
    else:
        core.leave(channel, picture.at)


class Tracker:
    """Tracks the calls of one PBX."""

    def __init__(self, pbx: PbxName, rules: TrunkRules) -> None:
        self.pbx = pbx
        self._core = TrackerState(pbx, rules)
        self.pictured_at: datetime | None = None
        """The PBX's time of the last picture of what lives there; None before the first."""

    def receive(self, event: ChannelEvent) -> list[CallEvent]:
        """Take one event; return what it did to calls, in order."""
        core = self._core
        HANDLERS[type(event)](core, event)
        core.heard_at = event.at
        if not core.told:
            return []
        events, core.told = core.told, []
        return events

    def resync(self, picture: PbxSnapshot) -> list[CallEvent]:
        """Mend what was missed while the link was down: see `telephony.calls.tracking.tracker`."""
        mend(self._core, picture)
        self._core.heard_at = self.pictured_at = picture.at
        events, self._core.told = self._core.told, []
        return events

    def is_guess(self, end: CallEnded) -> bool:
        """Tell of an end that `receive` told last whether nobody heard it: the PBX was found started anew."""
        return end.call.call_id in self._core.guessed

    def take_anomalies(self) -> list[StateAnomaly]:
        """Return what did not fit since the last time, for the log; each with the event's time and channel."""
        taken, self._core.anomalies = self._core.anomalies, []
        return taken

    def call_of(self, facts: ChannelFacts) -> CallId | None:
        """Return which call a living channel belongs to; None for plumbing, and before anything is known of it."""
        channel = self._core.tables.find(facts)
        return CallId(f"{self.pbx}:{channel.call.linkedid}") if channel is not None else None

    def is_empty(self) -> bool:
        """Return whether nothing is tracked now."""
        return self._core.tables.is_empty()

    def living(self, uniqueid: str) -> tuple[str, str, str] | None:
        """Return a living channel's name, its phone's number and what that dialled; None if it is not known."""
        channel = self._core.tables.channels.get(uniqueid)
        if channel is None:
            return None
        leg = channel.leg
        return (channel.name, leg.number, leg.exten) if leg is not None else (channel.name, "", "")

    def on_line(self, uniqueid: str) -> tuple[Call, datetime] | None:
        """Return the call that a living channel is on, and the PBX's time when it was last heard; None if not known."""
        channel = self._core.tables.channels.get(uniqueid)
        if channel is None or self._core.heard_at is None:
            return None
        return self._core.snapshot(channel.call), self._core.heard_at

    def linkedids(self) -> frozenset[str]:
        """Return the linkedids of all that goes on; cheap."""
        return frozenset(self._core.tables.calls)

    def calls_at_the_end(self) -> list[Call]:
        """Snapshots of all calls that a capture leaves open: of some too little is known yet to tell of them live."""
        for call in {id(call): call for call in self._core.tables.calls.values()}.values():
            for leg in call.legs:
                self._core.guess_side(leg, call.started_at)
        self._core.told = []
        return self.calls_in_progress()

    def calls_in_progress(self) -> list[Call]:
        """Snapshots of the calls that have not ended, in order of start."""
        calls = {id(call): call for call in self._core.tables.calls.values() if call.phase is CallPhase.OPEN}
        return [self._core.snapshot(call) for call in sorted(calls.values(), key=lambda call: call.started_at)]
