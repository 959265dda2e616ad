"""Lays out what people who listened to calls thought of them: how many, and the average of those that were drawn."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from crm_bridge.figures.registry import Chosen, FigureUnit, ListName
from crm_bridge.figures.reports import Cell, FigureTable, LineKind, ReportLine, RowsOf
from crm_bridge.figures.spans import DaySpan
from crm_bridge.reviews.lifecycle import HEARD, ReviewState
from telephony.ports import Row
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load


class JudgedSql(NamedTuple):
    """The query of judged.sql."""

    reviewed: str


SQL: Final = load(Path(__file__).with_name("judged.sql"), JudgedSql)
_HEARD: Final = tuple(state.value for state in HEARD)
_YES: Final = "true"
AVERAGE: Final = "review_average"
REVIEW_FIGURES: Final[Mapping[str, Chosen]] = {
    "reviewed": {"state": _HEARD},
    "reviewed_drawn": {"state": _HEARD, "drawn": _YES},
    AVERAGE: {"state": _HEARD, "drawn": _YES},
    "reviewed_fatal": {"state": _HEARD, "fatal": _YES},
    "reviewed_disputed": {"state": (ReviewState.DISPUTED.value,)},
}
"""By name the parameters of the list; the average is that of the scores of its list."""


class JudgedTables:
    """Counts and lays out."""

    def __init__(self, pool: Pool, zone: ZoneInfo) -> None:
        self._pool = pool
        self._zone = zone

    async def reviews(self, span: DaySpan) -> list[FigureTable]:
        """Lay out scores of calls that began in these days, of all and by manager."""
        rows = await self._pool.fetch(SQL.reviewed, *span.moments(self._zone))
        whole, managers = rows[0], rows[1:]
        names = tuple(REVIEW_FIGURES)
        return [
            FigureTable("reviewed", LineKind.WHOLE, names, (_line("", whole, span),)),
            FigureTable(
                "reviewed_by_manager",
                LineKind.EXTENSION,
                names,
                tuple(_line(row["manager"], row, span) for row in managers),
            ),
        ]


def _line(key: str, row: Row, span: DaySpan) -> ReportLine:
    of: Chosen = {"manager": key} if key else {}
    cells = []
    for name, chosen in REVIEW_FIGURES.items():
        found = row[name]
        value = None if found is None else float(round(found, 1))
        unit = FigureUnit.POINTS if name == AVERAGE else FigureUnit.COUNT
        cells.append(Cell(name, unit, value, RowsOf(ListName.REVIEWS, {**chosen, **of}, span)))
    return ReportLine(key, tuple(cells))
