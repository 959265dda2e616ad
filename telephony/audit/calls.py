"""CEL's calls against the ledger's: each once, with the same end. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from telephony.audit.model import (
    TIME_TOLERANCE,
    CelHistory,
    Finding,
    Gap,
    Part,
    Span,
    Subject,
    UnwrittenEvent,
)
from telephony.model import Call, CallId

_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_EDGE: Final = timedelta(seconds=10)
"""A call that began so near to CEL's first row may have its beginning before it."""


class Ledger:
    """The ledger's calls, found by id, by what they took in, and by their channels."""

    def __init__(self, calls: Iterable[Call], merges: Mapping[CallId, CallId]) -> None:
        self.calls = {call.call_id: call for call in calls}
        self._merges = merges
        self._of_channel: dict[tuple[str, str], set[CallId]] = defaultdict(set)
        for call in self.calls.values():
            for leg in call.legs:
                self._of_channel[call.pbx, leg.uniqueid].add(call.call_id)

    def twins(self, call: Call) -> list[Call]:
        """Return the ledger's calls that are this one of CEL's, by the surest sign that there is."""
        if call.call_id in self.calls:
            return [self.calls[call.call_id]]
        taken_by = self._merges.get(call.call_id)
        if taken_by in self.calls:
            return [self.calls[taken_by]]
        ids = {owner for leg in call.legs for owner in self._of_channel.get((call.pbx, leg.uniqueid), ())}
        return [self.calls[call_id] for call_id in sorted(ids)]

    def shared_channels(self) -> Iterator[tuple[str, list[CallId]]]:
        """Yield the channels that stand in more than one call at a time: each is one party's part in one call.

        One after the other they may: an agent's line stays while its customers come and go.
        """
        for (_, uniqueid), owners in self._of_channel.items():
            if len(owners) > 1 and self._overlap(uniqueid, owners):
                yield uniqueid, sorted(owners)

    def _overlap(self, uniqueid: str, owners: Iterable[CallId]) -> bool:
        parts = sorted(
            (leg.started_at, leg.ended_at or _NEVER)
            for owner in owners
            for leg in self.calls[owner].legs
            if leg.uniqueid == uniqueid
        )
        return any(later[0] < earlier[1] for earlier, later in pairwise(parts))


def compare(span: Span, histories: Sequence[CelHistory], ledger: Ledger, letters: Sequence[UnwrittenEvent]) -> Part:
    """Compare what CEL has of the span with the ledger.

    Args:
        span: what is looked at.
        histories: of each PBX.
        ledger: its calls of the span and somewhat beyond, and their merges.
        letters: events that could not be written.
    """
    looked_at = [call for call in ledger.calls.values() if span.holds(call.started_at)]
    found = [*_channels_twice(span, ledger), *_unwritten(letters)]
    by_pbx = {history.pbx: history for history in histories}
    for history in histories:
        found += _of_cel(span, history, ledger)
    for pbx in sorted({call.pbx for call in looked_at} | by_pbx.keys()):
        mine = [call for call in looked_at if call.pbx == pbx]
        found += _of_ledger(span, by_pbx.get(pbx) or CelHistory(pbx, why_not="no such PBX in the settings"), mine)
    seen = {call.call_id for call in looked_at}
    seen |= {call.call_id for one in histories for call in one.ended if span.holds(call.started_at)}
    return Part(len(seen), tuple(found))


def _channels_twice(span: Span, ledger: Ledger) -> Iterator[Finding]:
    for uniqueid, owners in ledger.shared_channels():
        began = min(ledger.calls[owner].started_at for owner in owners)
        if span.holds(began):
            yield Finding(Gap.DOUBLE, Subject.CALL, tuple(owners), began, f"the channel {uniqueid} is in both calls")


def _unwritten(letters: Iterable[UnwrittenEvent]) -> Iterator[Finding]:
    for letter in letters:
        gap, what = (Gap.DIFFERENT, "is written, what follows from it is not") if letter.written else (
            Gap.MISSING, "could not be written"
        )  # fmt: skip
        why = f"its event {letter.kind!r} {what}: {letter.reason}"
        yield Finding(gap, Subject.CALL, (letter.call_id,), letter.died_at, why)


