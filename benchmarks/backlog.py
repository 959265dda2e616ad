"""A night's backlog of 100,000 messages: how fast we could be, and how near we come to each CRM's own limit.

    python -m benchmarks backlog

A real PostgreSQL, the dispatcher and the adapters as the daemon runs them; the vendors are the tests' fakes, each a
process of its own. Three things are measured:

* **our own ceiling**: nothing paces us and the fakes have no limit. All of it goes to a webhook and to Bitrix24; the
  other CRMs get as many messages as their rows say.
* **the pace**: the fakes enforce their vendors' limits and answer after 150 ms, as over the internet; the settings'
  defaults pace us; all CRMs at once, first with one daemon, then with two on the same database.
* **what holds meanwhile**: after each run the delivery log is searched for a message that was sent before the one ahead
  of it in its call was done, or delivered twice, and each fake for calls and tasks that it has twice. Messages to
  another target, a phone that rings now, and the question who is calling are timed while the backlog drains.

``BENCH_BACKLOG_MESSAGES`` is the size of the two whole backlogs.
"""

import asyncio
import os
import resource
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import generate, unsent
from benchmarks.draining import Ground, Live, Meter, Timed, opened, running
from benchmarks.row import Row
from benchmarks.vendors import LIMITS, PACES, PLACES, TITLES, now
from crm_bridge.events import publish
from crm_bridge.outbox.dispatcher import Dispatcher, Target
from crm_bridge.outbox.pace import urgently
from crm_bridge.outbox.store import OutboxStore, TargetRow
from telephony.postgres.pool import Pool, open_pool

MESSAGES = int(os.environ.get("BENCH_BACKLOG_MESSAGES", "100000"))
SOME = 1_000
WINDOW, WARM_UP, LATENCY = 30.0, 10.0, 0.15
_OPEN = "SELECT count(*) FROM outbox_messages WHERE target = $1 AND state IN ('waiting', 'sending')"


def _ring(key: str) -> Mapping[str, Any]:
    """A phone rings now, for somebody whom every account knows."""
    call = next(each for each in generate.calls(100) if each.direction == "inbound")
    event = unsent.ringing(unsent.from_customer(call, unsent.KNOWN[0]))
    body = dict(publish(event, unsent.REGION)[1])
    return body | {"call": {**body["call"], "call_id": key}}


# --- the ceiling ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Drained:
    """A whole backlog, as fast as it goes."""

    name: str
    count: int
    seconds: float
    asked: Mapping[str, float]
    """Requests a message, by their sort."""
    grown: float
    """MB of our process, from the first tenth to the end."""
    live: Sequence[float]
    """Seconds that messages of another target took meanwhile."""

    @property
    def allowed(self) -> float:
        """Messages a second that the vendor's limit (for Odoo our pace, for a webhook the issue) allows."""
        if self.name == "webhook":
            return 1000
        limits = LIMITS.get(self.name, {"requests": PACES.get(self.name, 0)})
        return min(limit / self.asked[sort] for sort, limit in limits.items())

    def rows(self) -> list[Row]:
        """As figures."""
        what = f"backlog: {self.count:,} messages to {TITLES[self.name]}, nothing pacing us"
        against = "our pace" if self.name == "odoo" else "limit"
        rows = [Row(what, self.count / self.seconds, "messages/s", against, self.allowed)]
        if self.count == MESSAGES:
            rows += [
                Row(f"backlog: our process grew by these to {TITLES[self.name]}", self.grown, "MB", "limit", 20),
                Row(
                    f"backlog: another target's message beside {TITLES[self.name]}'s, p99",
                    _p99(self.live) * 1000,
                    "ms",
                    "limit",
                    1000,
                ),
            ]
        return rows


async def drain(ground: Ground, name: str, count: int) -> Drained:
    """Fill and drain, with another target beside."""
    url, beside = await ground.vendor(name), await ground.vendor("webhook")
    await ground.fill(name, count)
    await OutboxStore(ground.pool).declare([TargetRow("beside")])
    live = Live(ground.pool, "beside", "call.started", lambda key: {"call_id": key})
    other = Timed(ground.target("webhook", beside, ground.pool, paced=False), live.waiting)
    targets = {name: ground.target(name, url, ground.pool, paced=False), "beside": other}
    work = Dispatcher(OutboxStore(ground.pool), targets, clock=now, jitter=lambda: 0.5)
    began = time.perf_counter()
    async with running(work.run):
        async with running(lambda: live.tell(work.hint, 0.25)):
            early, late = await _emptied(ground.pool, name, count)
        seconds = time.perf_counter() - began
    meter = await Meter.read(ground.http, url)
    await ground.check(name, meter)
    asked = {sort: number / count for sort, number in meter.taken.items()}
    await ground.pool.execute("TRUNCATE outbox_messages, outbox_deliveries, crm_links")
    return Drained(name, count, seconds, asked, late - early, live.took)


async def _emptied(pool: Pool, name: str, count: int) -> tuple[float, float]:
    """Wait until nothing is open; gives our MB at a tenth and at the end."""
    early = 0.0
    while left := await pool.fetchval(_OPEN, name):
        if not early and left < count * 0.9:
            early = _resident()
        await asyncio.sleep(0.1)
    return early, _resident()


# --- the pace -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Paced:
    """What the vendors saw of so many daemons."""

    daemons: int
    rates: Mapping[str, Mapping[str, float]]
    refused: Mapping[str, int]


