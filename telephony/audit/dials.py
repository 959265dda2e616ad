"""What was really dialled for callbacks, by the calls themselves: one phone an attempt, nobody again who was reached.

The witnesses are the callbacks' own calls, as CEL has them where it does, else as the ledger has them. A **dial** is a
leg of such a call that is the customer's; a **talk** is any answered call with them (a callback's own if it was long
enough to have reached them).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from telephony.audit.model import AuditedAttempt, AuditedOrder, Finding, Gap, Miss, Part, Span, Subject
from telephony.model import Call, CallId, CallKind, Direction, Leg
from telephony.numbers import canonical

_RACE: Final = timedelta(seconds=2)
"""A dial that left so shortly after an answer could not know of it."""
_TALKED: Final = frozenset({"reached"})
_SHORT: Final = timedelta(seconds=1)


class _Dial(NamedTuple):
    attempt: AuditedAttempt
    customer: str
    at: datetime


class _Talk(NamedTuple):
    call_id: CallId
    customer: str
    since: datetime
    until: datetime | None
    """None: it goes on, or its end is not known."""


class Witnesses(NamedTuple):
    """Who saw what."""

    calls: Sequence[Call]
    """All calls of the span and the day before it, each as its best witness has it."""
    attempts: Sequence[AuditedAttempt]
    misses: Sequence[Miss]
    orders: Sequence[AuditedOrder]


def compare(span: Span, seen: Witnesses, *, region: str, reached: timedelta) -> Part:
    """See that nobody's phone rang who had been reached, or twice for one attempt, or for no attempt at all.

    Args:
        span: what is looked at.
        seen: the witnesses.
        region: the operator's country.
        reached: a callback's talk of so long has reached the customer.
    """
    of_channel = {attempt.call_id: attempt for attempt in seen.attempts}
    ours = [call for call in seen.calls if call.kind is CallKind.CALLBACK]
    found: list[Finding] = []
    dials: list[_Dial] = []
    for call in ours:
        attempt = of_channel.get(call.call_id)
        if attempt is None:
            if span.holds(call.started_at):
                why = "a phone rang for a callback that no attempt is written of"
                found.append(Finding(Gap.DIFFERENT, Subject.DIAL, (call.call_id,), call.started_at, why))
            continue
        legs = customers_legs(call, attempt, region)
        dials += [_Dial(attempt, attempt.customer, leg.started_at) for leg in legs]
        if span.holds(call.started_at):
            found += [*_several(call, attempt, legs), *_misjudged(call, attempt, reached)]
    talks = _talks(seen.calls, of_channel, region, reached)
    for dial in dials:
        if span.holds(dial.at):
            found += _again(dial, talks.get(dial.customer, ()), seen)
    return Part(len([dial for dial in dials if span.holds(dial.at)]), tuple(found))


def customers_legs(call: Call, attempt: AuditedAttempt, region: str) -> list[Leg]:
    """Return the legs of a callback's call that are the customer's."""
    others = (leg for leg in call.legs if leg.uniqueid != attempt.channel_id)
    return [leg for leg in others if canonical(leg.number, region) == attempt.customer]


def _several(call: Call, attempt: AuditedAttempt, legs: Sequence[Leg]) -> Iterator[Finding]:
    if len(legs) > 1:
        ids = (call.call_id, f"request:{attempt.request_id}", f"attempt:{attempt.attempt_key}")
        why = f"the customer was dialled {len(legs)} times for one attempt"
        yield Finding(Gap.DOUBLE, Subject.DIAL, ids, call.started_at, why)


def _misjudged(call: Call, attempt: AuditedAttempt, reached: timedelta) -> Iterator[Finding]:
    """The call says that they talked, the attempt that they did not."""
    if not call.ended_at or not attempt.ended_at or call.answered_at is None or call.talk < reached + _SHORT:
        return
    if attempt.outcome not in _TALKED:
        ids = (call.call_id, f"request:{attempt.request_id}", f"attempt:{attempt.attempt_key}")
        why = f"manager and customer talked for {call.talk_seconds:.1f} s, the attempt says {attempt.outcome}"
        yield Finding(Gap.DIFFERENT, Subject.DIAL, ids, call.started_at, why)


def _talks(
    calls: Iterable[Call], of_channel: Mapping[CallId, AuditedAttempt], region: str, reached: timedelta
) -> dict[str, list[_Talk]]:
    talks: dict[str, list[_Talk]] = defaultdict(list)
    for call in calls:
        if call.answered_at is None or (call.direction is Direction.INTERNAL and call.kind is CallKind.ORDINARY):
            continue
        if call.kind is CallKind.CALLBACK:
            attempt = of_channel.get(call.call_id)
            if attempt is None or (call.ended_at and call.talk < reached):
                continue
            customer = attempt.customer
        else:
            customer = canonical(call.customer, region)
        if customer:
            talks[customer].append(_Talk(call.call_id, customer, call.answered_at, call.ended_at))
    return talks


def _again(dial: _Dial, talks: Iterable[_Talk], seen: Witnesses) -> Iterator[Finding]:
    before = [talk for talk in talks if talk.call_id != dial.attempt.call_id and talk.since + _RACE <= dial.at]
    if not before:
        return
    talk = max(before, key=lambda one: one.since)
    if _wanted_again(dial, talk, seen):
        return
    talking = talk.until is not None and dial.at < talk.until
    reason = "while they talked with us" if talking else "though they had been reached"
    ids = (
        dial.attempt.call_id,
        f"request:{dial.attempt.request_id}",
        f"attempt:{dial.attempt.attempt_key}",
        talk.call_id,
    )
    why = f"the customer was dialled {reason} (answered at {talk.since:%Y-%m-%d %H:%M:%S} UTC)"
    yield Finding(Gap.DOUBLE, Subject.DIAL, ids, dial.at, why)


def _wanted_again(dial: _Dial, talk: _Talk, seen: Witnesses) -> bool:
    """Whether they called and were missed since that talk began, or a person asked for the call."""
    missed = any(one.customer == dial.customer and talk.since <= one.missed_at <= dial.at for one in seen.misses)
    return missed or any(
        one.customer == dial.customer and one.request_id == dial.attempt.request_id and talk.since <= one.at <= dial.at
        for one in seen.orders
    )
