"""The API's speed over HTTP: lists and searches of a big ledger, requests a second, live events, the outbox.

    BENCH_API_CALLS=10000000 python -m benchmarks api

The API runs in a process of its own, as does the webhook's receiver; what is measured is what a client sees.
``BENCH_API_DSN`` names a database that `benchmarks.generate` has filled already, instead of filling one.
"""

import argparse
import asyncio
import os
import resource
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from secrets import token_urlsafe
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import asyncpg
from aiohttp import web

from benchmarks import child, generate
from benchmarks.ledger import server as postgres
from benchmarks.row import Row
from crm_bridge.api import pages
from crm_bridge.api.endpoint import PREFIX
from crm_bridge.api.key_store import KeyStore
from crm_bridge.api.resources import live
from crm_bridge.api.resources.calls import CallHandlers
from crm_bridge.api.server import Server
from crm_bridge.api.values import cursor
from crm_bridge.api.values.cursor import CursorPosition
from crm_bridge.api.values.keys import Scope
from crm_bridge.api.values.rates import RateBuckets
from crm_bridge.outbox.dispatcher import Dispatcher
from crm_bridge.outbox.store import OutboxStore, TargetRow, enqueue
from crm_bridge.queries.calls import CallQueries
from crm_bridge.webhooks.target import WebhookTarget, open_http
from telephony.events import CallStarted
from telephony.postgres.migrations import TELEPHONY, MigrationSource, migrate
from telephony.postgres.pool import open_pool

CALLS = int(os.environ.get("BENCH_API_CALLS", "200000"))
DSN = os.environ.get("BENCH_API_DSN", "")
PAGE = 50
DEEP = 10_000
LISTENERS = 200
MESSAGES = 6_000
SOURCES = [TELEPHONY, MigrationSource("crm_bridge", Path(__file__).parents[1] / "crm_bridge" / "sql" / "migrations")]
_ZONE = ZoneInfo("Europe/Kyiv")


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


# --- the processes --------------------------------------------------------------------------------------------------


async def serve(dsn: str) -> None:
    """Run the API until its standard input closes; tell its port, and at the end what it cost."""
    pool = await open_pool(dsn, size=10)
    feed, keys = live.LiveFeed("bench", "UA"), KeyStore(pool, now)
    queries = CallQueries(pool)
    described = [*CallHandlers(queries, "UA", ZoneInfo("Europe/Kyiv")).endpoints(), *live.endpoints(feed, keys, now)]
    app = web.Application()
    api = Server(keys, RateBuckets(), now).application([*described, *pages.endpoints(described, "1")])
    app.add_subapp(PREFIX, api)
    call = next(generate.calls(1))

    async def tell(_: web.Request) -> web.Response:
        feed(CallStarted(call, now()))
        return web.Response(text=str(time.monotonic()))

    async def spent(_: web.Request) -> web.Response:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return web.Response(text=str(used.ru_utime + used.ru_stime))

    app.add_routes([web.post("/tell", tell), web.get("/spent", spent)])
    await child.serve(app)
    feed.close()
    await pool.close()


async def sink() -> None:
    """Run a webhook receiver that says yes."""
    app = web.Application()

    async def take(request: web.Request) -> web.Response:
        await request.read()
        return web.Response()

    app.add_routes([web.post("/hook", take)])
    await child.serve(app)


# --- reading --------------------------------------------------------------------------------------------------------

_DISPOSITIONS = ("missed", "answered", "busy", "no_answer")
_REASONS = ("no_answer", "abandoned_waiting", "off_hours")
Choice = Callable[[Random], str]


