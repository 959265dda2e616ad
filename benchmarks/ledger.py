"""The ledger's speed: writing with fsync on, how soon a row is seen, and reading pages of a big ledger.

    python -m benchmarks ledger

Peers, in the same run on the same server: for writing, the same writer committing each event by itself; for reading,
the same page by OFFSET.
"""

import asyncio
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import asyncpg

from benchmarks import generate
from benchmarks.row import Row
from telephony.calls.pump import Pump, PumpBounds
from telephony.calls.store import LedgerWriter
from telephony.events import CallAnswered, CallEnded, CallEvent, CallRinging, CallStarted
from telephony.model import Call, Disposition
from telephony.postgres.embedded import EmbeddedServer
from telephony.postgres.migrations import migrate
from telephony.postgres.pool import Pool, open_pool

BIG = int(os.environ.get("BENCH_LEDGER_CALLS", "1000000"))
PAGE = 50
RATE = 1_000


@asynccontextmanager
async def server() -> AsyncIterator[EmbeddedServer]:
    """A fresh embedded server as the daemon runs it, fsync on."""
    folder = Path(tempfile.mkdtemp(prefix="rb-bench-", dir="/tmp"))
    folder.chmod(0o755)  # noqa: ASYNC240 - nothing else runs yet
    running = EmbeddedServer(folder / "pg")
    await running.start()
    try:
        await migrate(running.dsn)
        yield running
    finally:
        await running.stop(within_seconds=60)
        shutil.rmtree(folder)


def life(call: Call) -> list[CallEvent]:
    """The four events of a generated call that was answered."""
    theirs, ours = call.legs
    at, answered_at, ended_at = call.started_at, call.answered_at, call.ended_at
    assert answered_at
    assert ended_at
    open_call = replace(call, ended_at=None, disposition=Disposition.IN_PROGRESS, talk=timedelta())
    theirs = replace(theirs, ended_at=None, hangup_cause=None)
    ours = replace(ours, ended_at=None, hangup_cause=None)
    first = replace(open_call, answered_at=None, answered_by=None, legs=(theirs,))
    rings = replace(first, legs=(theirs, replace(ours, answered_at=None)))
    talks = replace(open_call, legs=(theirs, ours))
    return [
        CallStarted(first, at),
        CallRinging(rings, at, ours.channel, ours.uniqueid, ours.number),
        CallAnswered(talks, answered_at, ours.channel, ours.uniqueid),
        CallEnded(call, ended_at),
    ]


def lives(count: int, seed: int) -> list[list[CallEvent]]:
    """``count`` answered calls, each as its four events; later ones start later."""
    answered = (call for call in generate.calls(count * 2, seed) if call.answered_at)
    return [life(call) for _, call in zip(range(count), answered, strict=False)]


async def _write_all(pool: Pool, events: list[CallEvent], batch: int) -> float:
    pump = Pump(pool, LedgerWriter("UA"), bounds=PumpBounds(batch=batch))
    started = time.perf_counter()
    for event in events:
        pump.submit(event)
    task = asyncio.create_task(pump.run(), name="pump")
    await pump.drained()
    seconds = time.perf_counter() - started
    await pump.stop()
    await task
    assert pump.figures.dead == 0
    assert pump.figures.written == len(events)
    return seconds


async def writing(calls: int = 10_000) -> list[Row]:
    """Calls a second, all four events of each, interleaved as simultaneous calls are; fsync on."""
    async with server() as running:
        pool = await open_pool(running.dsn)
        assert await pool.fetchval("SHOW fsync") == "on"
        assert await pool.fetchval("SHOW synchronous_commit") == "on"
        ours = calls / await _write_all(pool, _interleaved(lives(calls, 1), 2_000), 500)
        few = calls // 20
        peer = few / await _write_all(pool, _interleaved(lives(few, 2), 2_000), 1)
        await pool.close()
    return [Row("ledger: full calls written, fsync on", ours, "calls/s", "the same, a transaction an event", peer)]


def _interleaved(stories: list[list[CallEvent]], at_once: int) -> list[CallEvent]:
    """The events of ``at_once`` calls at a time, step by step."""
    groups = (stories[start : start + at_once] for start in range(0, len(stories), at_once))
    return [event for group in groups for step in zip(*group, strict=True) for event in step]


async def visibility(seconds: float = 8) -> list[Row]:
    """At 1,000 calls a second: how old the oldest event is that another connection cannot see yet, p99 of samples."""
    async with server() as running:
        pool = await open_pool(running.dsn)
        reader = await asyncpg.connect(running.dsn)
        stories = lives(int(RATE * seconds), 3)
        told: dict[str, int] = {story[0].call.call_id: place for place, story in enumerate(stories)}
        submitted: list[float] = []
        pump = Pump(pool, LedgerWriter("UA"))
        task = asyncio.create_task(pump.run(), name="pump")
        pace = asyncio.create_task(_pace(pump, stories, submitted), name="pace")
        lags = []
        while not pace.done():
            looked = time.perf_counter()
            newest = await reader.fetchval("SELECT call_id FROM calls ORDER BY started_at DESC LIMIT 1")
            unseen = told[newest] + 1 if newest else 0
            sent = [moment for moment in submitted[unseen : unseen + 1] if moment < looked]
            lags.append(looked - sent[0] if sent else 0.0)
            await asyncio.sleep(0.005)
        await pump.stop()
        await task
        assert await pool.fetchval("SELECT count(*) FROM calls WHERE ended_at IS NOT NULL") == len(stories)
        await reader.close()
        await pool.close()
    p99 = _percentile(lags, 99) * 1000
    return [Row(f"ledger: newest row visible at {RATE:,} calls/s, p99", p99, "ms", "limit", 250)]


