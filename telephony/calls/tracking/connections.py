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
from telephony.calls.tracking.parties import caller_leg, customers_leg, deciding_trunk, maker
from telephony.events import CallAnswered
from telephony.model import ChannelName, Uniqueid

if TYPE_CHECKING:
    from telephony.calls.tracking.state import TrackerState

_TWO: Final = 2
_ALL: Final = 1 << 30
_DOWN, _UP = 0, 6
_call_answered = maker(CallAnswered)
HalfOf = Callable[[ChannelRecord], ChannelRecord | None]
"""Finds the other half of a Local channel."""


def connected(start: ChannelRecord, half_of: HalfOf, enough: int = _ALL) -> list[LegRecord]:
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


def _talkers(channels: Iterable[ChannelRecord], half_of: HalfOf, enough: int) -> list[LegRecord]:
    """The first persons among ``channels`` who hear each other, up to ``enough``; none if nobody hears anybody.

    Who is alone in a bridge hears nobody.
    """
    for channel in channels:
        bridge = channel.bridge
        if bridge is None or len(bridge.members) < _TWO or channel.kind is not ChannelKind.PARTY:
            continue
        legs = connected(channel, half_of, enough)
        if len(legs) >= _TWO:
            return legs
    return []


def _neighbours(channel: ChannelRecord, half_of: HalfOf) -> Iterable[ChannelRecord]:
    members = channel.bridge.members.values() if channel.bridge is not None else ()
    half = half_of(channel) if channel.kind is ChannelKind.LOCAL else None
    return members if half is None else [*members, half]


def weigh_talk(state: "TrackerState", call: CallRecord, at: datetime) -> None:
    """Look whether two persons hear each other now; begin or end the talk accordingly."""
    unanswered = call.answered_at is None
    talkers = _talkers(call.channels.values(), state.tables.half_of, _ALL if unanswered else _TWO)
    if talkers:
        if call.talking_since is None:
            call.talking_since = at
        if unanswered:
            _answer(state, call, at, talkers)
        _note_last_talker(state, call)
    elif call.talking_since is not None:
        call.talk += max(at - call.talking_since, timedelta())
        call.talking_since = None


def left_unseen(state: "TrackerState", channel: ChannelRecord, bridge_id: str, at: datetime) -> None:
    """Somebody left a bridge that was never seen to be entered: with a second one, these two had talked."""
    call, leg = channel.call, channel.leg
    call.piped = call.piped or channel.kind is ChannelKind.LOCAL
    if leg is not None and channel.kind is ChannelKind.PARTY and (leg.incoming or not _DOWN <= channel.state < _UP):
        call.unseen.setdefault(bridge_id, leg)
        leg.met = True
    if call.answered_at is not None or not call.unseen:
        return
    left = leg or next(iter(call.unseen.values()))
    met = [one for one in call.legs if one.met] if call.piped else [call.unseen.get(bridge_id, left)]
    other = next((one for one in met if one is not left), None)
    if other is not None and left.met:
        _answer(state, call, at, [other, left])


def _answer(state: "TrackerState", call: CallRecord, at: datetime, talkers: list[LegRecord]) -> None:
    caller = caller_leg(call, deciding_trunk(call))
    answerer = max([leg for leg in talkers if leg is not caller], key=_born)
    call.answered_at = max(at, call.started_at)  # a clock may go back
    call.answerer = answerer
    state.open(call, at)
    state.told.append(_call_answered(state.snapshot(call), at, *who(answerer)))


def _note_last_talker(state: "TrackerState", call: CallRecord) -> None:
    """Whose the call is now: who of ours hears the customer. Among several, who did so already, else the newest."""
    customer = customers_leg(call)
    channel = customer.holder if customer is not None else None
    if customer is None or channel is None or channel.bridge is None:
        return
    ours = [leg for leg in connected(channel, state.tables.half_of) if leg is not customer]
    if ours and call.talked_last not in ours:
        call.talked_last = max(ours, key=_answered)


def _born(leg: LegRecord) -> tuple[datetime, str]:
    return leg.started_at, leg.uniqueid


def _answered(leg: LegRecord) -> tuple[datetime, str]:
    return leg.answered_at or leg.started_at, leg.uniqueid


def who(leg: LegRecord) -> tuple[ChannelName, Uniqueid]:
    """The channel where a recorder would attach."""
    uniqueid = leg.holder.uniqueid if leg.holder else leg.uniqueid
    return ChannelName(leg.channel), Uniqueid(uniqueid)
