"""The tracker's tables: living channels, legs by name, Local halves, bridges, calls. They decide nothing.

Each table loses its entries when the channels are gone, so that all are empty when no channel lives. The last thousand
uniqueids that ended are remembered, because an event may come late or twice and must not bring a channel back to life.
"""

import re
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from telephony.calls.tracking.channels import (
    BridgeRecord,
    CallRecord,
    ChannelKind,
    ChannelRecord,
    LegRecord,
    base_name,
    endpoint_of,
    kind_of,
    other_half,
)
from telephony.calls.tracking.parties import kind_of_linkedid
from telephony.channel_events import ChannelFacts

_REMEMBERED: Final = 1024
_COUNTED: Final = re.compile(r"(?:.*-)?(\d{9,12})\.(\d{1,10})")
"""Asterisk's own uniqueid: its clock's second, and how many channels it had made before since it started."""
_AT_ONCE: Final = 1
"""Seconds by which two channels made at once may differ, whichever is told first."""
MOST_CHANNELS: Final = 100_000
"""More are not tracked: no PBX has so many, so they are a fault."""


class CallIndex:
    """Who lives, under which name, in which bridge, in which call."""

    def __init__(self) -> None:
        self.channels: dict[str, ChannelRecord] = {}
        self.legs: dict[str, LegRecord] = {}
        self.halves: dict[str, ChannelRecord] = {}
        self.bridges: dict[str, BridgeRecord] = {}
        self.calls: dict[str, CallRecord] = {}
        self._gone: set[str] = set()
        self._gone_in_order: deque[str] = deque()

    def is_empty(self) -> bool:
        """Return whether nothing is tracked."""
        return not (self.channels or self.legs or self.halves or self.bridges or self.calls)

    def find(self, facts: ChannelFacts) -> ChannelRecord | None:
        """Find a living channel by uniqueid, else by name (Asterisk 11 names some channels only so)."""
        found = self.channels.get(facts.uniqueid)
        if found is not None or facts.uniqueid or not facts.name:
            return found
        return self.by_name(facts.name)

    def by_name(self, name: str) -> ChannelRecord | None:
        """Find the channel that bears a name now."""
        base = base_name(name)
        leg = self.legs.get(base)
        return leg.holder if leg else self.halves.get(base)

    def being_called(self, facts: ChannelFacts) -> ChannelRecord | None:
        """Find the phone that is being called and of which only the interface is told (Asterisk 1.4's queues)."""
        if facts.uniqueid or not facts.name:
            return None
        legs = (leg for leg in reversed(self.legs.values()) if endpoint_of(leg.channel) == facts.name)
        return next((leg.holder for leg in legs if leg.incoming is not True and leg.dialled_by is None), None)

    def half_of(self, channel: ChannelRecord) -> ChannelRecord | None:
        """Find the other half of a Local channel."""
        return self.halves.get(other_half(base_name(channel.name)))

    def is_gone(self, facts: ChannelFacts) -> bool:
        """Return whether this channel ended lately, or was never worth a record."""
        return facts.uniqueid in self._gone or (
            bool(facts.name) and kind_of(base_name(facts.name)) is ChannelKind.PLUMBING
        )

    def may_be_born(self, facts: ChannelFacts) -> bool:
        """Return whether an unknown channel with these facts is worth a record."""
        return (
            bool(facts.uniqueid and facts.name)
            and facts.uniqueid not in self._gone
            and not facts.name.endswith("<ZOMBIE>")
            and kind_of(base_name(facts.name)) is not ChannelKind.PLUMBING
        )

    def dead_by(self, facts: ChannelFacts, at: datetime) -> list[ChannelRecord]:
        """Return the channels that cannot live any more if this one was born: nobody heard their ends.

        A name has one bearer at a time, so who bears this one's is dead; and if the PBX counts its channels anew,
        it was started anew, and all of before are.
        """
        dead = self._named(base_name(facts.name), at)
        if not dead or facts.uniqueid in self.channels or not self.may_be_born(facts):
            return []
        namesake = dead[0]
        half = self.half_of(namesake)
        dead += self._named(half.name, at) if half is not None else []
        return dead + [one for one in self._before_start(namesake, facts.uniqueid) if one not in dead]

    def _named(self, name: str, at: datetime) -> list[ChannelRecord]:
        found = self.by_name(name)
        return [found] if found is not None and found.name == name and _born_before(found, at) else []

    def _before_start(self, namesake: ChannelRecord, uniqueid: str) -> Iterator[ChannelRecord]:
        """Yield the channels of before the start that ``uniqueid`` tells of: not those that were made since it."""
        second, count = _counted(uniqueid)
        then, counted = _counted(namesake.uniqueid)
        if not then or count > counted or second <= then + _AT_ONCE:
            return
        for one in self.channels.values():
            made, number = _counted(one.uniqueid)
            if made and (made <= then or (number >= count and made + _AT_ONCE < second)):
                yield one

    def born_before(self, moment: datetime | None) -> list[ChannelRecord]:
        """Return the channels that were there before ``moment``; all if it is None."""
        return [one for one in self.channels.values() if moment is None or _born_before(one, moment)]

    def add(self, facts: ChannelFacts, at: datetime) -> ChannelRecord:
        """Put a new channel down, in the call that its linkedid, its Local half or its name belongs to."""
        base = base_name(facts.name)
        kind = kind_of(base)
        call = self._call_for(facts, base, kind, at)
        channel = ChannelRecord(facts.uniqueid, facts.name, kind, call, facts.linkedid or call.linkedid)
        self.channels[facts.uniqueid] = call.channels[facts.uniqueid] = channel
        if kind is ChannelKind.LOCAL:
            self.halves[base] = channel
        else:
            self.hold_leg(channel, base, facts, at)
        return channel

    def _call_for(self, facts: ChannelFacts, base: str, kind: ChannelKind, at: datetime) -> CallRecord:
        linkedid = facts.linkedid
        call = self.calls.get(linkedid) if linkedid else None
        if call is None and not linkedid:
            half = self.halves.get(other_half(base)) if kind is ChannelKind.LOCAL else None
            leg = self.legs.get(base) if kind is ChannelKind.PARTY else None
            call = half.call if half else leg.call if leg else self.calls.get(facts.uniqueid)
        if call is None:
            linkedid = linkedid or facts.uniqueid
            call = self.calls[linkedid] = CallRecord(linkedid, {linkedid}, at, ours=kind_of_linkedid(linkedid))
        return call

    def hold_leg(self, channel: ChannelRecord, base: str, facts: ChannelFacts, at: datetime) -> LegRecord:
        """Return ``channel`` the leg of the phone whose name it bears; the leg leaves whoever held it."""
        leg = self.legs.get(base)
        if leg is None:
            leg = LegRecord(base, channel.uniqueid, at, channel.linkedid, channel.call)
            self.legs[base] = leg
            if not channel.call.legs:
                channel.call.started_at = at
            channel.call.legs.append(leg)
        if leg.holder is not None and leg.holder is not channel:
            leg.holder.leg = None
        leg.holder = channel
        channel.leg = leg
        leg.context = leg.context or facts.context
        return leg

    def rename(self, channel: ChannelRecord, name: str, facts: ChannelFacts, at: datetime) -> bool:
        """Return a channel its new name, and with it the leg that belongs there. True if it is another phone's name."""
        old, new = base_name(channel.name), base_name(name)
        channel.name = name
        channel.heard = None
        if old == new:
            return False
        if self.halves.get(old) is channel:
            del self.halves[old]
        if channel.leg is not None:
            if channel.leg.holder is channel:
                channel.leg.holder = None
            channel.leg = None
        channel.kind = kind_of(new)
        if channel.kind is ChannelKind.LOCAL:
            self.halves[new] = channel
        elif channel.kind is ChannelKind.PARTY:
            self.hold_leg(channel, new, facts, at)
        return True

    def enter_bridge(self, channel: ChannelRecord, bridge_id: str, at: datetime) -> BridgeRecord:
        """Put a channel into a bridge, out of the one where it was; return it."""
        if channel.bridge is not None:
            self.leave_bridge(channel)
        bridge = self.bridges.get(bridge_id)
        if bridge is None:
            bridge = self.bridges[bridge_id] = BridgeRecord(bridge_id, at)
        bridge.members[channel.uniqueid] = channel
        channel.bridge = bridge
        return bridge

    def leave_bridge(self, channel: ChannelRecord) -> None:
        """Take a channel out of its bridge; an empty bridge is forgotten."""
        bridge = channel.bridge
        channel.bridge = None
        if bridge is not None:
            bridge.members.pop(channel.uniqueid, None)
            if not bridge.members:
                self.bridges.pop(bridge.bridge_id, None)

    def remove(self, channel: ChannelRecord) -> LegRecord | None:
        """Forget a channel; return its leg, if that ended with it."""
        self.leave_bridge(channel)
        self.channels.pop(channel.uniqueid, None)
        channel.call.channels.pop(channel.uniqueid, None)
        base = base_name(channel.name)
        if self.halves.get(base) is channel:
            del self.halves[base]
        self._remember_gone(channel.uniqueid)
        leg = channel.leg
        if leg is None or leg.holder is not channel:
            return None
        leg.holder = None
        self.legs.pop(leg.channel, None)
        return leg

    def _remember_gone(self, uniqueid: str) -> None:
        if uniqueid in self._gone:
            return
        self._gone.add(uniqueid)
        self._gone_in_order.append(uniqueid)
        if len(self._gone_in_order) > _REMEMBERED:
            self._gone.discard(self._gone_in_order.popleft())

    def forget_call(self, call: CallRecord) -> None:
        """Forget a call that is over, with the legs that nobody held any more."""
        for linkedid in call.linkedids:
            if self.calls.get(linkedid) is call:
                del self.calls[linkedid]
        for leg in call.legs:
            if self.legs.get(leg.channel) is leg:
                del self.legs[leg.channel]

    def relink(self, channel: ChannelRecord, linkedid: str) -> CallRecord | None:
        """Note a channel's new linkedid; return the other call that it names, if there is one."""
        channel.linkedid = linkedid
        other = self.calls.get(linkedid)
        if other is None:
            self.calls[linkedid] = channel.call
            channel.call.linkedids.add(linkedid)
        return other if other is not channel.call else None


def _counted(uniqueid: str) -> tuple[int, int]:
    """Read second and count; zeroes if it is none of Asterisk's own."""
    read = _COUNTED.fullmatch(uniqueid)
    return (int(read[1]), int(read[2])) if read else (0, 0)


def _born_before(channel: ChannelRecord, at: datetime) -> bool:
    """Return whether it was there before; a birth that is told late, behind a list of channels, is older than it."""
    return (channel.leg.started_at if channel.leg is not None else channel.call.started_at) < at