def _filters(calls: int) -> dict[str, Choice]:
    """Each filter as a query, and a choice of its values."""
    customers = max(10, calls // 8)
    return {
        "": lambda _: "",
        "number": lambda random: f"number={generate.customer(random, customers).replace('+', '%2B')}",
        "manager": lambda random: f"manager={random.choice(generate.MANAGERS)}",
        "did": lambda random: f"did={random.choice(generate.DIDS).replace('+', '%2B')}",
        "direction": lambda random: f"direction={random.choice(('inbound', 'outbound'))}",
        "disposition": lambda random: f"disposition={random.choice(_DISPOSITIONS)}",
        "missed_reason": lambda random: f"missed_reason={random.choice(_REASONS)}",
        "kind": lambda random: f"kind={random.choice(('ordinary', 'callback', 'click_to_call'))}",
        "tag": lambda random: f"tag={random.choice(('vip', 'complaint', 'nobody-has-it'))}",
        "since": lambda random: f"since={generate.FIRST.replace(month=random.randrange(1, 13)).isoformat()[:19]}Z",
        "until": lambda random: f"until={generate.FIRST.replace(month=random.randrange(1, 13)).isoformat()[:19]}Z",
    }


async def _took(http: aiohttp.ClientSession, query: str) -> float:
    began = time.perf_counter()
    async with http.get(f"{PREFIX}/calls?limit={PAGE}&{query}") as response:
        await response.read()
        assert response.status == 200, await response.text()
    return time.perf_counter() - began


async def _pages(http: aiohttp.ClientSession, choose: Choice, place: str = "", count: int = 300) -> float:
    random = Random(7)  # noqa: S311 - a benchmark's
    for _ in range(10):
        await _took(http, choose(random))
    return _p99([await _took(http, f"{choose(random)}{place}") for _ in range(count)]) * 1000


def _deep_page(calls: int) -> int:
    """Page 10,000, or the middle of a ledger that has fewer."""
    return min(DEEP, calls // 2 // PAGE)


async def _deep_place(dsn: str, calls: int) -> str:
    """The cursor of `_deep_page`."""
    connection = await asyncpg.connect(dsn)
    row = await connection.fetchrow(
        "SELECT started_at, call_id FROM calls ORDER BY started_at DESC, call_id DESC OFFSET $1 LIMIT 1",
        _deep_page(calls) * PAGE,
    )
    await connection.close()
    assert row
    return f"&cursor={cursor.write(CursorPosition(row['started_at'], row['call_id']))}"


async def reading(http: aiohttp.ClientSession, dsn: str, calls: int) -> list[Row]:
    """A page by each filter, at the beginning and deep in the list."""
    deep = await _deep_place(dsn, calls)
    found = []
    for name, choose in _filters(calls).items():
        limit = 10 if name == "number" else 20
        first, later = await _pages(http, choose), await _pages(http, choose, deep)
        by = f"by {name}" if name else "without a filter"
        found.append(Row(f"API: page 1 of {PAGE} {by} of {calls:,}, p99", first, "ms", "limit", limit))
        if name != "number":
            found.append(
                Row(f"API: page {_deep_page(calls):,} of {PAGE} {by} of {calls:,}, p99", later, "ms", "limit", limit)
            )
    return found


async def rate(http: aiohttp.ClientSession, seconds: float = 8) -> list[Row]:
    """Pages of 50 as fast as eight clients ask; a second of the API's own CPU is what "one core" means."""

    async def spent() -> float:
        async with http.get("/spent") as response:
            return float(await response.text())

    random = Random(11)  # noqa: S311 - a benchmark's
    done = 0
    ends = time.perf_counter() + seconds

    async def client() -> None:
        nonlocal done
        while time.perf_counter() < ends:
            await _took(http, f"manager={random.choice(generate.MANAGERS)}")
            done += 1

    before = await spent()
    await asyncio.gather(*(client() for _ in range(8)))
    cpu = await spent() - before
    return [Row(f"API: requests (pages of {PAGE}) a second of one core", done / cpu, "requests/s", "limit", 500)]


async def live_events(http: aiohttp.ClientSession, events: int = 50) -> list[Row]:
    """From the event to the last of 200 listeners."""
    told: asyncio.Queue[float] = asyncio.Queue()
    ready = asyncio.Semaphore(0)

    async def listen() -> None:
        async with http.get(f"{PREFIX}/events") as response:
            ready.release()
            while await response.content.readuntil(b"\n\n"):
                told.put_nowait(time.monotonic())

    tasks = [asyncio.create_task(listen(), name="listener") for _ in range(LISTENERS)]
    for _ in range(LISTENERS):
        await ready.acquire()
    await asyncio.sleep(0.2)
    took = []
    for _ in range(events):
        began = time.monotonic()
        async with http.post("/tell") as response:
            await response.read()
        took.append(max([await told.get() for _ in range(LISTENERS)]) - began)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    return [Row(f"API: event to the last of {LISTENERS} live listeners, p99", _p99(took) * 1000, "ms", "limit", 200)]


async def outbox(dsn: str) -> list[Row]:
    """Messages of as many calls to a webhook on this machine; the receiver is another process."""
    pool = await open_pool(dsn, size=5)
    store = OutboxStore(pool)
    await store.declare([TargetRow("bench")])
    body = {"call": {"call_id": "pbx:1.1", "caller": {"number": "+380671234567", "name": "Олена"}}, "text": "x" * 1500}
    async with pool.acquire() as connection, connection.transaction():
        for number in range(MESSAGES):
            await enqueue(connection, ["bench"], key=f"pbx:{number}", kind="call.ended", body=body, at=now())
    async with child.child("benchmarks.api", "sink") as url, open_http(private_allowed=True) as http:
        target = WebhookTarget(f"{url}/hook", [b"s" * 32], True, http)  # noqa: FBT003
        dispatcher = Dispatcher(store, {"bench": target}, clock=now, jitter=lambda: 0.5)
        began = time.perf_counter()
        while await dispatcher.deliver_due("bench"):
            pass
        took = time.perf_counter() - began
    assert not await pool.fetchval("SELECT 1 FROM outbox_messages WHERE target = 'bench' AND state <> 'delivered'")
    await pool.execute("DELETE FROM outbox_messages WHERE target = 'bench'")
    await pool.execute("DELETE FROM outbox_targets WHERE target = 'bench'")
    await pool.close()
    return [Row("outbox: deliveries to a local webhook", MESSAGES / took, "deliveries/s", "limit", 1000)]


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[98]


@asynccontextmanager
async def ledger() -> AsyncIterator[tuple[str, int]]:
    """A filled database: its DSN and how many calls it has."""
    if DSN:
        await migrate(DSN, SOURCES)
        connection = await asyncpg.connect(DSN)
        calls = await connection.fetchval("SELECT count(*) FROM calls", timeout=600)
        await _tags(connection)
        await connection.close()
        yield DSN, calls
        return
    async with postgres() as running:
        await migrate(running.dsn, SOURCES)
        await generate.fill(running.dsn, CALLS)
        connection = await asyncpg.connect(running.dsn)
        await _tags(connection)
        await connection.close()
        yield running.dsn, CALLS


async def _tags(connection: Any) -> None:  # noqa: ANN401 - asyncpg's
    """One call in ten is tagged."""
    for tag, share in (("vip", 10), ("complaint", 1000)):
        await connection.execute(
            "INSERT INTO call_tags (call_id, tag, started_at, at, author) "
            "SELECT call_id, $1, started_at, started_at, 'bench' FROM calls WHERE hashtext(call_id) % $2 = 0 "
            "ON CONFLICT DO NOTHING",
            tag,
            share,
            timeout=3600,
        )
    await connection.execute("ANALYZE call_tags")


async def _measure() -> list[Row]:
    async with ledger() as (dsn, calls):
        pool = await open_pool(dsn, size=2)
        made = KeyStore(pool, now)
        key = await made.create("bench", list(Scope), expires_at=None, per_minute=10**8, random_text=token_urlsafe)
        async with child.child("benchmarks.api", "serve", dsn) as url, _client(url, key) as http:
            found = [*await reading(http, dsn, calls), *await rate(http), *await live_events(http)]
        await made.revoke(key.split("_")[1])
        await pool.close()
        return [*found, *await outbox(dsn)]


def _client(url: str, key: str) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=LISTENERS + 50)
    timeout = aiohttp.ClientTimeout(total=600)
    return aiohttp.ClientSession(url, headers={"Authorization": f"Bearer {key}"}, connector=connector, timeout=timeout)


def rows() -> list[Row]:
    """Every figure of this file; ``BENCH_API_CALLS`` is the size of the ledger."""
    return asyncio.run(_measure())


def main() -> None:
    """Be one of the other processes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("part", choices=("serve", "sink"))
    parser.add_argument("dsn", nargs="?", default="")
    asked = parser.parse_args()
    asyncio.run(serve(asked.dsn) if asked.part == "serve" else sink())


if __name__ == "__main__":
    main()
