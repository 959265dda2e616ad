"""Simulated time with real connections: hours pass in minutes, however busy the machine is.

The loop's clock stands while anything is under way outside of it (a statement, a request), and jumps to the next timer
when nothing is. So every pause, time-out and turn of ours happens at its moment, and what the machine needs for its
work takes no time.
"""

import asyncio
import selectors
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

import aiohttp

from crm_bridge.outbox.pace import SharedPace
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.limits import CLOCK

_LOOK: Final = 0.02
"""Real seconds after which we look again whether what is under way has ended."""
_PLACES: Final = "_queue"
_LONGEST_HOLD: Final = 2.0
"""As `crm_bridge.outbox.pace` has it."""


class _Selector(selectors.DefaultSelector):
    """Waits for sockets in real time, and for the clock in simulated time once `is_busy` is set."""

    now = 0.0
    is_busy: Callable[[], bool] | None = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait."""
        if self.is_busy is None:
            return self._real(timeout)
        found = self._real(0)
        if found or (timeout is not None and timeout <= 0):
            return found
        if timeout is None or self.is_busy():
            return self._real(timeout and _LOOK)
        self.now += timeout
        return []

    def _real(self, timeout: float | None) -> list[tuple[selectors.SelectorKey, int]]:
        events: list[tuple[selectors.SelectorKey, int]] = super().select(timeout)
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose time is real until `simulate`."""

    def __init__(self) -> None:
        self._chosen = _Selector()
        super().__init__(self._chosen)

    def time(self) -> float:
        """Give its clock, seconds."""
        return time.monotonic() if self._chosen.is_busy is None else self._chosen.now

    def simulate(self, is_busy: Callable[[], bool]) -> None:
        """Go on in simulated time; ``is_busy`` says whether something is under way outside."""
        self._chosen.now, self._chosen.is_busy = self.time(), is_busy

    def end(self) -> None:
        """Go on in real time."""
        self._chosen.is_busy = None


def _free(pool: Pool) -> int:
    """Return how many of its places nobody has, not even to connect: the pool itself does not tell."""
    places: asyncio.Queue[object] = getattr(pool, _PLACES)
    return places.qsize()


class World:
    """What is under way, and what time it is there.

    Args:
        pools: whose statements are waited for.
        latency: seconds that a request takes on its way and back, at the least and at the most.
    """

    def __init__(self, pools: list[Pool], latency: tuple[float, float]) -> None:
        self._pools = pools
        self._latency = latency
        self._random = Random(7)  # noqa: S311 - a benchmark's
        self._requests = 0
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        self._loop = loop
        loop.simulate(self._is_busy)
        self._first = loop.time()
        self._began = datetime.now(UTC)

    def __call__(self) -> datetime:
        """Give the time, as the dispatcher is to see it."""
        return self._began + timedelta(seconds=self.seconds)

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return self._loop.time() - self._first

    def _is_busy(self) -> bool:
        return self._requests > 0 or any(_free(pool) < pool.get_max_size() for pool in self._pools)

    def end(self) -> None:
        """End it: what comes takes real time."""
        self._loop.end()

    def tracing(self) -> aiohttp.TraceConfig:
        """Let each request be on its way for a while, and tell it the time at which it arrives."""

        async def began(_: object, __: object, params: aiohttp.TraceRequestStartParams) -> None:
            await asyncio.sleep(self._way())
            params.headers[CLOCK] = repr(self.seconds)
            self._requests += 1

        async def ended(*_: object) -> None:
            self._requests -= 1
            await asyncio.sleep(self._way())

        async def failed(*_: object) -> None:
            self._requests -= 1

        config = aiohttp.TraceConfig()
        config.on_request_start.append(began)
        config.on_request_end.append(ended)
        config.on_request_exception.append(failed)
        return config

    def _way(self) -> float:
        return self._random.uniform(*self._latency) / 2


class VirtualPace(SharedPace):
    """The daemon's pace, whose row is not in the database, which has a clock of its own."""

    _next: float | None = None

    async def _take(self) -> float:
        now = asyncio.get_running_loop().time()
        first = now - self._rest
        self._next = (first if self._next is None else max(self._next, first)) + self._apart
        return self._next - self._apart - now

    async def hold(self, wait: timedelta) -> None:
        """Give no turns for a while."""
        until = asyncio.get_running_loop().time() + min(wait.total_seconds(), _LONGEST_HOLD)
        self._next = until if self._next is None else max(self._next, until)
