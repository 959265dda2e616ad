"""Reports: figures over days, each number a link to its rows; and the same as a file."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from aiohttp import web

from crm_bridge.api.board.promises import PromiseListParams, PromiseShape, PromiseVerdict, promise_filters
from crm_bridge.api.resources.exports import Format
from crm_bridge.api.values.sheets import Cell as SheetCell
from crm_bridge.api.values.sheets import CsvSheet, Sheet, XlsxSheet
from crm_bridge.figures.composer import NO_VERDICT, ReportComposer
from crm_bridge.figures.reader import FigureFilter, FigureReader
from crm_bridge.figures.registry import FigureUnit, ListName
from crm_bridge.figures.reports import HEATED, Cell, LineKind, Report, ReportName, RowsOf
from crm_bridge.figures.spans import DaySpan
from crm_bridge.people.access import ACCESS, PERSON, UserRole
from crm_bridge.queries.console import ConsoleQueries
from crm_bridge.queries.sql_builder import compose
from crm_bridge.queries.statements import BOARD
from crm_bridge.web import PREFIX
from crm_bridge.web.pages.given import ConsoleGiven
from crm_bridge.web.surface import Surface
from crm_bridge.web.templating import query
from crm_bridge.web.views.chips import kept_of
from crm_bridge.web.views.periods import Period, PeriodName, period

PERIODS: Final = tuple(name for name in PeriodName if name is not PeriodName.CUSTOM)
"""Those that have a name."""
_KEPT: Final = ("period", "since", "until", "did", "queue", "figure")
_IN_USE: Final = timedelta(days=92)
_MOST_PROMISES: Final = 200
_LISTS: Final = {
    ListName.CALLS: f"{PREFIX}/calls",
    ListName.CALLBACKS: f"{PREFIX}/board",
    ListName.PROMISES: f"{PREFIX}/reports/promises",
    ListName.NEWCOMERS: f"{PREFIX}/newcomers",
    ListName.CASES: f"{PREFIX}/cases",
    ListName.REVIEWS: f"{PREFIX}/reviews",
}


class ReportPages:
    """The handlers; reports are for heads and administrators."""

    def __init__(self, surface: Surface, given: ConsoleGiven) -> None:
        self._surface = surface
        self._given = given
        self._composer = ReportComposer(given.pool, surface.zone, surface.clock, given.money.sold_codes)
        self._console = ConsoleQueries(given.pool)

    def routes(self) -> list[web.RouteDef]:
        """Return them."""
        name = "{name:[a-z]{1,20}}"
        return [
            web.get("/reports", self.page),
            web.get(f"/reports/{name}", self.page),
            web.get(f"/reports/{name}/export", self.export),
        ]

    async def page(self, request: web.Request) -> web.Response:
        """Show a report."""
        name, chosen, span = await self._asked(request)
        report = await self._report(request, name, span)
        kept = dict.fromkeys(_KEPT, "") | kept_of(request.query, _KEPT)
        managers = await self._console.managers()
        _, dids = await self._console.choices(self._surface.clock() - _IN_USE)
        return self._surface.page(
            request,
            "reports/report.html",
            report=report,
            names=list(ReportName),
            period=chosen,
            periods=PERIODS,
            kept=kept,
            dids=dids,
            heated=request.query.get("figure", "missed"),
            heatable=HEATED,
            link=address_of,
            extensions={one.endpoint.partition("/")[2].partition("@")[0]: one for one in managers.values()},
            managers=managers,
            promises=await self._promises(request, span) if name is ReportName.PROMISES else (),
            verdict=request.query.get("verdict", ""),
        )

    async def export(self, request: web.Request) -> web.Response:
        """Send a report's tables as a file, one under the other."""
        name, _, span = await self._asked(request)
        report = await self._report(request, name, span)
        asked = request.query.get("format", "")
        kind = XlsxSheet if asked == Format.XLSX else CsvSheet
        said = self._surface.context(request, self._surface.clock())
        sheet: Sheet = kind((said["t"](f"report.{name}"), str(span.first), str(span.last)), self._surface.zone)
        body = sheet.rows(_cells(report, said)) + sheet.end()
        return web.Response(
            body=body,
            content_type=sheet.media,
            headers={
                "Content-Disposition": f'attachment; filename="{name}-{span.first}-{span.last}.{sheet.suffix}"',
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
            },
        )

    async def _report(self, request: web.Request, name: ReportName, span: DaySpan) -> Report:
        only = FigureFilter(_values(request, "did"), _values(request, "queue"))
        return await self._composer.compose(name, span, only, request.query.get("figure", "missed"))

    async def _asked(self, request: web.Request) -> tuple[ReportName, Period, DaySpan]:
        if request[PERSON].role is UserRole.MANAGER:
            raise web.HTTPForbidden
        asked = request.match_info.get("name", ReportName.SUMMARY)
        if asked not in set(ReportName):
            raise web.HTTPNotFound
        today = self._surface.clock().astimezone(self._surface.zone).date()
        chosen, span = await asked_days(request, today, self._composer.reader)
        return ReportName(asked), chosen, span

    async def _promises(self, request: web.Request, span: DaySpan) -> Sequence[PromiseShape]:
        verdict = request.query.get("verdict", "")
        since, until = span.moments(self._surface.zone)
        if verdict not in {*PromiseVerdict, NO_VERDICT}:
            return ()
        settled = {"verdict": (verdict,)} if verdict != NO_VERDICT else {"open": True}
        params = PromiseListParams.model_validate({"since": since, "until": until, **settled})
        text, values = compose(
            BOARD.list_promises_newest, BOARD, promise_filters(params), _MOST_PROMISES, request[ACCESS]
        )
        shown = [PromiseShape.model_validate(dict(row)) for row in await self._given.pool.fetch(text, *values)]
        return [one for one in shown if verdict != NO_VERDICT or one.verdict is None]


