"""Who can hear whom now.

Two channels hear each other if they are in the same bridge, or if Local halves join their bridges: what enters
``Local/x;1`` comes out of ``Local/x;2``. Holding bridges are never among the records, so waiting rooms connect nobody;
nor does a Local half whose other half sits in an IVR.
"""

from collections.abc import Callable, Iterable
from typing import Final

from telephony.calls.tracking.channels import ChannelKind, ChannelRecord, LegRecord

_TWO: Final = 2
HalfOf = Callable[[ChannelRecord], ChannelRecord | None]
"""Finds the other half of a Local channel."""


def connected(start: ChannelRecord, half_of: HalfOf, enough: int = 1 << 30) -> list[LegRecord]:
    """The legs that hear each other around ``start``, itself included; stops once ``enough`` are found."""
    seen = {start.uniqueid}
    waiting = [start]
    legs: list[LegRecord] = []
    while waiting:
        channel = waiting.pop()
        if channel.bridge is None:
            continue
        if channel.kind is ChannelKind.PARTY and channel.leg:
            legs.append(channel.leg)
            if len(legs) >= enough:
                return legs
        for neighbour in _neighbours(channel, half_of):
            if neighbour.uniqueid not in seen:
                seen.add(neighbour.uniqueid)
                waiting.append(neighbour)
    return legs


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
