"""A night's backlog at each CRM's own limit: how long it takes, and what it costs us.

    python -m benchmarks catching_up

100,000 messages for each CRM, through the real outbox, dispatcher and adapters, to the tests' fakes, each a process of
its own that enforces its vendor's limits and answers arrays and batches as its vendor does. Time is simulated: a turn
of a pace comes when everything else has been done that can be, and the fakes are told by each request what time it is.
So it takes minutes, and the hours do not depend on how busy this machine is; the CPU time is real. The hours are those
that the requests, which the fakes count, take at our pace.

``BENCH_BACKLOG_MESSAGES`` and ``BENCH_CRMS`` (names with commas) make it smaller.
"""

import asyncio
import heapq
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from itertools import count

import aiohttp

from benchmarks import vendors
from benchmarks.draining import Ground, Meter, opened, running
from benchmarks.row import Row
from benchmarks.vendors import PACES, PLACES, TITLES, now
from crm_bridge.crm.hubspot.client import SEARCHES
from crm_bridge.outbox.dispatcher import Dispatcher, DispatchPolicy
from crm_bridge.outbox.store import OutboxStore
from telephony.postgres.pool import Pool, open_pool
from tests.integration.crm_bridge.crm.limits import CLOCK

MESSAGES = int(os.environ.get("BENCH_BACKLOG_MESSAGES", "100000"))
NIGHT = 100_000
GOALS: Mapping[str, float] = {"bitrix24": 1, "amocrm": 1, "hubspot": 0.5, "odoo": 1}
"""Hours."""
_QUIET_LOOKS = 3
_OPEN = "SELECT count(*) FROM outbox_messages WHERE target = $1 AND state IN ('waiting', 'sending')"


class VirtualTime:
    """A clock that goes on when nobody does anything: no statement and no request is under way."""

    def __init__(self, pool: Pool) -> None:
        self.now = 0.0
        self._pool = pool
        self._began = now()
        self.idle: Callable[[], None] = lambda: None
        """Called when time has passed in which there was nothing to do."""
        self._requests = 0
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()

    def __call__(self) -> datetime:
        """Give the time, as the dispatcher is to see it."""
        return self._began + timedelta(seconds=self.now)

    async def wait_until(self, at: float) -> None:
        """Wait until then."""
        come: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (at, next(self._numbers), come))
        await come

    async def run(self) -> None:
        """Go, for ever."""
        while True:
            await self._quiet()
            if not self._waiting:  # what waits for a time of its own
                self.now += 1
                self.idle()
            while self._waiting:
                at, _, come = heapq.heappop(self._waiting)
                if not come.done():
                    self.now = max(self.now, at)
                    come.set_result(None)
                    break

    async def _quiet(self) -> None:
        looks = 0
        while looks < _QUIET_LOOKS:
            await asyncio.sleep(0.0005)
            is_quiet = self._pool.get_idle_size() == self._pool.get_size() and not self._requests
            looks = looks + 1 if is_quiet else 0

    def tracing(self) -> aiohttp.TraceConfig:
        """Tell each request the time, and count those that are under way."""

        async def began(_: object, __: object, params: aiohttp.TraceRequestStartParams) -> None:
            params.headers[CLOCK] = repr(self.now)
            self._requests += 1

        async def ended(*_: object) -> None:
            self._requests -= 1

        config = aiohttp.TraceConfig()
        config.on_request_start.append(began)
        config.on_request_end.append(ended)
        config.on_request_exception.append(ended)
        return config


class VirtualPace:
    """So many turns a second of a virtual clock."""

    def __init__(self, time: VirtualTime, per_second: float) -> None:
        self._time = time
        self._apart = 1 / per_second
        self._next = 0.0

    async def turn(self) -> None:
        """Wait for the next turn."""
        at = max(self._next, self._time.now)
        self._next = at + self._apart
        await self._time.wait_until(at)

    async def hold(self, wait: timedelta) -> None:
        """Give no turns for a while."""
        self._next = max(self._next, self._time.now + wait.total_seconds())


async def night(name: str) -> Sequence[Row]:
    """Let one CRM's night leave."""
    async with opened() as ground, AsyncExitStack() as stack:
        url = await ground.vendor(name, "--limited")
        await ground.fill(name, MESSAGES)
        clock = VirtualTime(ground.pool)
        jar = aiohttp.DummyCookieJar()
        http = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar, trace_configs=[clock.tracing()]))
        target = vendors.adapter(name, http, url, ground.pool, lambda _, per_second, __: VirtualPace(clock, per_second))
        store = OutboxStore(ground.pool)
        policy = DispatchPolicy(send_seconds=600, lease_seconds=1200)
        work = Dispatcher(
            store, {name: target}, clock=clock, jitter=lambda: 0.5, at_once={name: PLACES[name]}, policy=policy
        )
        clock.idle = work.hint
        began, used = time.perf_counter(), time.process_time()
        async with running(clock.run), running(work.run):
            await _emptied(ground, name)
        seconds, used = time.perf_counter() - began, time.process_time() - used
        meter = await Meter.read(ground.http, url)
        await ground.check(name, meter, simulated=True)
        return _rows(name, meter, used, seconds)


async def _emptied(ground: Ground, name: str) -> None:
    pool = await open_pool(ground.dsn, size=1)  # of its own: looking must not keep the clock from going on
    ground.stack.push_async_callback(pool.close)
    while True:
        if not await pool.fetchval(_OPEN, name):
            return
        await asyncio.sleep(0.5)


def _rows(name: str, meter: Meter, used: float, seconds: float) -> Sequence[Row]:
    paces = {"requests": PACES[name], "searches": SEARCHES}
    hours = max(count / paces[sort] for sort, count in meter.taken.items()) / 3600 * NIGHT / MESSAGES
    each = ", ".join(f"{count / MESSAGES:.3f} {sort}" for sort, count in sorted(meter.taken.items()))
    what = f"catching up: a night's {NIGHT:,} messages to {TITLES[name]}, each {each}"
    return [
        Row(what, hours, "h", "goal", GOALS[name]),
        Row(f"catching up: refused by {TITLES[name]} as too fast", meter.refused, "requests"),
        Row(f"catching up: our CPU time for a message to {TITLES[name]}", used / MESSAGES * 1000, "ms"),
        Row(f"catching up: {MESSAGES:,} messages to {TITLES[name]} took here", seconds, "s"),
    ]


async def _measure() -> list[Row]:
    found: list[Row] = []
    for name in os.environ.get("BENCH_CRMS", ",".join(GOALS)).split(","):
        found += await night(name)
        print(*found[-4:], sep="\n", file=sys.stderr, flush=True)
    return found


def rows() -> list[Row]:
    """Every figure of this file."""
    return asyncio.run(_measure())
