"""Promises whose time has passed, seen as soon as it has: not only when their request is closed, days later perhaps.

``overdue`` is no verdict but what is known meanwhile; `settle` writes the verdict, once, when there is one.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge

from telephony.callback.promises.rows import SQL
from telephony.events import CallbackChanged
from telephony.ports import Clock, Transaction
from telephony.postgres.patience import Patience
from telephony.postgres.pool import Pool

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


# What became of a promise, written in the transaction that decided it.
class PromiseSettlement:
    """A `telephony.ports.CallbackHook`. ``slot``: how long after its time a promise still counts as kept."""

    def __init__(self, slot: timedelta, registry: CollectorRegistry) -> None:
        self._slot = slot
        self._settled = Counter(
            "ringback_promises", "Promised times, by what became of them.", ("verdict",), registry=registry
        )

    async def __call__(self, transaction: Transaction, change: CallbackChanged) -> None:
        """Settle the request's promise, if it has one that can be settled now."""
        verdict = await transaction.fetchval(
            SQL.settle, change.request_id, change.at, change.closed_at, change.state, change.reason, self._slot
        )
        if verdict is None:
            return
        self._settled.labels(verdict).inc()
        if verdict in {"late", "broken"}:
            _log.warning("promise.not_kept", request=change.request_id, verdict=verdict, why=change.reason)
