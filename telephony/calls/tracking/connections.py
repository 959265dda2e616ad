"""Who can hear whom now.

Two channels hear each other if they are in the same bridge, or if Local halves join their bridges: what enters
``Local/x;1`` comes out of ``Local/x;2``. Holding bridges are never among the records, so waiting rooms connect nobody;
nor does a Local half whose other half sits in an IVR. A phone that only rings may stand in a bridge, too (early media,
ARI): it hears nobody until it is picked up. Who called is there from the beginning, answered by the PBX or not; but
two who called and whom nobody answered are not two persons in a talk.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from telephony.calls.tracking.channels import CallRecord, ChannelKind, ChannelRecord, LegRecord
from telephony.calls.tracking.lifecycle import LegPhase
from telephony.calls.tracking.parties import caller_leg, customers_leg, deciding_trunk
from telephony.events import CallAnswered
from telephony.model import ChannelName, Uniqueid

if TYPE_CHECKING:
    from telephony.calls.tracking.state import TrackerState

_TWO: Final = 2
_DOWN, _UP = 0, 6
HalfOf = Callable[[ChannelRecord], ChannelRecord | None]
"""Finds the other half of a Local channel."""


def connected(start: ChannelRecord, half_of: HalfOf, enough: int = 1 << 30) -> list[LegRecord]:
    """The legs that hear each other around ``start``, itself included; stops once ``enough`` are found.

    None where nobody is up.
    """
    seen = {start.uniqueid}
    waiting = [start]
    legs: list[LegRecord] = []
    somebody_is_up = False
    while waiting:
        channel = waiting.pop()
        if channel.bridge is None:
            continue
        leg = channel.leg
        if leg is not None and channel.kind is ChannelKind.PARTY:
            if leg.phase is LegPhase.UP:
                somebody_is_up = True
                legs.append(leg)
            elif leg.incoming:
                legs.append(leg)
            if somebody_is_up and len(legs) >= enough:
                return legs
        for neighbour in _neighbours(channel, half_of):
            if neighbour.uniqueid not in seen:
                seen.add(neighbour.uniqueid)
                waiting.append(neighbour)
    return legs if somebody_is_up else []


def two_connected(channels: Iterable[ChannelRecord], half_of: HalfOf) -> bool:
    """Return whether any two persons among ``channels`` hear each other. Who is alone in a bridge hears nobody."""
    for channel in channels:
        bridge = channel.bridge
        if bridge is None or len(bridge.members) < _TWO or channel.kind is not ChannelKind.PARTY:
            continue
        if len(connected(channel, half_of, enough=_TWO)) >= _TWO:
            return True
    return False


def _neighbours(channel: ChannelRecord, half_of: HalfOf) -> Iterable[ChannelRecord]:
    if channel.bridge is not None:
        yield from channel.bridge.members.values()
    if channel.kind is ChannelKind.LOCAL:
        half = half_of(channel)
        if half is not None:
            yield half


def weigh_talk(state: "TrackerState", call: CallRecord, at: datetime) -> None:
    """Look whether two persons hear each other now; begin or end the talk accordingly."""
    talking = two_connected(call.channels.values(), state.tables.half_of)
    if talking:
        if call.talking_since is None:
            call.talking_since = at
        if call.answered_at is None:
            _answer(state, call, at, _talkers(state, call))
        _note_last_talker(state, call)
    elif not talking and call.talking_since is not None:
        call.talk += max(at - call.talking_since, timedelta())
        call.talking_since = None


def left_unseen(state: "TrackerState", channel: ChannelRecord, bridge_id: str, at: datetime) -> None:
    """Somebody left a bridge that was never seen to be entered: with a second one, these two had talked."""
    call, leg = channel.call, channel.leg
    if leg is None or channel.kind is not ChannelKind.PARTY or (_DOWN <= channel.state < _UP and not leg.incoming):
        return
    other = call.unseen.setdefault(bridge_id, leg)
    if other is not leg and call.answered_at is None:
        _answer(state, call, at, [other, leg])


def _answer(state: "TrackerState", call: CallRecord, at: datetime, talkers: list[LegRecord]) -> None:
    caller = caller_leg(call, deciding_trunk(call))
    answerer = max((leg for leg in talkers if leg is not caller), key=lambda leg: (leg.started_at, leg.uniqueid))
    call.answered_at = max(at, call.started_at)  # a clock may go back
    call.answerer = answerer
    state.open(call, at)
    state.told.append(CallAnswered(state.snapshot(call), at, *who(answerer)))


def _note_last_talker(state: "TrackerState", call: CallRecord) -> None:
    """Whose the call is now: who of ours hears the customer. Among several, who did so already, else the newest."""
    customer = customers_leg(call)
    channel = customer.holder if customer is not None else None
    if customer is None or channel is None or channel.bridge is None:
        return
    ours = [leg for leg in connected(channel, state.tables.half_of) if leg is not customer]
    if ours and call.talked_last not in ours:
        call.talked_last = max(ours, key=_answered)


def _talkers(state: "TrackerState", call: CallRecord) -> list[LegRecord]:
    for channel in call.channels.values():
        if channel.kind is ChannelKind.PARTY and channel.bridge is not None:
            legs = connected(channel, state.tables.half_of)
            if len(legs) >= _TWO:
                return legs
    return []


def _answered(leg: LegRecord) -> tuple[datetime, str]:
    return leg.answered_at or leg.started_at, leg.uniqueid


def who(leg: LegRecord) -> tuple[ChannelName, Uniqueid]:
    """The channel where a recorder would attach."""
    uniqueid = leg.holder.uniqueid if leg.holder else leg.uniqueid
    return ChannelName(leg.channel), Uniqueid(uniqueid)
