"""Reports: figures laid out as tables, each number with the list of its rows. Pure.

A report's name is in its address. Its tables are the same for pages, files and the API: lines of cells; words come from
the console's catalogue by the names of tables, figures and lines.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from crm_bridge.figures.counts import CallCount, RequestCount
from crm_bridge.figures.registry import FIGURES, SHARES, Chosen, FigureUnit, ListName, value
from crm_bridge.figures.spans import DaySpan


class ReportName(StrEnum):
    """Which report."""

    SUMMARY = "summary"
    SPEED = "speed"
    ANSWERING = "answering"
    MANAGERS = "managers"
    HEAT = "heat"
    PROMISES = "promises"
    NEWCOMERS = "newcomers"
    CASES = "cases"
    QUALITY = "quality"
    REVIEWS = "reviews"


class LineKind(StrEnum):
    """What a table's lines are."""

    WHOLE = "whole"
    DAY = "day"
    HOUR = "hour"
    WEEKDAY = "weekday"
    DID = "did"
    QUEUE = "queue"
    EXTENSION = "extension"
    """A manager, as the ledger knows them."""
    MANAGER = "manager"
    """A manager, by the directory's id."""
    WORD = "word"
    """A code that the catalogue has a word for."""


@dataclass(frozen=True, slots=True)
class RowsOf:
    """Where a number's rows are listed: parameters of the list; days are the figure's span."""

    rows: ListName
    chosen: Chosen
    span: DaySpan


@dataclass(frozen=True, slots=True)
class Cell:
    """One number."""

    figure: str
    unit: FigureUnit
    value: float | None
    rows: RowsOf | None = None
    before: float | None = None
    """In the period before."""
    heat: int = 0
    """0 to 9: how much it is among the table's cells."""


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A line of a table; ``key`` is what it is of: a day, a number, a code."""

    key: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class FigureTable:
    """Lines under the same heads: the names of figures, or the hours of a day."""

    name: str
    kind: LineKind
    heads: tuple[str, ...]
    lines: tuple[ReportLine, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Tables over some days."""

    name: ReportName
    span: DaySpan
    tables: tuple[FigureTable, ...]


HEADLINE: Final = ("inbound", "answered", "missed", "answered_share", "service_level", "outbound", "talk")
FATES: Final = ("requests", "fate_answered_later", "fate_got_through", "fate_owed", "fate_lost", "fate_never_call")
SPEED: Final = ("requests", "target_met", "target_missed", "target_not_needed", "target_open", "in_time")
RINGS: Final = tuple(name for name in FIGURES if name.startswith("ring_"))
ANSWERING: Final = ("inbound", "answered", "missed", "short", "answered_share", "service_level")
WAITS: Final = tuple(name for name in FIGURES if name.startswith("within_"))
BY_DAY: Final = ("inbound", "answered", "missed", "answered_share", "outbound", "talk")
BY_REASON: Final = tuple(name for name in FIGURES if name.startswith("missed_"))
OF_MANAGER: Final = ("answered", "outbound", "outbound_answered", "talk")
RUNG: Final = ("requests", "fate_answered_later", "fate_lost", "target_met", "target_missed")
HEATED: Final = ("missed", "inbound", "answered", "missed_off_hours", "outbound")
"""What the map can show."""
_HEATS: Final = 9


@dataclass(frozen=True, slots=True)
class AxisCounts:
    """What was counted of one axis, and of the same axis in the period before, by its keys."""

    calls: Mapping[str, Sequence[CallCount]]
    requests: Mapping[str, Sequence[RequestCount]]
    calls_before: Mapping[str, Sequence[CallCount]]
    requests_before: Mapping[str, Sequence[RequestCount]]


def line(key: str, names: Iterable[str], counted: AxisCounts, span: DaySpan, of: Chosen | None) -> ReportLine:
    """Lay out figures of one key; ``of``: what lists must be asked for beside the figure's own, None if none can be."""
    calls, requests = counted.calls.get(key, ()), counted.requests.get(key, ())
    calls_before, requests_before = counted.calls_before.get(key), counted.requests_before.get(key)
    cells = []
    for name in names:
        earlier = calls_before if _is_of_calls(name) else requests_before
        before = None if earlier is None else value(name, calls_before or (), requests_before or ())
        cells.append(Cell(name, _unit(name), value(name, calls, requests), _rows(name, span, of), before))
    return ReportLine(key, tuple(cells))


def table(
    name: str,
    kind: LineKind,
    names: tuple[str, ...],
    counted: AxisCounts,
    span: DaySpan,
    keys: Iterable[str],
) -> FigureTable:
    """Lay out figures by a key a line."""
    lines = tuple(line(key, names, counted, span_of(kind, key, span), asked_of(kind, key)) for key in keys)
    return FigureTable(name, kind, names, lines)


def heat_map(figure: str, counts: Mapping[str, Sequence[CallCount]], span: DaySpan) -> FigureTable:
    """Lay out one figure by weekday and hour."""
    hours = tuple(str(hour) for hour in range(24))
    values = {key: value(figure, found, ()) or 0 for key, found in counts.items()}
    most = max(values.values(), default=0)
    lines = []
    for weekday in range(1, 8):
        cells = []
        for hour in hours:
            found = values.get(f"{weekday}-{hour}", 0)
            of: Chosen = {"weekday": str(weekday), "hour": hour}
            heat = round(_HEATS * found / most) if most else 0
            cells.append(Cell(figure, _unit(figure), found, _rows(figure, span, of), heat=max(heat, int(found > 0))))
        lines.append(ReportLine(str(weekday), tuple(cells)))
    return FigureTable("heat", LineKind.WEEKDAY, hours, tuple(lines))


def span_of(kind: LineKind, key: str, span: DaySpan) -> DaySpan:
    """Return the days that a line counts."""
    return DaySpan.of_day(key) if kind is LineKind.DAY else span


def asked_of(kind: LineKind, key: str) -> Chosen | None:
    """Return what lists must be asked for, for a line's rows; None where no list can be asked: it has no name."""
    names = {
        LineKind.HOUR: "hour",
        LineKind.DID: "did",
        LineKind.QUEUE: "queue",
        LineKind.EXTENSION: "manager",
        LineKind.MANAGER: "manager",
    }
    if kind not in names:
        return {}
    return {names[kind]: key} if key else None


def _is_of_calls(name: str) -> bool:
    found = FIGURES.get(name) or SHARES[name]
    return found.rows is ListName.CALLS


def _unit(name: str) -> FigureUnit:
    return (FIGURES.get(name) or SHARES[name]).unit


def _rows(name: str, span: DaySpan, of: Chosen | None) -> RowsOf | None:
    """Return a figure's list; a share's is that of its part."""
    if of is None:
        return None
    figure = FIGURES[SHARES[name].part if name in SHARES else name]
    return RowsOf(figure.rows, {**figure.chosen, **of}, span)