def _of_cel(span: Span, history: CelHistory, ledger: Ledger) -> Iterator[Finding]:
    for call in history.ended:
        if not span.holds(call.started_at) or (call.ended_at and call.ended_at > span.settled_before):
            continue
        twins = ledger.twins(call)
        if not twins:
            why = f"CEL has this call ({call.direction}, {call.disposition}), the ledger does not"
            yield Finding(Gap.MISSING, Subject.CALL, (call.call_id,), call.started_at, why)
        elif len(twins) > 1:
            ids = (call.call_id, *(twin.call_id for twin in twins))
            yield Finding(Gap.DOUBLE, Subject.CALL, ids, call.started_at, "one call of CEL is several in the ledger")
        elif twins[0].call_id == call.call_id:
            yield from _differences(call, twins[0])
        elif history.absorbed.isdisjoint({twins[0].call_id}):
            why = "the ledger has it as a part of another call; CEL cannot tell whether it was"
            yield Finding(Gap.UNKNOWN, Subject.CALL, (call.call_id, twins[0].call_id), call.started_at, why)
    for call in history.going_on:
        if span.holds(call.started_at) and call.started_at < span.settled_before and not ledger.twins(call):
            why = "CEL has this call without an end, the ledger does not have it"
            yield Finding(Gap.MISSING, Subject.CALL, (call.call_id,), call.started_at, why)


def _differences(cel: Call, ledger: Call) -> Iterator[Finding]:
    def differs(why: str) -> Finding:
        return Finding(Gap.DIFFERENT, Subject.CALL, (cel.call_id,), cel.started_at, why)

    if ledger.ended_at is None:
        yield differs(f"it ended at {cel.ended_at:%H:%M:%S} by CEL, in the ledger it goes on")
        return
    if cel.disposition != ledger.disposition or cel.direction != ledger.direction:
        yield differs(
            f"{cel.direction} and {cel.disposition} by CEL, {ledger.direction} and {ledger.disposition} in the ledger"
        )
        return
    if cel.answered_at and ledger.answered_at and abs(cel.answered_at - ledger.answered_at) > TIME_TOLERANCE:
        times = f"{cel.answered_at:%H:%M:%S.%f} by CEL, {ledger.answered_at:%H:%M:%S.%f} in the ledger"
        yield differs(f"answered at {times}")
    if abs(cel.talk - ledger.talk) > TIME_TOLERANCE:
        yield differs(f"a talk of {cel.talk_seconds:.1f} s by CEL, of {ledger.talk_seconds:.1f} s in the ledger")


def _of_ledger(span: Span, history: CelHistory, calls: Sequence[Call]) -> Iterator[Finding]:
    """What the ledger has and CEL does not."""
    if history.why_not or history.begins_at is None:
        if calls:
            why = f"{len(calls)} calls cannot be compared: {history.why_not or 'the CEL file is empty'}"
            yield Finding(Gap.UNKNOWN, Subject.CALL, (history.pbx,), span.since, why)
        return
    before = [call for call in calls if call.started_at < history.begins_at + _EDGE]
    if before:
        why = f"{len(before)} calls are from before the CEL file begins ({history.begins_at:%Y-%m-%d %H:%M:%S} UTC)"
        yield Finding(Gap.UNKNOWN, Subject.CALL, (history.pbx,), span.since, why)
    known = {call.call_id for call in (*history.ended, *history.going_on)} | history.absorbed
    channels = {leg.uniqueid for call in (*history.ended, *history.going_on) for leg in call.legs}
    for call in calls:
        if call.started_at < history.begins_at + _EDGE or call.call_id in known or call.ended_at is None:
            continue
        if not channels.isdisjoint(leg.uniqueid for leg in call.legs):
            continue
        if call.repaired:
            why = "CEL has nothing of it: the PBX may have died before it wrote; its end is a guess"
            yield Finding(Gap.UNKNOWN, Subject.CALL, (call.call_id,), call.started_at, why)
        else:
            why = f"the ledger has this call ({call.direction}, {call.disposition}), CEL does not"
            yield Finding(Gap.DIFFERENT, Subject.CALL, (call.call_id,), call.started_at, why)
