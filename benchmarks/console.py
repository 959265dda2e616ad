"""The console's speed over a big ledger: pages and fragments of a head and of a manager, the first load, open boards.

    python -m benchmarks console
    BENCH_CONSOLE_DSN=postgresql://... python -m benchmarks console     # one that `benchmarks.company` has filled

The console runs in a process of its own; times are what a client on this machine sees, one request after the other.
The open boards are clients that do what a page does: hold the stream, and fetch their part when it has changed.
"""

import argparse
import asyncio
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import aiohttp
import structlog
from aiohttp import web

from benchmarks import child, company, generate
from benchmarks.api import SOURCES
from benchmarks.ledger import server as postgres
from benchmarks.row import Row
from crm_bridge.api.key_store import KeyStore
from crm_bridge.api.ports import ApiServices
from crm_bridge.api.resources import live
from crm_bridge.cases.book import CaseBook
from crm_bridge.context import straight_on
from crm_bridge.notes import Notes
from crm_bridge.people.access import UserRole
from crm_bridge.people.assembly import PeopleParts, open_people
from crm_bridge.reviews.orders import ReviewOrders
from crm_bridge.web import PREFIX
from crm_bridge.web.opening import ConsolePlace, ConsoleWants, open_console
from telephony.callback.assembly import Callbacks
from telephony.callback.promises.calendar_days import CalendarDays
from telephony.calls.revival import DeadLetters
from telephony.daemon.health import Health
from telephony.directory.store import DirectoryStore
from telephony.postgres.migrations import migrate
from telephony.postgres.pool import Pool, open_pool
from telephony.recording.alarms import AlarmClearing
from telephony.recording.files import Library, SharedLibrary
from telephony.schedule.rules.almanac import Almanac
from telephony.schedule.watch import CalendarWatch
from telephony.settings import TelephonySettings

CALLS = int(os.environ.get("BENCH_CONSOLE_CALLS", "200000"))
DSN = os.environ.get("BENCH_CONSOLE_DSN", "")
TIMES = 60
BOARDS, CALLS_A_SECOND, SECONDS = 50, 5, 30
_PAGE_MS, _PART_MS, _FIRST_KB, _CORE = 60, 30, 140, 5
_HEAD, _MANAGER = "head", "manager"
_NUMBER = generate.MANAGERS[7]
_ZONE = ZoneInfo("Europe/Kyiv")


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


# --- the process ----------------------------------------------------------------------------------------------------


