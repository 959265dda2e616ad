"""How fast a vendor lets itself be asked, as its documents say, for the fakes."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web
from aiohttp.typedefs import Handler

CLOCK = "X-Clock"
"""The header by which a benchmark in simulated time tells what time it is; seconds."""


class Limit(Protocol):
    """One limit of an account."""

    def takes(self, at: float) -> bool:
        """Say whether a request is let in; ``at`` is a clock's seconds."""
        ...


@dataclass(slots=True)
class Bucket:
    """Bitrix24: each request is a drop, so many drops leak out a second, and the bucket holds so many."""

    per_second: float
    holds: float
    level: float = 0
    looked_at: float = 0

    def takes(self, at: float) -> bool:
        self.level = max(0.0, self.level - (at - self.looked_at) * self.per_second)
        self.looked_at = at
        if self.level + 1 > self.holds:
            return False
        self.level += 1
        return True


@dataclass(slots=True)
class Window:
    """amoCRM, HubSpot: so many in any span of so many seconds; the strictest reading of what they say."""

    most: int
    seconds: float
    taken: deque[float] = field(default_factory=deque)

    def takes(self, at: float) -> bool:
        while self.taken and self.taken[0] <= at - self.seconds:
            self.taken.popleft()
        if len(self.taken) >= self.most:
            return False
        self.taken.append(at)
        return True


@dataclass(slots=True)
class Gate:
    """What stands before a fake: counts who comes, and turns away who comes too fast; knocks as a middleware does."""

    limits: Mapping[str, Limit]
    """By the sort of request; a sort without a limit has none."""
    sort_of: Callable[[str], str]
    """Sorts a request by its path."""
    refusal: Callable[[], web.Response]
    """What the vendor says to who comes too fast."""
    latency: float = 0.0
    """Seconds that each answer takes."""
    taken: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    async def serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        sort = self.sort_of(request.path)
        limit = self.limits.get(sort)
        await asyncio.sleep(self.latency)
        if limit is not None and not limit.takes(float(request.headers.get(CLOCK, time.monotonic()))):
            self.refused[sort] += 1
            return self.refusal()
        self.taken[sort] += 1
        return await handler(request)
