"""A pace whose turns come when nothing else goes on: whoever could come to share a request has come.

So what a backlog shares does not depend on how fast the machine is: no statement and no request is under way, and
nothing that could run has not run, when a turn is given. One turn at a time, in the order of asking, over all paces.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Final

import aiohttp

from telephony.postgres.pool import Pool

_LOOKS: Final = 3
"""So often nothing may go on, one after the other, until we believe it."""


class QuietPace:
    """A `crm_bridge.outbox.pace.Pace` for all requests of a session; made by `quiet`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._requests = 0
        self._line: deque[asyncio.Future[None]] = deque()
        self._giving: asyncio.Task[None] | None = None

    async def turn(self) -> None:
        """Wait for one's turn."""
        come: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.append(come)
        if self._giving is None:
            self._giving = asyncio.create_task(self._give(), name="turns")
        await come

    async def hold(self, wait: timedelta) -> None:
        """Go on: nobody here was too fast."""

    async def _give(self) -> None:
        while self._line:
            await self._quiet()
            come = self._line.popleft()
            if not come.done():
                come.set_result(None)
        self._giving = None

    async def _quiet(self) -> None:
        looks = 0
        while looks < _LOOKS:
            await asyncio.sleep(0.0005)
            is_quiet = self._pool.get_idle_size() == self._pool.get_size() and not self._requests
            looks = looks + 1 if is_quiet else 0

    def tracing(self) -> aiohttp.TraceConfig:
        """Count the requests that are under way."""

        async def began(*_: object) -> None:
            self._requests += 1

        async def ended(*_: object) -> None:
            self._requests -= 1

        config = aiohttp.TraceConfig()
        config.on_request_start.append(began)
        config.on_request_end.append(ended)
        config.on_request_exception.append(ended)
        return config


@asynccontextmanager
async def quiet(pool: Pool) -> AsyncIterator[tuple[QuietPace, aiohttp.ClientSession]]:
    """Give a pace and the session whose requests it knows of."""
    async with AsyncExitStack() as taken:  # a connection that is being made would look as if nothing went on
        for _ in range(pool.get_max_size()):
            await taken.enter_async_context(pool.acquire())
    pace = QuietPace(pool)
    async with aiohttp.ClientSession(trace_configs=[pace.tracing()]) as http:
        yield pace, http