async def serve(dsn: str) -> None:
    """Run the console until its standard input closes; tell its port, and what it has spent."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # standard output tells the port alone
    pool = await open_pool(dsn, size=10)
    feed, people = live.LiveFeed("bench", "UA"), _people(pool)
    wants = ConsoleWants(
        _services(pool),
        Notes(pool),
        feed,
        list,
        KeyStore(pool, now),
        CaseBook(now, straight_on, 60),
        ReviewOrders(pool),
    )
    app = web.Application()
    app.add_subapp(PREFIX, open_console(ConsolePlace(pool, now, "UA", _ZONE, "bench"), wants, people, None))

    async def spent(_: web.Request) -> web.Response:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return web.Response(text=str(used.ru_utime + used.ru_stime))

    async def tell(request: web.Request) -> web.Response:
        feed.tell((await request.read()).decode(), {})
        return web.Response()

    app.add_routes([web.get("/spent", spent), web.post("/tell", tell)])
    await child.serve(app)
    feed.close()
    await pool.close()


def _people(pool: Pool) -> PeopleParts:
    return open_people(pool, now, "UA", default_group="group 0", trusted_proxies=())


def _services(pool: Pool) -> ApiServices:
    settings = TelephonySettings()
    almanac = Almanac(settings.hours)
    callbacks = Callbacks(pool, settings, now, almanac=almanac)
    watch = CalendarWatch(pool, settings.hours, almanac, now)
    unused: Any = None  # the pages that are measured neither dial nor record
    return ApiServices(
        absences=callbacks.absences,
        alarms=AlarmClearing(pool, now),
        calendar=CalendarDays(pool, almanac, watch.look, "UA", now),
        callbacks=callbacks.operations,
        clicks=unused,
        dead_letters=DeadLetters(pool, now),
        directory=DirectoryStore(pool),
        health=Health(),
        library=Library(settings.recording.folder),
        messages=SharedLibrary(settings.recording.shared),
        presences=callbacks.presences({}),
        privacy=unused,
        recorder=unused,
        settings=(),
        surveys=unused,
    )


# --- what is asked --------------------------------------------------------------------------------------------------


class Asked(NamedTuple):
    """A page, and its part that is fetched again."""

    name: str
    path: str
    part: str


def _asked(customer: str, call_id: str) -> list[Asked]:
    number = customer.replace("+", "%2B")
    return [
        Asked("today", "", "all"),
        Asked("board", "/board", "rows"),
        Asked("reached", "/board?tab=reached", "rows"),
        Asked("live", "/live", "now"),
        Asked("calls of 7 days", "/calls", "rows"),
        Asked("missed of 30 days", "/calls?period=days30&disposition=missed", "rows"),
        Asked("calls of all time", "/calls?period=all", "rows"),
        Asked("calls of a number", f"/calls?number={number}", "rows"),
        Asked("a call", f"/calls/{call_id}", "notes"),
        Asked("a customer", f"/customers/{number}", ""),
        Asked("customers", "/customers", ""),
        Asked("search by name", "/search?q=Customer+0042", ""),
        Asked("search by number", "/search?q=0000042", ""),
    ]


async def _took(http: aiohttp.ClientSession, path: str) -> float:
    began = time.perf_counter()
    async with http.get(path, headers={"Accept": "text/html"}) as response:
        body = await response.read()
        assert response.status == 200, (path, response.status, body[:300])
    return time.perf_counter() - began


async def _times(http: aiohttp.ClientSession, path: str) -> list[float]:
    await _took(http, path)
    return [await _took(http, path) for _ in range(TIMES)]


async def pages(http: aiohttp.ClientSession, asked: list[Asked], whose: str) -> list[Row]:
    """Each page's p95, and the worst of them."""
    rows = []
    for one in asked:
        page = _p95(await _times(http, PREFIX + one.path))
        rows.append(Row(f"console: {one.name}, {whose}, p95", page * 1000, "ms", "limit", _PAGE_MS))
        if one.part:
            path = f"{PREFIX}{one.path}{'&' if '?' in one.path else '?'}part={one.part}"
            part = _p95(await _times(http, path))
            rows.append(Row(f"console: {one.name}, its part, {whose}, p95", part * 1000, "ms", "limit", _PART_MS))
    return rows


