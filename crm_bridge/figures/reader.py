"""Reads counts: from the days' sums where they hold, from the ledger where they do not."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from crm_bridge.figures.counts import CallCount, RequestCount
from crm_bridge.figures.rollups import SQL as ROLLUPS
from crm_bridge.figures.spans import DaySpan, stretches
from telephony.ports import Row, Transaction
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load


class FigureSql(NamedTuple):
    """The queries of figures.sql."""

    calls: str
    sums_by_hour: str
    sums_by_day: str
    calls_by_manager: str
    axis_all: str
    axis_day: str
    axis_hour: str
    axis_week_hour: str
    axis_did: str
    axis_queue: str
    callbacks: str
    callbacks_by_manager: str
    axis_missed_day: str
    speeds: str
    waits: str
    promises: str


SQL: Final = load(Path(__file__).with_name("figures.sql"), FigureSql)
EXACT_DAYS: Final = 93
"""Medians are reckoned from each single call: of more days they would take too long."""

Count = TypeVar("Count", CallCount, RequestCount)
CallAxes = Mapping[str, Sequence[CallCount]]
RequestAxes = Mapping[str, Sequence[RequestCount]]


class FigureFilter(NamedTuple):
    """Which calls; None is all."""

    dids: Sequence[str] | None = None
    queues: Sequence[str] | None = None


EVERY_CALL: Final = FigureFilter()


class Quantiles(NamedTuple):
    """The median and what nine of ten do not exceed, in seconds; None of nothing."""

    median: float | None
    nine_of_ten: float | None


class FigureReader:
    """Reads."""

    def __init__(self, pool: Pool, zone: ZoneInfo) -> None:
        self._pool = pool
        self._zone = zone

    async def whole(self, today: date) -> DaySpan:
        """Return the days from the first call until today."""
        first: datetime | None = await self._pool.fetchval(ROLLUPS.first_call)
        return DaySpan(today if first is None else min(first.astimezone(self._zone).date(), today), today)

    async def calls(self, span: DaySpan, axis: str, only: FigureFilter = EVERY_CALL) -> CallAxes:
        """Count calls by an axis: ``all``, ``day``, ``hour``, ``week_hour``, ``did``, ``queue`` or ``manager``."""
        async with self._pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
            live = await self._live(connection, span)
            moments = [stretch.moments(self._zone) for stretch in live]
            days = [stretch.first + timedelta(days=place) for stretch in live for place in range(stretch.days)]
            shared = (*span, days, [since for since, _ in moments], [until for _, until in moments], self._zone.key)
            if axis == "manager":
                rows = await connection.fetch(SQL.calls_by_manager, *shared)
            else:
                sums = SQL.sums_by_hour if axis in {"hour", "week_hour"} else SQL.sums_by_day
                statement = _on(SQL.calls, getattr(SQL, f"axis_{axis}")).replace("/*sums*/", sums)
                rows = await connection.fetch(statement, *shared, *only)
        return _by_axis([CallCount(*row) for row in rows])

    async def requests(self, span: DaySpan, axis: str = "all") -> RequestAxes:
        """Count callback requests by an axis: ``all``, ``missed_day`` or ``manager``."""
        moments = span.moments(self._zone)
        if axis == "manager":
            rows = await self._pool.fetch(SQL.callbacks_by_manager, *moments)
        else:
            zone = (self._zone.key,) if axis == "missed_day" else ()
            rows = await self._pool.fetch(_on(SQL.callbacks, getattr(SQL, f"axis_{axis}")), *moments, *zone)
        return _by_axis([RequestCount(*row) for row in rows])

    async def speeds(self, span: DaySpan) -> Mapping[str, Quantiles]:
        """Return how fast closed requests were: ``to_first_ring``, ``to_acceptance``, ``to_talk``."""
        row = await self._pool.fetchrow(SQL.speeds, *span)
        return {name: _quantiles(values) for name, values in row.items()} if row is not None else {}

    async def waits(self, span: DaySpan) -> Mapping[str, Quantiles]:
        """Return how long inbound callers waited, by what came of it; nothing of more than `EXACT_DAYS`."""
        if span.days > EXACT_DAYS:
            return {}
        rows: Sequence[Row] = await self._pool.fetch(SQL.waits, *span.moments(self._zone))
        return {row["disposition"]: _quantiles(row["waits"]) for row in rows}

    async def promises(self, span: DaySpan) -> Mapping[str, int]:
        """Count promised times by what became of them; an empty verdict is still waited for."""
        rows = await self._pool.fetch(SQL.promises, *span.moments(self._zone))
        return {row["axis"] or "": row["promises"] for row in rows}

    async def _live(self, connection: Transaction, span: DaySpan) -> list[DaySpan]:
        """Return the days whose sums do not hold."""
        rows = await connection.fetch(ROLLUPS.days, *span, self._zone.key)
        return stretches(span, {row["day"] for row in rows if row["holds"]})


def _on(statement: str, axis: str) -> str:
    return statement.replace("/*axis*/", axis)


def _by_axis(rows: Sequence[Count]) -> dict[str, list[Count]]:
    found: defaultdict[str, list[Count]] = defaultdict(list)
    for row in rows:
        found[row.axis].append(row)
    return dict(found)


def _quantiles(values: Sequence[float] | None) -> Quantiles:
    return Quantiles(*values) if values else Quantiles(None, None)
