"""Keeps the sums of whole days: makes those that lack, makes anew those that were marked, counts again now and then."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import structlog

from crm_bridge.figures.spans import ONE_DAY, DaySpan, begin_of
from telephony.events import CallEnded, CallEvent, CallMerged, CallStarted
from telephony.model import CallId
from telephony.ports import Clock, Transaction
from telephony.postgres.patience import Patience
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load

_log = structlog.get_logger(__name__)

_EVERY: Final = 60.0
_BREATH: Final = 0.05
"""Seconds between two days, so that a first start with years of calls leaves the database to others."""
_OVER_SINCE: Final = timedelta(minutes=5)
"""A day is summed so long after its end: by then clocks that differ agree that it is over."""


class RollupSql(NamedTuple):
    """The queries of rollups.sql."""

    days: str
    mark: str
    mark_calls: str
    first_call: str
    undone: str
    alone: str
    begin: str
    clear_hours: str
    clear_sums: str
    clear_managers: str
    make: str
    first_talks: str
    made: str
    unchecked: str
    calls_between: str
    checked: str


SQL: Final = load(Path(__file__).with_name("rollups.sql"), RollupSql)


class DayMarks:
    """Marks days whose calls change after they are over; in the transaction of the change."""

    def __init__(self, clock: Clock, zone: ZoneInfo) -> None:
        self._clock = clock
        self._zone = zone

    async def ledger_hook(self, tx: Transaction, event: CallEvent) -> None:
        """Mark the days of a call that begins, ends or takes another one in, unless they are today's."""
        if not isinstance(event, CallStarted | CallEnded | CallMerged):
            return
        first = event.call.started_at.astimezone(self._zone).date()
        if first < self._clock().astimezone(self._zone).date():
            # what was taken in began at some time between the two
            await tx.execute(SQL.mark, first - ONE_DAY, event.at.astimezone(self._zone).date())

    async def erased(self, tx: Transaction, calls: Sequence[CallId]) -> None:
        """Mark the days of calls that are being blanked."""
        await tx.execute(SQL.mark_calls, list(calls), self._zone.key)


class RollupKeeper:
    """Works for as long as `run` runs; of several daemons one does it."""

    def __init__(self, pool: Pool, clock: Clock, zone: ZoneInfo) -> None:
        self._pool = pool
        self._clock = clock
        self._zone = zone

    async def run(self) -> None:
        """Work again and again; a database that is away is waited for."""
        patience = Patience("figures")

        async def turn() -> None:
            worked = await self.work()
            patience.well()
            await asyncio.sleep(_BREATH if worked else _EVERY)

        await patience.forever(turn)

    async def work(self) -> bool:
        """Make one day's sums, or count a few days again; return whether there may be more to do."""
        now = self._clock()
        last = (now - _OVER_SINCE).astimezone(self._zone).date() - ONE_DAY
        first = await self._pool.fetchval(SQL.first_call)
        if first is None:
            return False
        begin = first.astimezone(self._zone).date()
        day = await self._pool.fetchval(SQL.undone, _midnight(last), _midnight(begin), self._zone.key)
        if day is None:
            await self._pool.execute(SQL.first_talks, begin_of(last + ONE_DAY, self._zone), now)
            return await self._check(now, last)
        return await self._make(day, now)

    async def _make(self, day: date, now: datetime) -> bool:
        begin, end = DaySpan(day, day).moments(self._zone)
        async with self._pool.acquire() as connection, connection.transaction():
            if not await connection.fetchval(SQL.alone):
                return False
            marks = await connection.fetchval(SQL.begin, day, self._zone.key)
            for clear in (SQL.clear_hours, SQL.clear_sums, SQL.clear_managers):
                await connection.execute(clear, day)
            calls = await connection.fetchval(SQL.make, day, begin, end, self._zone.key)
            await connection.execute(SQL.first_talks, begin, end)
            await connection.execute(SQL.made, day, marks, self._zone.key, now, calls)
        return True

    async def _check(self, now: datetime, today: date) -> bool:
        """Count days that were not counted for long; what differs is made anew, and said."""
        rows = await self._pool.fetch(SQL.unchecked, now, today, self._zone.key)
        for row in rows:
            counted = await self._pool.fetchval(SQL.calls_between, *DaySpan(row["day"], row["day"]).moments(self._zone))
            if counted != row["calls"]:
                _log.error("figures.day_differed", day=str(row["day"]), summed=row["calls"], counted=counted)
                await self._pool.execute(SQL.mark, row["day"], row["day"])
            else:
                await self._pool.execute(SQL.checked, row["day"], now)
        return bool(rows)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - PostgreSQL counts days by times without a zone