async def first_load(http: aiohttp.ClientSession) -> list[Row]:
    """What a browser that has nothing fetches for a call's page (which has a player), as it comes over the wire."""
    names = ("console.css", "console.js", "player.js", "vendor/htmx.js", "vendor/hx-csp.js")
    fonts = ("vendor/inter-latin.woff2", "vendor/inter-cyrillic.woff2", "mark.svg")
    async with http.get(f"{PREFIX}/more", headers={"Accept": "text/html", "Accept-Encoding": "gzip"}) as response:
        text = (await response.read()).decode()
        whole = int(response.headers.get("Content-Length", len(text) // 4))
    version = text.partition("/static/")[2][:8]
    for name in (*names, *fonts):
        async with http.get(f"{PREFIX}/static/{version}/{name}", headers={"Accept-Encoding": "gzip"}) as response:
            assert response.status == 200, name
            whole += int(response.headers["Content-Length"])
    return [Row("console: first load, compressed", whole / 1000, "kB", "limit", _FIRST_KB)]


# --- open boards ----------------------------------------------------------------------------------------------------


class _Board:
    """What an open page does: it hears of changes, and fetches its part; while it does, further ones wait."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self.fetched = 0
        self.ready = asyncio.Event()

    async def stay(self) -> None:
        async with self._http.get(f"{PREFIX}/live/stream", timeout=aiohttp.ClientTimeout(total=None)) as stream:
            while True:
                frame = await stream.content.readuntil(b"\n\n")
                self.ready.set()
                if b"event: changed" in frame and b"callbacks" in frame:
                    await _took(self._http, f"{PREFIX}/board?part=rows")
                    self.fetched += 1


async def boards(http: aiohttp.ClientSession) -> list[Row]:
    """What fifty boards cost at five calls a second: the share of a core that the console's process spends."""
    told = ["call.started", "call.ringing", "call.answered", "call.ended"]
    missed = ["call.started", "call.missed", "callback.requested", "callback.ringing", "callback.reached"]

    async def spent() -> float:
        async with http.get("/spent") as response:
            return float(await response.text())

    async def play(seconds: float) -> float:
        before, random = await spent(), Random(5)  # noqa: S311 - a benchmark's
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            for kind in missed if random.random() < 0.2 else told:
                async with http.post("/tell", data=kind) as response:
                    await response.read()
                await asyncio.sleep(1 / CALLS_A_SECOND / 5)
        return (await spent() - before) / seconds

    without = await play(SECONDS / 3)
    opened = [_Board(http) for _ in range(BOARDS)]
    tasks = [asyncio.create_task(board.stay(), name="board") for board in opened]
    await asyncio.gather(*(board.ready.wait() for board in opened))
    cost = await play(SECONDS)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    fetched = sum(board.fetched for board in opened) / SECONDS
    return [
        Row(
            f"console: {BOARDS} open boards, {CALLS_A_SECOND} calls/s",
            (cost - without) * 100,
            "% core",
            "limit",
            _CORE,
        ),
        Row("console: parts that they fetch", fetched, "a second"),
    ]


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[94]


# --- all of it ------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def ledger() -> AsyncIterator[str]:
    """A filled database."""
    if DSN:
        await migrate(DSN, SOURCES)
        yield DSN
        return
    async with postgres() as running:
        await migrate(running.dsn, SOURCES)
        await company.fill(running.dsn, CALLS)
        yield running.dsn


async def measure() -> list[Row]:
    """Measure all of it."""
    async with ledger() as dsn:
        pool = await open_pool(dsn, size=3)
        people = _people(pool)
        for user_id, role, manager in ((_HEAD, UserRole.HEAD, None), (_MANAGER, UserRole.MANAGER, _NUMBER)):
            if not await pool.fetchval("SELECT true FROM users WHERE user_id = $1", user_id):
                await people.users.add(user_id, user_id, role, manager_id=manager, may_listen=True, language="ru")
        sessions = {user: await people.sessions.begin(user, "127.0.0.1", "bench") for user in (_HEAD, _MANAGER)}
        own = await pool.fetchrow(
            "SELECT call_id, customer FROM calls WHERE manager = $1 ORDER BY started_at DESC OFFSET 20 LIMIT 1", _NUMBER
        )
        assert own
        count = await pool.fetchval("SELECT count(*) FROM calls")
        await pool.close()
        rows = [Row("console: calls in the ledger", count, "calls")]
        async with child.child("benchmarks.console", "serve", dsn) as url:
            for user, token in sessions.items():
                async with _browser(url, token) as http:
                    rows += await pages(http, _asked(own["customer"], own["call_id"]), user)
                    if user == _HEAD:
                        rows += await first_load(http)
                        rows += await boards(http)
    return rows


def _browser(url: str, token: str) -> aiohttp.ClientSession:
    jar, connector = aiohttp.CookieJar(unsafe=True), aiohttp.TCPConnector(limit=0)
    return aiohttp.ClientSession(url, cookies={"ringback": token}, cookie_jar=jar, connector=connector)


def rows() -> list[Row]:
    """Run it."""
    return asyncio.run(measure())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["serve", "show"])
    parser.add_argument("dsn", nargs="?", default="")
    asked = parser.parse_args()
    if asked.what == "serve":
        asyncio.run(serve(asked.dsn))
    else:
        print("\n".join(json.dumps(row.as_json(), ensure_ascii=False) for row in rows()))
