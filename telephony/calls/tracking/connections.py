"""Who can hear whom now.

Two channels hear each other if they are in the same bridge, or if Local halves join their bridges: what enters
``Local/x;1`` comes out of ``Local/x;2``. Holding bridges are never among the records, so waiting rooms connect nobody;
nor does a Local half whose other half sits in an IVR. A phone that only rings may stand in a bridge, too (early media,
ARI): it hears nobody until it is picked up. Who called is there from the beginning, answered by the PBX or not; but
two who called and whom nobody answered are not two persons in a talk.
"""

from collections.abc import Callable, Iterable
from typing import Final

from telephony.calls.tracking.channels import ChannelKind, ChannelRecord, LegRecord
from telephony.calls.tracking.lifecycle import LegPhase

_TWO: Final = 2
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
    """Tell whether any two persons among ``channels`` hear each other. Who is alone in a bridge hears nobody."""
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
