"""A night's backlog at each CRM's own limit: how long it takes, what it costs us, how soon what happens now is told.

    python -m benchmarks catching_up

100,000 messages for each CRM, through the real outbox, dispatcher, paces and adapters, to the tests' fakes, each a
process of its own that enforces its vendor's limits and answers arrays and batches as its vendor does. Time is
simulated (`virtual`): each request is on its way for 100 to 200 ms, turns come when the pace gives them, messages have
the daemon's own time-outs, and the fakes are told by each request when it arrives. So the hours are those of the run
from its first message to its last, not of a computation, and do not depend on how busy this machine is; the CPU time is
real.

Every half a minute something happens now: a phone rings, where the CRM opens cards, else a call of a known customer
ends. How long that takes until the CRM has it is measured in the same run.

``BENCH_BACKLOG_MESSAGES`` and ``BENCH_CRMS`` (names with commas) make it smaller; the rate of a smaller one is a little
lower, for its first and last messages fill no requests.
"""

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp

from benchmarks import generate, unsent, vendors
from benchmarks.draining import Ground, Meter, Timed, opened, running
from benchmarks.row import Row
from benchmarks.vendors import PLACES, TITLES
from benchmarks.virtual import VirtualLoop, VirtualPace, World
from crm_bridge.events import publish
from crm_bridge.outbox.dispatcher import Dispatcher
from crm_bridge.outbox.store import OutboxStore, enqueue
from telephony.events import CallEnded
from telephony.postgres.pool import open_pool

MESSAGES = int(os.environ.get("BENCH_BACKLOG_MESSAGES", "100000"))
NIGHT: Final = 100_000
GOALS: Mapping[str, float] = {"bitrix24": 1, "amocrm": 1, "hubspot": 0.5, "odoo": 1}
"""Hours that a night's messages may take."""
LATENCY: Final = (0.1, 0.2)
_EVERY: Final = 30.0
_LOOKS_EVERY: Final = 10.0
_WRITTEN = "UPDATE outbox_messages SET created_at = $2 WHERE key = $1"
"""The database's clock is the real one."""
_OPEN = "SELECT count(*) FROM outbox_messages WHERE target = $1 AND state IN ('waiting', 'sending')"


@dataclass(slots=True)
class Now:
    """What happens while the backlog leaves, and how long it takes until the CRM has it; seconds."""

    ground: Ground
    name: str
    world: World
    waiting: dict[str, asyncio.Event] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)

    async def tell(self, work: Dispatcher) -> None:
        """Write a message now and then, for ever."""
        while True:
            await asyncio.sleep(_EVERY)
            key = f"pbx:live.{len(self.took)}"
            self.waiting[key] = asyncio.Event()
            began = self.world.seconds
            kind, body = self._message(key)
            async with self.ground.pool.acquire() as connection, connection.transaction():
                await enqueue(connection, [self.name], key=key, kind=kind, body=body, at=self.world())
                await connection.execute(_WRITTEN, key, self.world())
            work.hint()
            await self.waiting[key].wait()
            del self.waiting[key]
            self.took.append(self.world.seconds - began)

    def _message(self, key: str) -> tuple[str, Mapping[str, Any]]:
        call = next(each for each in generate.calls(100) if each.direction == "inbound" and each.answered_at)
        known = unsent.from_customer(call, unsent.KNOWN[len(self.took) % len(unsent.KNOWN)])
        event = unsent.ringing(known) if self.name == "bitrix24" else CallEnded(known, known.started_at)
        kind, body = publish(event, unsent.REGION)
        return kind, dict(body) | {"call": {**body["call"], "call_id": key}}


async def night(name: str) -> Sequence[Row]:
    """Let one CRM's night leave."""
    async with opened() as ground, AsyncExitStack() as stack:
        url = await ground.vendor(name, "--limited")
        await ground.fill(name, MESSAGES)
        looking = await open_pool(ground.dsn, size=1)
        stack.push_async_callback(looking.close)
        world = World([ground.pool, looking], LATENCY)
        jar = aiohttp.DummyCookieJar()
        http = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar, trace_configs=[world.tracing()]))
        now = Now(ground, name, world)

        def pace(title: str, per_second: float, burst: int) -> VirtualPace:
            return VirtualPace(ground.pool, title, per_second, burst=burst)

        told = Timed(vendors.adapter(name, http, url, ground.pool, pace, world), now.waiting)
        store = OutboxStore(ground.pool)
        work = Dispatcher(store, {name: told}, clock=world, jitter=lambda: 0.5, at_once={name: PLACES[name]})
        began, used = time.perf_counter(), time.process_time()
        async with running(work.run), running(lambda: now.tell(work)):
            while left := await looking.fetchval(_OPEN, name):
                _say(f"{TITLES[name]}: {left:,} left after {world.seconds / 60:.1f} min")
                await asyncio.sleep(_LOOKS_EVERY)
        hours, used, took = world.seconds / 3600, time.process_time() - used, time.perf_counter() - began
        world.end()
        meter = await Meter.read(ground.http, url)
        await ground.check(name, meter, simulated=True)
    return _rows(name, meter, hours, now.took, (used, took))


def _say(words: str) -> None:
    if os.environ.get("BENCH_VERBOSE"):
        print(words, file=sys.stderr, flush=True)


def _rows(name: str, meter: Meter, hours: float, live: Sequence[float], cost: tuple[float, float]) -> Sequence[Row]:
    title, (used, took) = TITLES[name], cost
    each = ", ".join(f"{count / MESSAGES:.3f} {sort}" for sort, count in sorted(meter.taken.items()))
    what = "the card of a phone that rings now" if name == "bitrix24" else "a call that ends now"
    least = NIGHT / GOALS[name] / 3600
    return [
        Row(f"catching up: {MESSAGES:,} messages to {title}, each {each}", hours * 60, "min"),
        Row(
            f"catching up: {title} at its limits, from the first message to the last",
            MESSAGES / hours / 3600,
            "messages/s",
            "goal",
            least,
        ),
        Row(f"catching up: refused by {title} as too fast", meter.refused, "requests"),
        Row(f"catching up: {title} has {what}, p50 of {len(live)}", statistics.median(live), "s"),
        Row(f"catching up: the same, slowest ({title})", max(live), "s"),
        Row(f"catching up: our CPU time for a message to {title}", used / MESSAGES * 1000, "ms"),
        Row(f"catching up: the run to {title} took here", took, "s"),
    ]


async def _measure(names: Sequence[str]) -> list[Row]:
    found: list[Row] = []
    for name in names:
        found += await night(name)
        print(*found[-7:], sep="\n", file=sys.stderr, flush=True)
    return found


def rows() -> list[Row]:
    """Every figure of this file."""
    found: list[Row] = []
    for name in os.environ.get("BENCH_CRMS", ",".join(GOALS)).split(","):
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            found += runner.run(_measure([name]))
    return found