async def _pace(pump: Pump, stories: list[list[CallEvent]], submitted: list[float]) -> None:
    """Begin 1,000 calls a second; each goes one step further 100 ms later."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    for place, story in enumerate(stories):
        due = start + place / RATE
        if (wait := due - loop.time()) > 0.002:
            await asyncio.sleep(wait)
        submitted.append(time.perf_counter())
        pump.submit(story[0])
        for step in range(1, 4):
            loop.call_later(0.1 * step, pump.submit, story[step])
    await asyncio.sleep(0.5)


async def reading(calls: int) -> list[Row]:
    """A page of 50 from anywhere in a big ledger by each filter, p99 of 300 pages; the peer is OFFSET to the middle."""
    async with server() as running:
        await generate.fill(running.dsn, calls)
        connection = await asyncpg.connect(running.dsn)
        sizes = await connection.fetchrow(
            "SELECT pg_table_size('calls') + pg_indexes_size('calls') AS calls, "
            "pg_total_relation_size('legs') AS legs, pg_total_relation_size('call_events') AS events"
        )
        assert sizes
        print({name: f"{size / calls:,.0f} bytes a call" for name, size in sizes.items()}, file=sys.stderr)
        results = [await _page(connection, name, sql, choose, calls) for name, sql, choose in _filters(calls)]
        await connection.close()
    return results


def _page_of(column: str) -> str:
    """A page by keyset, as the API reads it: ``$4`` is the column's value."""
    narrowed = f"{column} = $4 AND {column} <> '' AND" if column else ""
    return f"""
        SELECT * FROM calls WHERE {narrowed} (started_at, call_id) < ($1, $2)
        ORDER BY started_at DESC, call_id DESC LIMIT $3
    """  # noqa: S608 - column names of this file


def _filters(calls: int) -> list[tuple[str, str, Callable[[Random], str | None]]]:
    return [
        ("time", _page_of(""), lambda _: None),
        ("customer", _page_of("customer"), lambda random: generate.customer(random, max(10, calls // 8))),
        ("manager", _page_of("manager"), lambda random: random.choice(generate.MANAGERS)),
        ("DID", _page_of("did"), lambda random: random.choice(generate.DIDS)),
        (
            "outcome",
            _page_of("disposition"),
            lambda random: random.choice(["missed", "answered", "busy", "no_answer"]),
        ),
        ("direction", _page_of("direction"), lambda random: random.choice(["inbound", "outbound"])),
    ]


async def _page(
    connection: Any,  # noqa: ANN401 - asyncpg's
    name: str,
    query: str,
    choose: Callable[[Random], str | None],
    calls: int,
) -> Row:
    random = Random(7)  # noqa: S311 - a benchmark's
    span = timedelta(days=365 * generate.YEARS)
    took = []
    for _ in range(300):
        value = choose(random)
        before = generate.FIRST + span * random.random()
        started = time.perf_counter()
        await connection.fetch(query, before, "", PAGE, *([value] if value is not None else []))
        took.append(time.perf_counter() - started)
    ours = _percentile(took, 99) * 1000
    peer = await _by_offset(connection, query, choose(random), calls) * 1000
    return Row(f"ledger: page of {PAGE} by {name} of {calls:,}, p99", ours, "ms", "OFFSET to the middle", peer)


async def _by_offset(connection: Any, query: str, value: str | None, calls: int) -> float:  # noqa: ANN401 - asyncpg's
    column = query.split("WHERE ")[1].split(" = ", maxsplit=1)[0] if value is not None else ""
    where = f"WHERE {column} = $1 " if column else ""
    values = [value] if value is not None else []
    total = await connection.fetchval(f"SELECT count(*) FROM calls {where}", *values) if column else calls  # noqa: S608
    took = []
    for _ in range(3):
        started = time.perf_counter()
        await connection.fetch(
            f"SELECT * FROM calls {where}ORDER BY started_at DESC, call_id DESC LIMIT {PAGE} OFFSET {total // 2}",  # noqa: S608
            *values,
        )
        took.append(time.perf_counter() - started)
    return statistics.median(took)


def _percentile(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


async def _measure() -> list[Row]:
    return [*await writing(), *await visibility(), *await reading(BIG)]


def rows() -> list[Row]:
    """Every figure of this file; ``BENCH_LEDGER_CALLS`` is the size of the ledger that is read."""
    return asyncio.run(_measure())
