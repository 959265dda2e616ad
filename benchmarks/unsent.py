"""A night's backlog: what the outbox holds for a target after hours in which it could not be reached."""

import asyncio
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from random import Random

import asyncpg

from benchmarks import generate
from benchmarks.ledger import life
from crm_bridge.crm.policy.messages import KINDS
from crm_bridge.events import publish, publish_callback, publish_ready
from telephony.events import CallbackChanged, CallEnded, CallEvent, CallRinging
from telephony.model import Call, Direction, Disposition, MissedReason, Party

REGION = "UA"
KNOWN = tuple(f"+38050{place:07}" for place in range(300))
"""Customers whom every vendor's account knows."""
CARDS = (*KINDS, "call.ringing", "call.answered")
"""What a CRM with cards hears."""
_STRANGERS = 0.05
_CALLED_BACK_AFTER = 40
"""Calls, between a missed one and the end of its callback."""

Told = tuple[str, str, str]
"""A message's key, kind and body."""


def ringing(call: Call) -> CallRinging:
    """Its first phone begins to ring."""
    ours = call.legs[1]
    return CallRinging(call, call.started_at, ours.channel, ours.uniqueid, ours.number)


def _customer(random: Random) -> str:
    """Most are known, some call for the first time."""
    return f"+38063{random.randrange(10**7):07}" if random.random() < _STRANGERS else random.choice(KNOWN)


def from_customer(call: Call, number: str) -> Call:
    """Give a call another customer."""
    if call.direction is Direction.OUTBOUND:
        return replace(call, dialed=number)
    missed = call.disposition is Disposition.MISSED
    return replace(call, caller=Party(number, ""), missed_reason=MissedReason.NO_ANSWER if missed else None)


def _of(call: Call) -> Iterator[Told]:
    """A call's messages in their order: its events, then its recording."""
    ended = call.ended_at or call.started_at
    events: list[CallEvent] = life(call) if call.answered_at else [ringing(call), CallEnded(call, ended)]
    for event in events:
        kind, body = publish(event, REGION)
        yield call.call_id, kind, json.dumps(body)
    if call.answered_at:
        row = {"recording_id": 1, "started_at": call.started_at, "seconds": call.talk.total_seconds(), "sides": 2}
        kind, body = publish_ready(call.call_id, [{**row, "format": "mp3", "bytes": 9}], ended)
        yield call.call_id, kind, json.dumps(body)


def _reached(number: int, call: Call) -> Told:
    """The end of the callback that a missed call made."""
    at = call.started_at + timedelta(minutes=4)
    told = {"customer": call.customer, "name": "", "did": call.dialed, "owner": "", "misses": 1, "spent": 0}
    times = {"at": at, "first_missed_at": at, "due_at": at, "closed_at": at}
    who = {"by": call.legs[1].number, "call_id": call.call_id}
    changed = CallbackChanged(request_id=number, verb="done", state="done", reason="reached", **told, **times, **who)  # type: ignore[arg-type]
    kind, body = publish_callback(changed)
    return f"request:{number}", kind, json.dumps(body)


def _told() -> Iterator[Told]:
    random = Random(5)  # noqa: S311 - a benchmark's
    waiting: list[tuple[int, Call]] = []
    for number, bare in enumerate(generate.calls(10**6, 3)):
        call = from_customer(bare, _customer(random))
        yield from _of(call)
        if call.disposition is Disposition.MISSED:
            waiting.append((number, call))
        while waiting and waiting[0][0] < number - _CALLED_BACK_AFTER:
            yield _reached(*waiting.pop(0))


def messages(count: int, kinds: Sequence[str] = ()) -> Iterator[Told]:
    """The first ``count`` messages of a night for somebody who hears these kinds; all of them if none is named."""
    return islice((told for told in _told() if not kinds or told[1] in kinds), count)


async def fill(dsn: str, target: str, told: Iterable[Told], *, hours: float = 8) -> int:
    """Write a target's backlog by COPY, oldest first, as if it had come in over the last hours; gives how many."""
    connection = await asyncpg.connect(dsn)
    began = datetime.now(UTC) - timedelta(hours=hours)
    columns = ("target", "key", "kind", "body", "created_at", "due_at")
    source, done = iter(told), 0
    while first := list(islice(source, 1)):
        times = (began + timedelta(milliseconds=number) for number in range(done, done + 20_000))
        rows = [(target, *each, at, at) for each, at in zip(chain(first, islice(source, 19_999)), times, strict=False)]
        await connection.copy_records_to_table("outbox_messages", records=rows, columns=columns)
        done += len(rows)
    await connection.execute("ANALYZE outbox_messages")
    await connection.close()
    return done


def main() -> None:
    """Fill a database: a process of its own, so that whoever drains it has not grown by this."""
    dsn, target, count, *kinds = sys.argv[1:]
    asyncio.run(fill(dsn, target, messages(int(count), kinds)))


if __name__ == "__main__":
    main()
