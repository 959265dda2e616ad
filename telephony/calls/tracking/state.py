"""What the tracker does to its records: one step each, always leaving them consistent, always telling what it did.

The handlers (`telephony.calls.tracking.handlers`) decide which steps an event means; this module knows none of the
events.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from telephony.calls.tracking import transfers
from telephony.calls.tracking.channels import CallRecord, ChannelKind, ChannelRecord, LegRecord
from telephony.calls.tracking.connections import weigh_talk, who
from telephony.calls.tracking.index import MOST_CHANNELS, CallIndex
from telephony.calls.tracking.joining import absorb, customers_first, lend, part_from_lent, resume, take_back
from telephony.calls.tracking.learning import join_waiting, learn
from telephony.calls.tracking.lifecycle import (
    AnomalyKind,
    CallPhase,
    CallSignal,
    LegPhase,
    LegSignal,
    StateAnomaly,
    next_call_phase,
    next_leg_phase,
)
from telephony.calls.tracking.parties import (
    is_diallable,
    maker,
    number_of,
    snapshot,
)
from telephony.calls.tracking.trunks import TrunkRules
from telephony.channel_events import ChannelFacts
from telephony.events import (
    CallEnded,
    CallEvent,
    CallMerged,
    CallRecorded,
    CallRinging,
    CallStarted,
    CallTransferred,
)
from telephony.model import Call, CallId, ChannelName, PbxName, RecordingSegment, Transfer, Uniqueid

DOWN: Final = 0
RING: Final = 4
RINGING: Final = 5
UP: Final = 6
_PERSONS: Final = 2
_NOT_UP: Final = frozenset({LegPhase.BORN, LegPhase.RINGING})
_ANOMALIES_KEPT: Final = 1000
_call_started, _call_ringing, _call_ended = maker(CallStarted), maker(CallRinging), maker(CallEnded)


class TrackerState:
    """The records of one PBX and the steps on them. ``told`` collects what happened to calls."""

    def __init__(self, pbx: PbxName, rules: TrunkRules) -> None:
        self.pbx = pbx
        self.rules = rules
        self.tables = CallIndex()
        self.told: list[CallEvent] = []
        self.anomalies: list[StateAnomaly] = []
        self.tells_linkedids = False
        """Asterisk 12 and later."""
        self.heard_at: datetime | None = None
        """The time of the event before the one that is heard now."""
        self.guessed: frozenset[CallId] = frozenset()
        """The calls that ended when channels were found dead last."""

    def anomaly(self, kind: AnomalyKind, at: datetime, uniqueid: str, detail: str) -> None:
        """Keep something unexpected for the log."""
        if len(self.anomalies) < _ANOMALIES_KEPT:
            self.anomalies.append(StateAnomaly(kind, at, uniqueid, detail))

    def snapshot(self, call: CallRecord) -> Call:
        """The ledger's view of a call as it stands."""
        return snapshot(call, self.pbx)

    # --- channels and legs --------------------------------------------------------------------------------------------

    def channel(self, facts: ChannelFacts, at: datetime, *, late: bool = False) -> ChannelRecord | None:
        """Find the channel or put it down; None for plumbing and for what is gone. ``late``: its birth was missed."""
        channel = self.tables.channels.get(facts.uniqueid) or self.tables.find(facts)
        if channel is None:
            return self._put_down(facts, at, late=late)
        if facts is not channel.heard:
            self._keep_up(channel, facts, at)
        return channel

    def _keep_up(self, channel: ChannelRecord, facts: ChannelFacts, at: datetime) -> None:
        channel.heard = facts
        if facts.name and facts.name != channel.name:
            self.rename(channel, facts.name, facts, at)
        if facts.linkedid and facts.linkedid != channel.linkedid:
            other = self.tables.relink(channel, facts.linkedid)
            if other is not None:
                self.merge(channel.call, other, at)

    def _put_down(self, facts: ChannelFacts, at: datetime, *, late: bool) -> ChannelRecord | None:
        if not self.tables.may_be_born(facts):
            return None
        if len(self.tables.channels) >= MOST_CHANNELS:
            self.anomaly(AnomalyKind.TOO_MANY, at, facts.uniqueid, facts.name)
            return None
        channel = self.tables.add(facts, at)
        if facts.linkedid:
            self.tells_linkedids = True
        if late:
            channel.call.repaired = True
        if channel.leg is not None and channel.leg.call is not channel.call:
            self.merge(channel.call, channel.leg.call, at)
        return channel

    def note(self, channel: ChannelRecord, facts: ChannelFacts, at: datetime) -> None:
        """Let the leg learn what the facts say, and step on by its state."""
        leg = channel.leg
        if leg is None or facts is leg.noted:
            return
        leg.noted = facts
        learn(self, leg, facts)
        state = facts.state
        if state != channel.state and state >= 0:
            before, channel.state = channel.state, state
            if state >= RING:
                self._note_state(channel, leg, before, at)

    def _note_state(self, channel: ChannelRecord, leg: LegRecord, before: int, at: datetime) -> None:
        state = channel.state
        if state == RING:
            self.settle(leg, incoming=True, at=at)
        elif state == RINGING:
            if not self.tells_linkedids and leg.connected_number:
                join_waiting(self, channel, leg, at)
            self.step(leg, LegSignal.RINGS, at)
        elif state == UP:
            if leg.incoming is None and channel.uniqueid == channel.linkedid:
                # One that lay down and is up without having asked for anything was called by the PBX (Originate).
                asked = before != DOWN or is_diallable(leg.exten)
                self.settle(leg, incoming=asked, at=at)
            self.step(leg, LegSignal.ANSWERS, at)
            if channel.bridge is not None:
                weigh_talk(self, channel.call, at)

    def settle(self, leg: LegRecord, *, incoming: bool, at: datetime) -> None:
        """It is known now whether the phone called or was called: with that, whether it is a trunk."""
        if leg.incoming is None:
            leg.incoming, leg.frozen = incoming, None
            leg.trunk = self.rules.is_trunk(leg)
        self.open(leg.call, at)

    def guess_side(self, leg: LegRecord, at: datetime) -> None:
        """Settle a leg that ends, or whose capture does, before its side was told: who asked for a number called."""
        if leg.incoming is None:
            self.settle(leg, incoming=leg.uniqueid in leg.call.linkedids and is_diallable(leg.exten), at=at)

    def step(self, leg: LegRecord, signal: LegSignal, at: datetime) -> None:
        """Move a leg on, if the table allows it."""
        phase = next_leg_phase(leg.phase, signal)
        if phase is None:
            self.anomaly(AnomalyKind.UNEXPECTED_TRANSITION, at, leg.uniqueid, f"{leg.phase.name} {signal.name}")
            return
        if phase is leg.phase:
            return
        leg.phase, leg.frozen = phase, None
        if phase is LegPhase.RINGING:
            leg.rang_at = max(at, leg.started_at)
            self.settle(leg, incoming=False, at=at)
            name, uniqueid = who(leg)
            call = self.snapshot(leg.call)
            number = leg.frozen.number if leg.frozen else number_of(leg, leg.call)
            self.told.append(_call_ringing(call, at, name, uniqueid, number))
        elif phase is LegPhase.UP:
            leg.answered_at = max(at, leg.rang_at or leg.started_at)
            self.open(leg.call, at)

    def rename(self, channel: ChannelRecord, name: str, facts: ChannelFacts, at: datetime) -> None:
        """Give a channel another name; a phone's name brings that phone's leg, and its call, along."""
        if not self.tables.rename(channel, name, facts, at):
            return
        leg = channel.leg
        if leg is not None and leg.call is not channel.call:
            self.merge(channel.call, leg.call, at)
        weigh_talk(self, channel.call, at)
        self.guess_transfer(channel, at)

    def guess_transfer(self, channel: ChannelRecord, at: datetime) -> None:
        """Asterisk 11: look whether a transfer that no event told is complete now that ``channel`` met somebody."""
        others = channel.bridge.members.values() if channel.bridge is not None else ()
        for other in others:
            guessed = transfers.guess(at, channel.leg, other.leg) if other is not channel else None
            if guessed is not None:
                self.transferred(channel.call, guessed)

    def remove(self, channel: ChannelRecord, at: datetime, cause: int) -> None:
        """A channel is gone; its leg ends with it, and the call with its last channel."""
        call, was_heard = channel.call, channel.bridge is not None
        leg = self.tables.remove(channel)
        if leg is not None:
            self.guess_side(leg, at)
            self.step(leg, LegSignal.HANGS_UP, at)
            leg.ended_at = max(at, leg.answered_at or leg.rang_at or leg.started_at)
            leg.hangup_cause, leg.frozen = cause, None
            self.open(call, at)
        if was_heard or channel.kind is ChannelKind.LOCAL:
            weigh_talk(self, call, at)
        if call.lent:
            part_from_lent(self, call, at)
        if not call.channels:
            self.end(call, at)

    def bury(self, dead: Iterable[ChannelRecord], at: datetime) -> None:
        """Remove channels that are found dead. They may have lived until the PBX was last heard, and not until now."""
        calls = set()
        last = min(at, self.heard_at or at)
        for channel in dead:
            channel.call.repaired = True
            calls.add(channel.call)
            self.remove(channel, last, -1)
        self.guessed = frozenset(CallId(f"{self.pbx}:{call.linkedid}") for call in calls if call.ended_at is not None)

    # --- bridges and talk ---------------------------------------------------------------------------------------------

    def enter(self, channel: ChannelRecord, bridge_id: str, at: datetime, *, up: bool = False) -> None:
        """Put a channel into a bridge; whoever is there already is in the same conversation.

        A phone may stand in a bridge while it rings. It is ``up`` where the event itself says so, or where nothing
        ever told its state.
        """
        if channel.bridge is not None:
            self.leave(channel, at)
        bridge = self.tables.enter_bridge(channel, bridge_id, at)
        leg = channel.leg
        if leg is not None:
            leg.met = True
            if (up or channel.state < 0) and leg.phase in _NOT_UP:
                self.step(leg, LegSignal.ANSWERS, at)
        for member in bridge.members.values():
            if member.call is not channel.call:
                self.merge(member.call, channel.call, at, met=bridge.since)
        weigh_talk(self, channel.call, at)

    def leave(self, channel: ChannelRecord, at: datetime) -> None:
        """Take a channel out of its bridge, if it is in one; a lent one is free for the next customer then."""
        if channel.bridge is not None:
            self.tables.leave_bridge(channel)
            weigh_talk(self, channel.call, at)
            if channel.lent:
                take_back(self, channel.call, [channel], at)

    # --- calls --------------------------------------------------------------------------------------------------------

    def open(self, call: CallRecord, at: datetime) -> None:
        """Tell of a call, once there is something to tell."""
        if call.phase is CallPhase.FORMING and call.legs and not call.at_rest:
            call.phase = CallPhase.OPEN
            self.told.append(_call_started(self.snapshot(call), at))

    def end(self, call: CallRecord, at: datetime) -> None:
        """Nothing of the call goes on."""
        was_open = call.phase is CallPhase.OPEN
        phase = next_call_phase(call.phase, CallSignal.LAST_CHANNEL_GONE)
        if phase is None:
            return
        call.phase = phase
        call.ended_at = max(at, call.started_at)
        for leg in call.legs:
            if leg.ended_at is None:
                leg.ended_at, leg.frozen = at, None
        self.tables.forget_call(call)
        if was_open:
            self.told.append(_call_ended(self.snapshot(call), at))
        call.legs.clear()  # they know their call: left so, only a garbage collection would free the two

    def merge(
        self,
        one: CallRecord,
        other: CallRecord,
        at: datetime,
        *,
        keep: CallRecord | None = None,
        met: datetime | None = None,
    ) -> None:
        """Make one call of two. ``keep`` stays, where that is known; else the customer's does (``met``: see there)."""
        if one is other:
            return
        call, gone = customers_first(one, other, met) if keep is None else (keep, other if keep is one else one)
        if call.at_rest and not gone.at_rest:
            call, gone = gone, call  # a line at rest has told nothing of itself, and cannot go on for a call that has
        if keep is None:
            lend(call, gone)
            resume(self, call, gone)
        was_open = gone.phase is CallPhase.OPEN
        gone.phase = CallPhase.ABSORBED
        absorb(call, gone)
        for linkedid in gone.linkedids:
            self.tables.calls[linkedid] = call
        if was_open:
            self.open(call, at)
            self.told.append(CallMerged(self.snapshot(call), at, CallId(f"{self.pbx}:{gone.linkedid}")))
        weigh_talk(self, call, at)

    def transferred(self, call: CallRecord, transfer: Transfer) -> None:
        """Note a transfer and tell of it."""
        call.transfers.append(transfer)
        self.open(call, transfer.at)
        if call.phase is CallPhase.OPEN:
            self.told.append(CallTransferred(self.snapshot(call), transfer.at, transfer))

    def recorded(self, channel: ChannelRecord, path: str, at: datetime) -> None:
        """Note a recording file and tell of it; the same file once only."""
        call = channel.call
        if any(segment.path == path for segment in call.recordings):
            return
        segment = RecordingSegment(path, ChannelName(channel.name), Uniqueid(channel.uniqueid), at)
        call.recordings.append(segment)
        self.open(call, at)
        if call.phase is CallPhase.OPEN:
            self.told.append(CallRecorded(self.snapshot(call), at, segment))
