"""Why a call got its verdict: what the PBX said of it, event by event, in words, and what followed from it. Pure.

`Narrator.note` takes each channel event with what the tracker made of it; `story` then gives a call's lines. A sentence
says what an event means for the call, not what Asterisk named it; the rule behind a verdict is told where it applied.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from telephony import channel_events as ce
from telephony.events import CallAnswered, CallEvent, CallMerged, CallTransferred
from telephony.model import Call, CallId, CallKind, Direction, Disposition, MissedReason

WhoseCall = Callable[[ce.ChannelFacts], CallId | None]
"""Tells which call a channel belongs to now."""

_RING, _RINGING, _UP = 4, 5, 6
_CAUSES: Final = {
    0: "no cause told", 1: "no such number", 3: "no route", 16: "normal", 17: "busy", 18: "no reply", 19: "no answer",
    20: "not there", 21: "refused", 26: "answered elsewhere", 27: "out of order", 34: "no line free",
    38: "network out of order", 127: "interworking",
}  # fmt: skip
_MISSED: Final = {
    MissedReason.NO_ANSWER: "a phone was rung to the end and nobody picked up",
    MissedReason.BUSY: "who was rung was busy, or the queue was full",
    MissedReason.ABANDONED_WAITING: "the caller hung up while waiting in a queue",
    MissedReason.ABANDONED_MENU: "nobody was rung: the caller was with a menu or an announcement",
    MissedReason.OFF_HOURS: "the dialplan told the caller that we are closed",
    MissedReason.UNREACHABLE: "no phone could be rung, the queue had nobody, or the PBX turned the caller away",
    MissedReason.REJECTED: "who was rung refused",
    MissedReason.VOICEMAIL: "nobody was rung: the caller was with a mailbox",
}
_OTHERS: Final = {
    Disposition.NO_ANSWER: "nobody picked up",
    Disposition.BUSY: "the other side was busy",
    Disposition.REJECTED: "the other side refused",
    Disposition.CANCELLED: "who called hung up before anybody picked up",
    Disposition.FAILED: "the network could not reach the other side",
    Disposition.IN_PROGRESS: "its end is not in the capture",
}


class Narrator:
    """Keeps the lines of each call of one history."""

    def __init__(self, whose: WhoseCall) -> None:
        self._whose = whose
        self._lines: dict[CallId, list[tuple[datetime, str]]] = defaultdict(list)
        self._states: dict[str, int] = {}

    def before(self, event: ce.ChannelEvent) -> tuple[CallId, ...]:
        """Find the calls that an event is about, while its channels still live; the one that it is told of first."""
        target = getattr(event, "target", None)
        parts = (_subject(event), target if isinstance(target, ce.ChannelFacts) else None)
        found = (self._whose(facts) for facts in parts if facts is not None)
        return tuple(dict.fromkeys(call_id for call_id in found if call_id is not None))

    def note(self, event: ce.ChannelEvent, known: tuple[CallId, ...], happened: Iterable[CallEvent]) -> None:
        """Take an event, the calls that `before` found, and what the tracker made of it."""
        facts = _subject(event)
        after = self._whose(facts) if facts is not None else None
        leaves = isinstance(event, ce.BridgeLeft | ce.ChannelHungUp | ce.PairUnlinked)
        call_id = known[0] if known and (leaves or after is None) else after
        for before in known if call_id is not None and not leaves else ():
            if before != call_id:  # silently one with it: nothing was told of it before
                self._lines[call_id or before] += self._lines.pop(before, [])
        if call_id is not None and (sentence := self._sentence(event)):
            self._lines[call_id].append((event.at, sentence))
        for each in happened:
            match each:
                case CallMerged(call=call, absorbed=absorbed):
                    self._lines[call.call_id] += self._lines.pop(absorbed, [])
                    self._lines[call.call_id].append((each.at, "  => this and another call are one conversation"))
                case CallAnswered(call=call):
                    by = call.answered_by
                    who = by.number if by else "somebody"
                    self._lines[call.call_id].append((each.at, f"  => two persons hear each other: answered by {who}"))
                case CallTransferred(call=call, transfer=made):
                    sentence = f"  => {made.kind} transfer by {made.by} to {made.to}"
                    self._lines[call.call_id].append((each.at, sentence))
                case _:
                    pass

    def story(self, call: Call) -> Iterator[str]:
        """Yield a call's lines: what it was, what happened, why the verdict is what it is."""
        yield f"{call.call_id}: {call.direction}, {call.disposition}" + (
            f" ({call.missed_reason})" if call.missed_reason else ""
        )
        for at, sentence in sorted(self._lines.get(call.call_id, ()), key=lambda line: line[0]):
            yield f"  {at:%H:%M:%S.%f}"[:-3] + f"  {sentence}"
        yield from (f"  why: {reason}" for reason in reasons(call))

    def _sentence(self, event: ce.ChannelEvent) -> str:
        if isinstance(event, ce.ChannelSeen):
            return self._state(event)
        teller = _SENTENCES.get(type(event))
        return teller(event) if teller else ""

    def _state(self, event: ce.ChannelSeen) -> str:
        facts = event.channel
        before = self._states.get(facts.uniqueid)
        if facts.state < 0 or facts.state == before:
            return ""
        self._states[facts.uniqueid] = facts.state
        name = facts.name or facts.uniqueid
        if facts.state == _RING:
            asks = f", asking for {facts.exten}" if facts.exten else ""
            where = f" in {facts.context}" if facts.context else ""
            return f"{name} calls in as {facts.number or 'a hidden number'}{asks}{where}"
        if facts.state == _RINGING:
            return f"{name} rings"
        if facts.state == _UP:
            return f"{name} is up" if before is not None else f"{name} is there, and up"
        return f"{name} was made, and does nothing yet" if event.born else ""


