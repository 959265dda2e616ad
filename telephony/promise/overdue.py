"""Promises whose time has passed, seen as soon as it has: not only when their request is closed, days later perhaps.

``overdue`` is no verdict but what is known meanwhile; `settle` writes the verdict, once, when there is one.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Gauge

from telephony.ports import Clock
from telephony.postgres.patience import Patience
from telephony.postgres.pool import Pool
from telephony.promise.rows import SQL

_log = structlog.get_logger(__name__)

_LONGEST_SECONDS: Final = 15.0
"""Promises are made and settled meanwhile: the figure is as old as that at most."""
_SHORTEST_SECONDS: Final = 0.5


class OverdueWatch:
    """Watches them.

    Args:
        pool: the database.
        slot: how long after its time a promise still counts as kept.
        clock: now.
        registry: where the figure goes.
    """

    def __init__(self, pool: Pool, slot: timedelta, clock: Clock, registry: CollectorRegistry) -> None:
        self._pool = pool
        self._slot = slot
        self._clock = clock
        self._patience = Patience("overdue promises")
        self._overdue = Gauge(
            "ringback_promises_overdue", "Promised times that passed, and nobody has accepted yet.", registry=registry
        )

    async def run(self) -> None:
        """Watch until cancelled; a database that is away is waited for."""
        await self._patience.forever(self._turn)

    async def _turn(self) -> None:
        pause = await self.look()
        self._patience.well()
        await asyncio.sleep(pause)

    async def look(self) -> float:
        """Mark those that are overdue now; return the seconds until the next look."""
        now = self._clock()
        for row in await self._pool.fetch(SQL.overdue, now, self._slot):
            _log.warning(
                "promise.overdue", request=row["request_id"], promised_at=row["promised_at"], waits_for=row["why"]
            )
        self._overdue.set(await self._pool.fetchval(SQL.how_many_overdue))
        following: datetime | None = await self._pool.fetchval(SQL.next_to_watch)
        if following is None:
            return _LONGEST_SECONDS
        seconds = (following + self._slot - now).total_seconds()
        return min(_LONGEST_SECONDS, max(_SHORTEST_SECONDS, seconds))
