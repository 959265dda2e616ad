"""Composes reports: reads what each of them counts, and lays it out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from crm_bridge.figures import reports
from crm_bridge.figures.care import CareTables
from crm_bridge.figures.counts import CallCount, RequestCount
from crm_bridge.figures.judged import JudgedTables
from crm_bridge.figures.reader import EVERY_CALL, CallAxes, FigureFilter, FigureReader, Quantiles, RequestAxes
from crm_bridge.figures.registry import FigureUnit, ListName
from crm_bridge.figures.reports import AxisCounts, Cell, FigureTable, LineKind, Report, ReportLine, ReportName, RowsOf
from crm_bridge.figures.spans import DaySpan
from telephony.ports import Clock
from telephony.postgres.pool import Pool

_MOST_DAYS_LISTED: Final = 93
"""Of more days a table by day is too long to read."""
_VERDICTS: Final = ("kept", "late", "broken", "released", "overdue", "")
NO_VERDICT: Final = "waited_for"


class ReportComposer:
    """Composes."""

    def __init__(self, pool: Pool, zone: ZoneInfo, clock: Clock, sold_codes: Sequence[str] = ()) -> None:
        self.reader = FigureReader(pool, zone)
        self._judged = JudgedTables(pool, zone)
        self._care = CareTables(pool, zone, sold_codes)
        self._clock = clock

    async def compose(
        self, name: ReportName, span: DaySpan, only: FigureFilter = EVERY_CALL, heated: str = "missed"
    ) -> Report:
        """Compose a report; ``heated`` is the figure that the map shows."""
        match name:
            case ReportName.SUMMARY:
                tables = await self._summary(span, only)
            case ReportName.SPEED:
                tables = await self._speed(span)
            case ReportName.ANSWERING:
                tables = await self._answering(span, only)
            case ReportName.MANAGERS:
                tables = await self._managers(span)
            case ReportName.HEAT:
                counts = await self.reader.calls(span, "week_hour", only)
                tables = [reports.heat_map(heated if heated in reports.HEATED else "missed", counts, span)]
            case ReportName.PROMISES:
                tables = await self._promises(span)
            case _:
                tables = await self._of_people(name, span)
        return Report(name, span, tuple(tables))

    async def _of_people(self, name: ReportName, span: DaySpan) -> list[FigureTable]:
        match name:
            case ReportName.NEWCOMERS:
                return await self._care.newcomers(span, self._clock())
            case ReportName.CASES:
                return await self._care.cases(span)
            case ReportName.REVIEWS:
                return await self._judged.reviews(span)
            case _:
                return await self._care.quality(span)

    async def _summary(self, span: DaySpan, only: FigureFilter) -> list[FigureTable]:
        whole = await self._counted(span, "all", only, requests="all")
        found = [
            reports.table("headline", LineKind.WHOLE, reports.HEADLINE, whole, span, [""]),
            reports.table("fates", LineKind.WHOLE, reports.FATES, whole, span, [""]),
        ]
        if span.days <= _MOST_DAYS_LISTED:
            by_day = _only_calls(await self.reader.calls(span, "day", only))
            days = [str(span.first + timedelta(days=place)) for place in range(span.days)]
            found.append(reports.table("by_day", LineKind.DAY, reports.BY_DAY, by_day, span, reversed(days)))
        return found

    async def _speed(self, span: DaySpan) -> list[FigureTable]:
        requests = await self.reader.requests(span)
        counted = AxisCounts({}, requests, {}, await self.reader.requests(span.before()))
        counts = requests.get("", ())
        return [
            reports.table("target", LineKind.WHOLE, reports.SPEED, counted, span, [""]),
            _quantiles("speeds", await self.reader.speeds(span)),
            reports.table("rings", LineKind.WHOLE, reports.RINGS, counted, span, [""]),
            by_code("why_not", counts, "target_missed", {"target": "missed"}, span),
            by_code("closed_for", counts, "fate_lost", {"fate": "lost"}, span),
        ]

    async def _answering(self, span: DaySpan, only: FigureFilter) -> list[FigureTable]:
        whole = await self._counted(span, "all", only)
        found = [
            reports.table("answering", LineKind.WHOLE, reports.ANSWERING, whole, span, [""]),
            reports.table("within", LineKind.WHOLE, reports.WAITS, whole, span, [""]),
            reports.table("reasons", LineKind.WHOLE, reports.BY_REASON, whole, span, [""]),
        ]
        waits = await self.reader.waits(span)
        if waits:
            found.append(_quantiles("waits", waits))
        for name, kind in (("did", LineKind.DID), ("queue", LineKind.QUEUE), ("hour", LineKind.HOUR)):
            counts = await self.reader.calls(span, name, only)
            keys = sorted(counts, key=int) if kind is LineKind.HOUR else _most_first(counts)
            found.append(reports.table(f"by_{name}", kind, reports.ANSWERING, _only_calls(counts), span, keys))
        return found

    async def _managers(self, span: DaySpan) -> list[FigureTable]:
        counts = await self.reader.calls(span, "manager")
        requests = await self.reader.requests(span, "manager")
        rung = AxisCounts({}, requests, {}, {})
        return [
            reports.table(
                "by_extension", LineKind.EXTENSION, reports.OF_MANAGER, _only_calls(counts), span, _most_first(counts)
            ),
            reports.table("rung", LineKind.MANAGER, reports.RUNG, rung, span, sorted(requests)),
        ]

    async def _promises(self, span: DaySpan) -> list[FigureTable]:
        now, before = await self.reader.promises(span), await self.reader.promises(span.before())
        cells = [
            Cell(
                f"promise_{verdict or NO_VERDICT}",
                FigureUnit.COUNT,
                now.get(verdict, 0),
                RowsOf(ListName.PROMISES, {"verdict": verdict or NO_VERDICT}, span),
                before.get(verdict, 0),
            )
            for verdict in _VERDICTS
        ]
        heads = tuple(cell.figure for cell in cells)
        return [FigureTable("promises", LineKind.WHOLE, heads, (ReportLine("", tuple(cells)),))]

    async def _counted(self, span: DaySpan, axis: str, only: FigureFilter, requests: str = "") -> AxisCounts:
        before = span.before()
        return AxisCounts(
            await self.reader.calls(span, axis, only),
            await self.reader.requests(span, requests) if requests else {},
            await self.reader.calls(before, axis, only),
            await self.reader.requests(before, requests) if requests else {},
        )


def by_code(
    code: str, counts: Iterable[RequestCount], figure: str, chosen: Mapping[str, str], span: DaySpan
) -> FigureTable:
    """Lay out how many requests of a figure have each code, the most frequent first."""
    sums: dict[str, int] = {}
    for each in counts:
        if all(getattr(each, name) == wanted for name, wanted in chosen.items()):
            found = getattr(each, code)
            sums[found] = sums.get(found, 0) + each.requests
    lines = [
        ReportLine(key, (Cell(figure, FigureUnit.COUNT, number, _coded(code, key, chosen, span)),))
        for key, number in sorted(sums.items(), key=lambda one: (-one[1], one[0]))
    ]
    return FigureTable(code, LineKind.WORD, (figure,), tuple(lines))


def _coded(code: str, key: str, chosen: Mapping[str, str], span: DaySpan) -> RowsOf | None:
    return RowsOf(ListName.CALLBACKS, {**chosen, code: key}, span) if key else None


def _quantiles(name: str, found: Mapping[str, Quantiles]) -> FigureTable:
    heads = ("median", "nine_of_ten")
    lines = [
        ReportLine(key, tuple(Cell(head, FigureUnit.SECONDS, part) for head, part in zip(heads, values, strict=True)))
        for key, values in found.items()
    ]
    return FigureTable(name, LineKind.WORD, heads, tuple(lines))


def _only_calls(counts: CallAxes) -> AxisCounts:
    nothing: RequestAxes = {}
    return AxisCounts(counts, nothing, {}, nothing)


def _most_first(counts: Mapping[str, Sequence[CallCount]]) -> list[str]:
    return sorted(counts, key=lambda key: (-sum(each.calls for each in counts[key]), key))