async def asked_days(request: web.Request, today: date, reader: FigureReader) -> tuple[Period, DaySpan]:
    """Return the period that an address asks for, and its days."""
    named, since, until = (request.query.get(name, "") for name in ("period", "since", "until"))
    chosen = period(named, since, until, today, PeriodName.WEEK)
    whole = await reader.whole(today)
    first, last = chosen.first or whole.first, min(chosen.last or today, today)
    return chosen, DaySpan(min(max(first, _earliest(whole)), last), last)


def address_of(rows: RowsOf) -> str:
    """Return the page that lists a number's rows."""
    tab = {"tab": "all"} if rows.rows in {ListName.CALLBACKS, ListName.CASES} else {}
    days = {"since": str(rows.span.first), "until": str(rows.span.last)}
    return f"{_LISTS[rows.rows]}?{query({**tab, **rows.chosen, **days})}"


def _earliest(whole: DaySpan) -> date:
    """Nothing is reckoned of days long before the first call."""
    return whole.first - timedelta(days=1)


def _values(request: web.Request, name: str) -> list[str] | None:
    return [value for value in request.query.getall(name, ()) if value] or None


def _cells(report: Report, said: Mapping[str, object]) -> list[list[SheetCell]]:
    say = said["t"]
    assert callable(say)  # noqa: S101 - `Surface.context` has it
    rows: list[list[SheetCell]] = []
    for table in report.tables:
        heads = table.heads if table.kind is LineKind.WEEKDAY else [say(f"figure.{head}") for head in table.heads]
        rows += [[], [say(f"table.{table.name}"), *heads]]
        rows += [[line.key, *(_number(cell) for cell in line.cells)] for line in table.lines]
    return rows


def _number(cell: Cell) -> float | None:
    if cell.value is None:
        return None
    return round(cell.value, 4 if cell.unit is FigureUnit.SHARE else 1)
