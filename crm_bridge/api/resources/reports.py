"""Figures and reports: what each figure means, and a report's tables with the list behind each number."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from crm_bridge.api.endpoint import PREFIX, Asked, Endpoint, Line, Nothing, Number, Params, Several
from crm_bridge.api.problems import Problem
from crm_bridge.api.values.keys import Scope
from crm_bridge.figures.composer import ReportComposer
from crm_bridge.figures.reader import FigureFilter
from crm_bridge.figures.registry import FIGURES, SHARES, Figure, FigureUnit, ListName, Share
from crm_bridge.figures.reports import Cell, LineKind, ReportName, RowsOf
from crm_bridge.figures.spans import DaySpan
from crm_bridge.web.words.catalogue import PageWords
from crm_bridge.web.words.text import UI_LANGUAGES
from telephony.numbers import canonical
from telephony.ports import Clock
from telephony.postgres.pool import Pool

_LONGEST_DAYS: Final = 36_600
ReportDay = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2200, 1, 1))]
"""A day that a ledger can have."""
QueueName = Annotated[Line, Field(min_length=1, max_length=64)]
"""As Asterisk has it."""


class FigureShape(BaseModel):
    """What a figure is."""

    name: str
    unit: FigureUnit
    title: dict[str, str] = Field(description="Its name by language: `en`, `ru`, `uk`.")
    definition: dict[str, str] = Field(description="What it counts and what it leaves out, by language.")
    rows: ListName = Field(description="The list that has its rows.")
    chosen: dict[str, list[str]] = Field(description="That list's filters; empty of a share.")
    part: str | None = Field(None, description="Of a share: the figure that is divided.")
    whole: list[str] = Field([], description="Of a share: the figures that it is divided by.")
    without: list[str] = Field([], description="Of a share: the figures that are taken from the whole.")


class FigureList(BaseModel):
    """Every figure."""

    figures: list[FigureShape]


class ReportParams(Params):
    """Which report, and of which days."""

    name: ReportName
    since: ReportDay = Field(description="The first day, in the company's zone.")
    until: ReportDay = Field(description="The last day.")
    did: Several[Number] = Field((), description="Our number that was called; of calls only.")
    queue: Several[QueueName] = Field((), description="The queue; of calls only.")
    figure: Line = Field("missed", max_length=40, description="Which figure the `heat` report shows.")


class CellShape(BaseModel):
    """One number."""

    figure: str
    unit: FigureUnit
    value: float | None = Field(description="Null of a share of nothing.")
    before: float | None = Field(description="In as many days just before.")
    rows: str | None = Field(description="The list of its rows: an address of this API.")


class ReportLineShape(BaseModel):
    """A line of a table."""

    key: str = Field(description="What it is of: a day, a number, a code; empty for the whole.")
    cells: list[CellShape]


class TableShape(BaseModel):
    """A table of a report."""

    name: str
    kind: LineKind = Field(description="What its lines are.")
    heads: list[str] = Field(description="Names of figures; of the `heat` report the hours of a day.")
    lines: list[ReportLineShape]


class ReportShape(BaseModel):
    """A report."""

    name: ReportName
    since: date
    until: date
    tables: list[TableShape]


class ReportHandlers:
    """The two operations."""

    def __init__(self, pool: Pool, region: str, zone: ZoneInfo, clock: Clock, sold_codes: Sequence[str] = ()) -> None:
        self._composer = ReportComposer(pool, zone, clock, sold_codes)
        self._region = region
        self._zone = zone

    async def figures(self, asked: Asked[Nothing]) -> FigureList:
        """Describe every figure."""
        del asked
        every: list[Figure | Share] = [*FIGURES.values(), *SHARES.values()]
        return FigureList(figures=[_described(each) for each in every])

    async def report(self, asked: Asked[ReportParams]) -> ReportShape:
        """Compose a report."""
        params = asked.params
        span = DaySpan(params.since, params.until)
        if not 0 < span.days <= _LONGEST_DAYS:
            raise Problem(422, "invalid", "`until` is the last day of a report and must not be before `since`")
        dids = [canonical(number, self._region) for number in params.did]
        report = await self._composer.compose(
            params.name, span, FigureFilter(dids or None, list(params.queue) or None), params.figure
        )
        tables = [
            TableShape(
                name=table.name,
                kind=table.kind,
                heads=list(table.heads),
                lines=[
                    ReportLineShape(key=line.key, cells=[self._cell(cell) for cell in line.cells])
                    for line in table.lines
                ],
            )
            for table in report.tables
        ]
        return ReportShape(name=report.name, since=span.first, until=span.last, tables=tables)

    def endpoints(self) -> list[Endpoint]:
        """Return them."""
        return [
            Endpoint(
                method="GET",
                path="/figures",
                operation="listFigures",
                summary="Every figure of the reports: its name, what it means, the list that has its rows.",
                handler=self.figures,
                result=FigureList,
                scope=Scope.CALLS_READ,
                tag="reports",
            ),
            Endpoint(
                method="GET",
                path="/reports/{name}",
                operation="getReport",
                summary="A report over days; each number with the address of its rows.",
                handler=self.report,
                result=ReportShape,
                params=ReportParams,
                scope=Scope.CALLS_READ,
                tag="reports",
            ),
        ]

    def _cell(self, cell: Cell) -> CellShape:
        rows = None if cell.rows is None else address_of(cell.rows, self._zone)
        return CellShape(figure=cell.figure, unit=cell.unit, value=cell.value, before=cell.before, rows=rows)


def address_of(rows: RowsOf, zone: ZoneInfo) -> str:
    """Return the list of a number's rows."""
    since, until = rows.span.moments(zone)
    chosen = {name: value if isinstance(value, tuple) else (str(value),) for name, value in rows.chosen.items()}
    pairs = [(name, value) for name, values in chosen.items() for value in values]
    return f"{PREFIX}/{rows.rows}?{urlencode([*pairs, ('since', since.isoformat()), ('until', until.isoformat())])}"


def _described(figure: Figure | Share) -> FigureShape:
    said = {tongue.value: PageWords(tongue) for tongue in UI_LANGUAGES}
    shape = FigureShape(
        name=figure.name,
        unit=figure.unit,
        title={tongue: words.say(f"figure.{figure.name}") for tongue, words in said.items()},
        definition={tongue: words.say(f"figure.{figure.name}.means") for tongue, words in said.items()},
        rows=figure.rows,
        chosen={},
    )
    if isinstance(figure, Share):
        return shape.model_copy(
            update={"part": figure.part, "whole": list(figure.whole), "without": list(figure.without)}
        )
    chosen = {name: list(value) if isinstance(value, tuple) else [str(value)] for name, value in figure.chosen.items()}
    return shape.model_copy(update={"chosen": chosen})
