"""The call log as a file: the list's filters, all its pages one after the other, sent as they are read.

No transaction stays open while a slow client takes its time: each page is a statement of its own, found by its place.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from crm_bridge.api.endpoint import Asked, Endpoint
from crm_bridge.api.resources.calls import FilterParams, filters
from crm_bridge.api.values.keys import Scope
from crm_bridge.api.values.sheets import CsvSheet, Sheet, XlsxSheet, today
from crm_bridge.people.access import Access
from crm_bridge.queries.calls import CallQueries, CallSummary
from crm_bridge.queries.sql_builder import Filters

_PAGE: Final = 1000
_HEADS: Final = tuple(CallSummary.model_fields)


class Format(StrEnum):
    """What file."""

    CSV = "csv"
    XLSX = "xlsx"


class ExportParams(FilterParams):
    """What to export; the filters are the list's."""

    format: Format = Format.CSV


class ExportHandlers:
    """The one operation."""

    def __init__(self, queries: CallQueries, region: str, zone: ZoneInfo) -> None:
        self._queries = queries
        self._region = region
        self._zone = zone

    async def export(self, asked: Asked[ExportParams]) -> web.StreamResponse:
        """Send the file."""
        chosen = filters(asked.params, self._region, self._zone.key)
        return await self.send(asked.raw, chosen, asked.params.format, asked.now, asked.access)

    async def send(
        self, request: web.Request, chosen: Filters, format_: Format, now: datetime, access: Access
    ) -> web.StreamResponse:
        """Send the calls that pass the filters and may be seen."""
        sheet: Sheet = (CsvSheet if format_ is Format.CSV else XlsxSheet)(_HEADS, self._zone)
        # before the head is sent: a database that is away is a 503
        rows = await self._queries.rows(chosen, _PAGE, access)
        name = f"calls-{today(now, self._zone)}.{sheet.suffix}"
        response = web.StreamResponse(
            headers={
                "Content-Type": sheet.media,
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
            }
        )
        await response.prepare(request)
        while rows:
            await response.write(sheet.rows([[row[head] for head in _HEADS] for row in rows]))
            if len(rows) < _PAGE:
                break
            last = rows[-1]
            place = [last["started_at"], last["call_id"]]
            rows = await self._queries.rows({**chosen, "before": place}, _PAGE, access)
        await response.write(sheet.end())
        await response.write_eof()
        return response

    def endpoints(self) -> list[Endpoint]:
        """Return it."""
        return [
            Endpoint(
                method="GET",
                path="/calls/export",
                operation="exportCalls",
                narrow=True,
                summary="The call log as CSV or XLSX; times are the company's own.",
                handler=self.export,
                result=web.StreamResponse,
                scope=Scope.CALLS_READ,
                params=ExportParams,
                media=(CsvSheet.media, XlsxSheet.media),
                tag="calls",
            )
        ]