def _subject(event: ce.ChannelEvent) -> ce.ChannelFacts | None:
    """The channel by which an event's call is found."""
    for name in ("channel", "target", "transferer", "first", "parkee", "dialler", "picker"):
        facts = getattr(event, name, None)
        if isinstance(facts, ce.ChannelFacts):
            return facts
    if isinstance(event, ce.ChannelRenamed):
        return ce.ChannelFacts(event.uniqueid, event.new_name)
    return None


def _named(facts: ce.ChannelFacts | None) -> str:
    return (facts.name or facts.uniqueid) if facts is not None else "the PBX"


def _hung_up(event: ce.ChannelHungUp) -> str:
    cause = f" (cause {event.cause}, {_CAUSES.get(event.cause, 'see Q.850')})" if event.cause >= 0 else ""
    return f"{_named(event.channel)} is gone{cause}"


def _entered(event: ce.BridgeEntered) -> str:
    if event.holding:
        return f"{_named(event.channel)} waits in a bridge that connects nobody"
    rings = event.channel.state in {0, _RINGING}
    return f"{_named(event.channel)} is put into bridge {event.bridge_id}" + (
        ", but was not picked up: that is no answer" if rings else ""
    )


def _dial_ended(event: ce.DialEnded) -> str:
    return f"the dial of {_named(event.target)} ends: {event.dialstatus}" if event.target else (
        f"{_named(event.dialler)}'s dial ends: {event.dialstatus}"
    )  # fmt: skip


_SENTENCES: Final[dict[type, Callable[[Any], str]]] = {
    ce.ChannelRenamed: lambda e: f"{e.old_name} is called {e.new_name} from here on (a masquerade)",
    ce.ChannelHungUp: _hung_up,
    ce.DialBegan: lambda e: (
        f"{_named(e.dialler)} rings {_named(e.target)}" + (f" (asked for {e.dialstring})" if e.dialstring else "")
    ),
    ce.DialRang: lambda e: f"{_named(e.target)} rings",
    ce.DialEnded: _dial_ended,
    ce.BridgeEntered: _entered,
    ce.BridgeLeft: lambda e: "" if e.holding else f"{_named(e.channel)} leaves bridge {e.bridge_id}",
    ce.PairLinked: lambda e: f"{_named(e.first)} and {_named(e.second)} are linked",
    ce.PairUnlinked: lambda e: f"{_named(e.first)} and {_named(e.second)} are linked no longer",
    ce.PickedUp: lambda e: f"{_named(e.picker)} picks up what rang at {_named(e.target)}",
    ce.Parked: lambda e: f"{_named(e.parkee)} is parked",
    ce.Unparked: lambda e: f"{_named(e.parkee)} leaves the parking lot",
    ce.QueueJoined: lambda e: f"{_named(e.channel)} waits in queue {e.queue}",
    ce.QueueLeft: lambda e: (
        f"{_named(e.channel)} leaves queue {e.queue}" + (": the caller gave up" if e.abandoned else "")
    ),
    ce.QueueEnded: lambda e: f"the queue is over for {_named(e.channel)}: {e.queuestatus}",
    ce.OffHoursHeard: lambda e: f"{_named(e.channel)} hears that we are closed",
    ce.RecordingStarted: lambda e: f"{_named(e.channel)} is recorded to {e.path}",
    ce.MailboxReached: lambda e: f"{_named(e.channel)} is with a mailbox",
    ce.HangupAsked: lambda e: f"{'the PBX' if e.by_pbx else 'the phone itself'} wants {_named(e.channel)} to end",
}


def reasons(call: Call) -> Iterator[str]:
    """Yield the rules that made the verdict, in the order in which they apply."""
    match call.direction:
        case Direction.INBOUND:
            asked = call.dialed or "nothing"
            yield f"inbound, since its first leg on a trunk ({call.trunk}) came in; it asked for {asked}"
        case Direction.OUTBOUND:
            trunk = f"the trunk {call.trunk} was asked for {call.customer}" if call.trunk else "no trunk made a channel"
            yield f"outbound: {trunk}" + (f", the phone dialled {call.dialed}" if call.dialed != call.customer else "")
        case Direction.INTERNAL:
            yield "internal, since no leg is on a trunk (tell trunks by --trunk if that is wrong)"
    if call.kind is not CallKind.ORDINARY:
        yield f"{call.kind}, since the PBX began it: nobody called in"
    if call.answered_at is not None and call.answered_by is not None:
        yield (
            f"answered, since {call.answered_by.number} and the other side heard each other "
            f"after {call.wait_seconds:.1f} s, for {call.talk_seconds:.1f} s"
        )
        last = call.talked_last
        if last is not None and call.direction is Direction.INBOUND and last.number != call.answered_by.number:
            yield f"the call is {last.number}'s, who talked with the customer last"
    elif call.missed_reason is not None:
        yield f"missed, since no two persons ever heard each other: {_MISSED[call.missed_reason]}"
    else:
        yield f"{call.disposition}: {_OTHERS.get(call.disposition, 'no two persons heard each other')}"
    if call.repaired:
        yield "repaired: a part of it was not heard"
