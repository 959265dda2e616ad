"""Draws each week's calls once it is over; picks those of unhappy customers; lets go of what nobody will hear."""

import asyncio
from datetime import date, datetime, timedelta
from secrets import token_bytes
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from crm_bridge.figures.spans import DaySpan
from crm_bridge.reviews.selection import SHORTEST_DRAWN, Drawable, draw, monday_of
from crm_bridge.reviews.statements import SQL
from telephony.ports import Clock
from telephony.postgres.patience import Patience
from telephony.postgres.pool import Pool

_log = structlog.get_logger(__name__)
_EVERY: Final = 60.0
_SEED_BYTES: Final = 32
_SETTLED: Final = timedelta(hours=1)
"""So long after a week its calls' recordings are kept and judged."""
_WEEK: Final = timedelta(days=7)


class ReviewKeeper:
    """Works for as long as `run` runs; of several daemons one draws.

    Args:
        pool: the database's.
        clock: the time.
        zone: the company's: weeks begin on its Mondays.
        each: how many calls of each manager a week has; 0 draws none.
        keep: a review that nobody heard for so long is skipped.
    """

    def __init__(self, pool: Pool, clock: Clock, zone: ZoneInfo, *, each: int, keep: timedelta) -> None:
        self._pool = pool
        self._clock = clock
        self._zone = zone
        self._each = each
        self._keep = keep

    async def run(self) -> None:
        """Work again and again; a database that is away is waited for."""
        patience = Patience("reviews")

        async def turn() -> None:
            worked = await self.work()
            patience.well()
            if not worked:
                await asyncio.sleep(_EVERY)

        await patience.forever(turn)

    async def work(self) -> bool:
        """Draw one week that is over; return whether there may be more to do."""
        now = self._clock()
        await self._pool.execute(SQL.stale, now - self._keep)
        await self._pool.execute(SQL.pick_unhappy, now - _WEEK, now)
        if not self._each:
            return False
        this, over = self._week(now), self._week(now - _SETTLED)
        for week in {this, over - _WEEK}:
            await self._pool.execute(SQL.make_week, week, token_bytes(_SEED_BYTES), now)
        undrawn = await self._pool.fetchval(SQL.undrawn, over)
        return undrawn is not None and await self._draw(undrawn, now)

    async def _draw(self, week: date, now: datetime) -> bool:
        begin, end = DaySpan(week, week + _WEEK - timedelta(days=1)).moments(self._zone)
        async with self._pool.acquire() as tx, tx.transaction():
            if not await tx.fetchval(SQL.alone):
                return False
            row = await tx.fetchrow(SQL.week, week)
            if row is None or row["drawn_at"] is not None:
                return True
            rows = await tx.fetch(SQL.drawable, begin, end, SHORTEST_DRAWN.total_seconds())
            calls = [Drawable(each["call_id"], each["manager"], each["direction"]) for each in rows]
            drawn = draw(week, row["seed"], calls, self._each)
            await tx.execute(SQL.put_drawn, [it.call.call_id for it in drawn], now, week, [it.rank for it in drawn])
            await tx.execute(SQL.drawn, week, now, self._each, len(calls))
        _log.info("reviews.week_drawn", week=str(week), calls=len(calls), drawn=len(drawn))
        return True

    def _week(self, at: datetime) -> date:
        return monday_of(at.astimezone(self._zone).date())
