"""A synthetic ledger of any size, as years of a busy company would leave it.

    python -m benchmarks.generate --calls 10000000 --dsn postgresql://...

Rows go in by COPY, oldest first, as they would have been written. Few customers call often and many seldom; days have
busy hours; a fifth of the inbound calls is missed. The same seed makes the same ledger.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

import asyncpg

from telephony.calls.rows import call_row, leg_rows
from telephony.model import (
    Answerer,
    Call,
    CallId,
    CallKind,
    ChannelName,
    Direction,
    Disposition,
    Leg,
    Linkedid,
    MissedReason,
    Party,
    PbxName,
    Uniqueid,
)

YEARS = 3
FIRST = datetime(2023, 1, 1, tzinfo=UTC)
CHUNK = 20_000
MANAGERS = tuple(str(number) for number in range(101, 161))
DIDS = tuple(f"+38044{number:07}" for number in range(5550000, 5550020))
_NAMES = ("Олена Шевченко", "Іван Петренко", "Anna Kowalska", "Мария Иванова", "", "", "")
_MISSED = (MissedReason.NO_ANSWER, MissedReason.ABANDONED_WAITING, MissedReason.ABANDONED_MENU, MissedReason.OFF_HOURS)
_UNANSWERED = (Disposition.NO_ANSWER, Disposition.BUSY, Disposition.CANCELLED, Disposition.FAILED)
_CALL_COLUMNS = (
    *("call_id", "pbx", "linkedid", "direction", "kind", "caller_number", "caller_name", "dialed", "trunk", "queue"),
    *("customer", "did", "manager", "started_at", "answered_at", "ended_at", "disposition", "missed_reason"),
    *("answered_by_number", "answered_by_name", "answered_by_channel", "talk", "repaired", "changed_at"),
)
_LEG_COLUMNS = (
    *("call_id", "uniqueid", "channel", "number", "name", "started_at", "rang_at", "answered_at", "ended_at"),
    "hangup_cause",
)
_EVENT_COLUMNS = ("call_id", "kind", "identity", "at", "number")


def customer(random: Random, count: int) -> str:
    """A customer's number: number 1 calls most, the last ones once in years."""
    place = min(count - 1, int(random.paretovariate(0.6)))
    return f"+38067{place:07}"


def calls(count: int, seed: int = 1, first: datetime = FIRST) -> Iterator[Call]:
    """Make ``count`` ended calls over three years from ``first`` on, in order of start."""
    random = Random(seed)  # noqa: S311 - a benchmark's
    customers = max(10, count // 8)
    step = timedelta(days=365 * YEARS) / count
    for number in range(count):
        at = first + number * step + timedelta(microseconds=random.randrange(1_000_000))
        yield _call(random, number, at, customer(random, customers))


def _call(random: Random, number: int, at: datetime, outside: str) -> Call:
    uniqueid = f"{int(at.timestamp())}.{number}"
    inbound, answered = random.random() < 0.7, random.random() < 0.8
    manager = random.choice(MANAGERS)
    ring, talk = random.uniform(2, 25), random.expovariate(1 / 150)
    answered_at = at + timedelta(seconds=ring) if answered else None
    ended_at = (answered_at or at) + timedelta(seconds=talk if answered else ring)
    trunk = ChannelName(f"PJSIP/carrier-{number:08x}")
    phone = ChannelName(f"PJSIP/{manager}-{number:08x}")
    ours = Leg(phone, Uniqueid(f"{uniqueid}1"), manager, f"Manager {manager}", at, at, answered_at, ended_at, 16)
    theirs = Leg(trunk, Uniqueid(uniqueid), outside, random.choice(_NAMES), at, None, at, ended_at, 16)
    unanswered = Disposition.MISSED if inbound else random.choice(_UNANSWERED)
    called = ours if inbound else theirs
    return Call(
        call_id=CallId(f"pbx:{uniqueid}"),
        pbx=PbxName("pbx"),
        linkedid=Linkedid(uniqueid),
        direction=Direction.INBOUND if inbound else Direction.OUTBOUND,
        kind=CallKind.ORDINARY if random.random() < 0.95 else CallKind.CALLBACK,
        caller=Party(outside, theirs.name) if inbound else Party(manager, ours.name),
        dialed=random.choice(DIDS) if inbound else outside,
        trunk="PJSIP/carrier",
        started_at=at,
        answered_at=answered_at,
        ended_at=ended_at,
        disposition=Disposition.ANSWERED if answered else unanswered,
        missed_reason=random.choice(_MISSED) if inbound and not answered else None,
        answered_by=Answerer(called.number, called.name, called.channel) if answered else None,
        legs=(theirs, ours),
        talk=timedelta(seconds=talk) if answered else timedelta(),
    )


def event_rows(call: Call) -> Iterator[tuple[Any, ...]]:
    """The rows of ``call_events`` that a call's life leaves."""
    yield (call.call_id, "started", "", call.started_at, call.caller.number)
    yield (call.call_id, "ringing", call.legs[1].uniqueid, call.started_at, call.legs[1].number)
    if call.answered_at:
        yield (call.call_id, "answered", "", call.answered_at, call.legs[1].number)
    outcome = " ".join(filter(None, (call.disposition, call.missed_reason)))
    yield (call.call_id, "ended", outcome, call.ended_at, "")


async def fill(dsn: str, count: int, *, seed: int = 1, first: datetime = FIRST, progress: bool = True) -> None:
    """COPY ``count`` calls with their legs and events into a migrated database, then ANALYZE."""
    connection = await asyncpg.connect(dsn)
    started = time.monotonic()
    source = calls(count, seed, first)
    done = 0
    await connection.execute("SET synchronous_commit = off")
    while chunk := list(islice(source, CHUNK)):
        async with connection.transaction():
            rows = [call_row(call, call.ended_at or call.started_at, "UA", {}) for call in chunk]
            await connection.copy_records_to_table("calls", records=rows, columns=_CALL_COLUMNS)
            legs = [row for call in chunk for row in leg_rows(call)]
            await connection.copy_records_to_table("legs", records=legs, columns=_LEG_COLUMNS)
            events = [row for call in chunk for row in event_rows(call)]
            await connection.copy_records_to_table("call_events", records=events, columns=_EVENT_COLUMNS)
        done += len(chunk)
        if progress:
            _show(done, count, time.monotonic() - started)
    await connection.execute("VACUUM ANALYZE", timeout=3600)
    await connection.close()
    if progress:
        print(file=sys.stderr)


def _show(done: int, count: int, seconds: float) -> None:
    filled = 40 * done // count
    left = seconds / done * (count - done)
    bar = "#" * filled + "." * (40 - filled)
    print(
        f"\r[{bar}] {done:,} of {count:,} calls, {done / seconds:,.0f}/s, {left:,.0f} s left ", end="", file=sys.stderr
    )


def main() -> None:
    """Read the command line and fill."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dsn", required=True, help="a migrated database")
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    asyncio.run(fill(arguments.dsn, arguments.calls, seed=arguments.seed))


if __name__ == "__main__":
    main()
