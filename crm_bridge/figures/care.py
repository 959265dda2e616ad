"""Lays out what is not counted from calls by an axis: new customers, unhappy ones, and how good the data is."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from crm_bridge.figures.registry import Chosen, FigureUnit, ListName
from crm_bridge.figures.reports import Cell, FigureTable, LineKind, ReportLine, RowsOf
from crm_bridge.figures.spans import DaySpan
from crm_bridge.newcomers.listing import NewcomerQueries
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load


class CareSql(NamedTuple):
    """The queries of care.sql."""

    cases: str
    cases_by_cause: str
    cases_by_why: str
    quality: str


SQL: Final = load(Path(__file__).with_name("care.sql"), CareSql)
_YES: Final = "true"
NEWCOMER_FIGURES: Final[Mapping[str, Chosen]] = {
    "newcomers": {},
    "newcomers_again": {"again": _YES},
    "newcomers_missed": {"missed": _YES},
    "newcomers_silent": {"silent": _YES},
    "newcomers_won": {"won": _YES},
}
CASE_FIGURES: Final[Mapping[str, Chosen]] = {
    "cases": {},
    "cases_late": {"late": _YES},
    "cases_closed": {"state": "closed"},
    "cases_changed": {"changed": _YES},
}
QUALITY_FIGURES: Final[Mapping[str, Chosen]] = {
    "talks": {"disposition": "answered"},
    "unrecorded": {"disposition": "answered", "recorded": "false"},
    "repaired": {"repaired": _YES},
}


class CareTables:
    """Counts and lays out; ``sold_codes`` are results that mean a sale."""

    def __init__(self, pool: Pool, zone: ZoneInfo, sold_codes: Sequence[str]) -> None:
        self._pool = pool
        self._zone = zone
        self._newcomers = NewcomerQueries(pool, sold_codes)

    async def newcomers(self, span: DaySpan, now: datetime) -> list[FigureTable]:
        """Lay out new customers by when they first talked with us."""
        found = await self._newcomers.count(*span.moments(self._zone), now)
        return [_whole("newcomers", NEWCOMER_FIGURES, found, (ListName.NEWCOMERS, span))]

    async def cases(self, span: DaySpan) -> list[FigureTable]:
        """Lay out unhappy customers by when their case was opened."""
        moments = span.moments(self._zone)
        [row] = await self._pool.fetch(SQL.cases, *moments)
        tables = [_whole("cases", CASE_FIGURES, dict(row), (ListName.CASES, span))]
        for name, statement in (("why", SQL.cases_by_why), ("cause", SQL.cases_by_cause)):
            rows = await self._pool.fetch(statement, *moments)
            lines = tuple(
                ReportLine(row["key"], (_cell("cases", row["cases"], {name: row["key"]}, (ListName.CASES, span)),))
                for row in rows
            )
            tables.append(FigureTable(f"cases_by_{name}", LineKind.WORD, ("cases",), lines))
        return tables

    async def quality(self, span: DaySpan) -> list[FigureTable]:
        """Lay out what is missing or was rebuilt."""
        [row] = await self._pool.fetch(SQL.quality, *span.moments(self._zone))
        found = dict(row)
        return [_whole("quality", QUALITY_FIGURES, found, (ListName.CALLS, span))]


def _whole(
    name: str, figures: Mapping[str, Chosen], found: Mapping[str, int], where: tuple[ListName, DaySpan]
) -> FigureTable:
    cells = tuple(_cell(figure, found.get(figure, 0), chosen, where) for figure, chosen in figures.items())
    return FigureTable(name, LineKind.WHOLE, tuple(figures), (ReportLine("", cells),))


def _cell(figure: str, value: int, chosen: Chosen, where: tuple[ListName, DaySpan]) -> Cell:
    rows, span = where
    return Cell(figure, FigureUnit.COUNT, value, RowsOf(rows, chosen, span))