class Daemons:
    """Daemons on one database, each with its own connections, adapters and paces."""

    def __init__(self, ground: Ground, urls: Mapping[str, str], live: Live, rings: Live) -> None:
        self._ground = ground
        self._urls = urls
        self._live = live
        self._rings = rings
        self.first: Dispatcher | None = None
        self.finds: list[float] = []
        self._targets: Mapping[str, Target] = {}

    async def start(self) -> None:
        """Start one more."""
        ground = self._ground
        pool = await open_pool(ground.dsn, size=10)
        ground.stack.push_async_callback(pool.close)
        targets = {name: ground.target(name, url, pool, paced=True) for name, url in self._urls.items()}
        targets["webhook"] = Timed(targets["webhook"], self._live.waiting)
        targets["bitrix24"] = Timed(targets["bitrix24"], self._rings.waiting)
        work = Dispatcher(OutboxStore(pool), targets, clock=now, jitter=lambda: 0.5, at_once=PLACES)
        await ground.stack.enter_async_context(running(work.run))
        if self.first is None:
            self.first, self._targets = work, targets

    def hint(self) -> None:
        """Tell the first daemon, as the one that wrote the message."""
        if self.first is not None:
            self.first.hint()

    async def find(self) -> None:
        """Ask Bitrix24 who is calling, now and then, as when a call comes in."""
        adapter: Any = self._targets["bitrix24"]
        while True:
            await asyncio.sleep(3)
            began = time.perf_counter()
            with urgently():
                assert await adapter.target.gateway.find(unsent.KNOWN[1])
            self.finds.append(time.perf_counter() - began)


async def _window(ground: Ground, urls: Mapping[str, str], daemons: int) -> Paced:
    """Look at the vendors' meters twice."""
    await asyncio.sleep(WARM_UP)  # a burst is no pace
    began, before = time.perf_counter(), {name: await Meter.read(ground.http, url) for name, url in urls.items()}
    await asyncio.sleep(WINDOW)
    took, after = time.perf_counter() - began, {name: await Meter.read(ground.http, url) for name, url in urls.items()}
    rates = {
        name: {sort: (n - before[name].taken.get(sort, 0)) / took for sort, n in meter.taken.items()}
        for name, meter in after.items()
    }
    return Paced(daemons, rates, {name: meter.refused - before[name].refused for name, meter in after.items()})


async def pace(ground: Ground) -> list[Row]:
    """All CRMs at once, at their limits."""
    words = ("--limited", "--latency", str(LATENCY))
    urls = {name: await ground.vendor(name, *words) for name in PACES}
    for name in PACES:
        await ground.fill(name, SOME + (SOME if name == "odoo" else 0))
    await OutboxStore(ground.pool).declare([TargetRow("webhook")])
    live = Live(ground.pool, "webhook", "call.started", lambda key: {"call_id": key})
    rings = Live(ground.pool, "bitrix24", "call.ringing", _ring)
    hook = await ground.vendor("webhook")
    daemons = Daemons(ground, {**urls, "webhook": hook}, live, rings)
    await daemons.start()
    async with (
        running(lambda: live.tell(daemons.hint, 0.25)),
        running(lambda: rings.tell(daemons.hint, 3)),
        running(daemons.find),
    ):
        one = await _window(ground, urls, 1)
        await daemons.start()
        two = await _window(ground, urls, 2)
    for name, url in urls.items():
        await ground.check(name, await Meter.read(ground.http, url))
    return [*_pace_rows(one), *_pace_rows(two), *_meanwhile(daemons, live, rings, one, two)]


def _pace_rows(seen: Paced) -> list[Row]:
    who = "one daemon" if seen.daemons == 1 else "two daemons"
    return [
        Row(f"backlog: {TITLES[name]} at its limit, {who}, {sort}", seen.rates[name][sort], "1/s", "limit", limit)
        for name, limits in LIMITS.items()
        for sort, limit in limits.items()
    ]


def _meanwhile(daemons: Daemons, live: Live, rings: Live, one: Paced, two: Paced) -> list[Row]:
    refused = sum(one.refused.values()) + sum(two.refused.values())
    asked = sum(sum(rates.values()) for seen in (one, two) for rates in seen.rates.values()) * WINDOW
    return [
        Row(f"backlog: of {asked:,.0f} requests, refused as too fast", refused, "requests"),
        Row(
            "backlog: another target's message beside four CRMs at their limits, slowest",
            max(live.took) * 1000,
            "ms",
            "limit",
            1000,
        ),
        Row("backlog: Bitrix24's card of a phone that rings now, p50", statistics.median(rings.took), "s"),
        Row("backlog: the same, slowest", max(rings.took), "s"),
        Row("backlog: Bitrix24 asked who is calling, slowest", max(daemons.finds) * 1000, "ms", "deadline", 2000),
    ]


def _resident() -> float:
    """Our process's memory, MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def _p99(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[98]


async def _measure() -> list[Row]:
    counts = {"webhook": MESSAGES, "bitrix24": MESSAGES, **dict.fromkeys(("amocrm", "hubspot", "odoo"), SOME)}
    drained = []
    for name, count in counts.items():
        async with opened() as ground:
            drained.append(await drain(ground, name, count))
            print(*drained[-1].rows(), sep="\n", file=sys.stderr)
    async with opened() as ground:
        paced = await pace(ground)
    return [*(row for each in drained for row in each.rows()), *paced]


def rows() -> list[Row]:
    """Every figure of this file."""
    return asyncio.run(_measure())
