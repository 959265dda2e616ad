"""What the benchmark of backlogs stands on: a server, vendors, and messages of now among the night's."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp

from benchmarks import child, vendors
from benchmarks.api import SOURCES
from benchmarks.ledger import server
from benchmarks.vendors import VENDORS, now
from crm_bridge.outbox.dispatcher import Target
from crm_bridge.outbox.lifecycle import Answer, Delivered
from crm_bridge.outbox.store import Message, OutboxStore, TargetRow, enqueue
from crm_bridge.webhooks.target import WebhookTarget, open_http
from telephony.postgres.migrations import migrate
from telephony.postgres.pool import Pool, open_pool

_WRONG = """
SELECT count(*) FILTER (WHERE began_at < ahead_done) AS early, count(*) - count(DISTINCT id) AS twice
FROM (SELECT m.id, d.began_at, lag(d.began_at + d.took) OVER (PARTITION BY m.key ORDER BY m.id) AS ahead_done
      FROM outbox_messages m JOIN outbox_deliveries d ON d.message_id = m.id AND d.answer = 'delivered'
      WHERE m.target = $1) AS told
"""
_DEAD = "SELECT count(*) FROM outbox_messages WHERE target = $1 AND state = 'dead'"


@dataclass(frozen=True, slots=True)
class Meter:
    """What a vendor counted."""

    taken: Mapping[str, int]
    refused: int
    twice: int

    @classmethod
    async def read(cls, http: aiohttp.ClientSession, url: str) -> "Meter":
        """Ask the vendor."""
        async with http.get(f"{url}/meter") as response:
            return cls(**await response.json())


@dataclass(slots=True)
class Timed:
    """A target whose deliveries are awaited by key."""

    target: Target
    waiting: dict[str, asyncio.Event]

    async def send(self, message: Message, now: datetime) -> Answer:
        """Pass it on."""
        answer = await self.target.send(message, now)
        if message.key in self.waiting and isinstance(answer, Delivered):
            self.waiting[message.key].set()
        return answer


@dataclass(slots=True)
class Ground:
    """A server, and what is open on it."""

    dsn: str
    pool: Pool
    http: aiohttp.ClientSession
    hooks: aiohttp.ClientSession
    stack: AsyncExitStack

    async def vendor(self, name: str, *words: str) -> str:
        """Start a vendor; gives its URL."""
        return await self.stack.enter_async_context(child.child("benchmarks.vendors", name, *words))

    def target(self, name: str, url: str, pool: Pool, *, paced: bool) -> Target:
        """Make the target at this address."""
        if name == "webhook":
            return WebhookTarget(f"{url}/hook", [b"s" * 32], True, self.hooks)  # noqa: FBT003
        return vendors.adapter(name, self.http, url, pool, vendors.paced(pool) if paced else vendors.unpaced())

    async def fill(self, name: str, count: int) -> None:
        """Write a target's backlog."""
        await OutboxStore(self.pool).declare([TargetRow(name)])
        words = [self.dsn, name, str(count), *VENDORS[name].kinds]
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "benchmarks.unsent", *words)
        assert await process.wait() == 0

    async def check(self, name: str, meter: Meter, *, simulated: bool = False) -> None:
        """Nothing early, nothing twice, nothing refused for good; simulated time cannot tell what was early."""
        [wrong] = await self.pool.fetch(_WRONG, name)
        assert simulated or not wrong["early"], f"{name}: {dict(wrong)}"
        assert not wrong["twice"], f"{name}: {dict(wrong)}"
        assert await self.pool.fetchval(_DEAD, name) == 0
        assert meter.twice == 0, f"{name} has {meter.twice} things twice"


@asynccontextmanager
async def running(work: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Run something meanwhile; what it fails of is ours to fail of."""
    task = asyncio.create_task(work(), name="meanwhile")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Live:
    """Messages of what happens now, written while a backlog drains, and how long each was on its way."""

    def __init__(self, pool: Pool, target: str, kind: str, body: Callable[[str], Mapping[str, Any]]) -> None:
        self._pool = pool
        self._target = target
        self._kind = kind
        self._body = body
        self.waiting: dict[str, asyncio.Event] = {}
        self.took: list[float] = []

    async def tell(self, hint: Callable[[], None], every: float) -> None:
        """Write one now and then, for ever."""
        while True:
            key = f"pbx:live.{self._target}.{len(self.took)}"
            self.waiting[key] = asyncio.Event()
            began = time.perf_counter()
            async with self._pool.acquire() as connection, connection.transaction():
                await enqueue(connection, [self._target], key=key, kind=self._kind, body=self._body(key), at=now())
            hint()
            await self.waiting[key].wait()
            del self.waiting[key]
            self.took.append(time.perf_counter() - began)
            await asyncio.sleep(every)


@asynccontextmanager
async def opened() -> AsyncIterator[Ground]:
    """Start an empty one."""
    async with server() as running_server, AsyncExitStack() as stack:
        await migrate(running_server.dsn, SOURCES)
        pool = await open_pool(running_server.dsn, size=10)
        stack.push_async_callback(pool.close)
        http = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
        hooks = await stack.enter_async_context(open_http(private_allowed=True))
        yield Ground(running_server.dsn, pool, http, hooks, stack)
