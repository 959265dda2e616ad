"""Reports that people are sent by schedule: what was ordered, and the file that goes out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from crm_bridge.api.values.sheets import XlsxSheet
from crm_bridge.errors import NoSuchThing
from crm_bridge.figures.composer import ReportComposer
from crm_bridge.figures.reports import ReportName
from crm_bridge.figures.spans import DaySpan
from crm_bridge.notifications.scheduling import Every, days_of, last_due
from crm_bridge.notifications.sender import AddressRefused, Attachment
from crm_bridge.notifications.store import SQL, Notice, NoticeKind, tell_one
from crm_bridge.web.views.report_rows import report_rows
from crm_bridge.web.words.catalogue import PageWords
from crm_bridge.web.words.text import UiLanguage
from telephony.ports import Clock
from telephony.postgres.pool import Pool

_MOST_ORDERS: Final = 20


@dataclass(frozen=True, slots=True)
class ReportOrder:
    """A report that somebody is sent."""

    order_id: int
    report: ReportName
    every: Every
    at: time


class ReportOrderStore:
    """Keeps them, and writes the messages when they are due."""

    def __init__(self, pool: Pool, clock: Clock, zone: ZoneInfo) -> None:
        self._pool = pool
        self._clock = clock
        self._zone = zone

    async def of(self, user_id: str) -> Sequence[ReportOrder]:
        """Return somebody's."""
        rows = await self._pool.fetch(SQL.report_orders_of, user_id)
        return [
            ReportOrder(row["order_id"], ReportName(row["report"]), Every(row["every"]), row["at"])
            for row in rows
            if row["report"] in set(ReportName)
        ]

    async def order(self, user_id: str, report: ReportName, every: Every, at: time) -> None:
        """Order one; the same again changes its time.

        Raises:
            AddressRefused: there are many already.
        """
        if len(await self.of(user_id)) >= _MOST_ORDERS:
            raise AddressRefused(f"{_MOST_ORDERS} reports are enough; take one out first")
        await self._pool.execute(SQL.order_report, user_id, report, every, at, self._clock())

    async def drop(self, user_id: str, order_id: int) -> None:
        """Order it no longer.

        Raises:
            NoSuchThing: it is not there, or another's.
        """
        if await self._pool.fetchval(SQL.drop_report, order_id, user_id) is None:
            raise NoSuchThing("there is no such report")

    async def look(self) -> None:
        """Write a message for each report that is due; each once, and none for a time before it was ordered."""
        now = self._clock()
        local = now.astimezone(self._zone)
        for row in await self._pool.fetch(SQL.report_orders):
            every = Every(row["every"])
            due = last_due(every, row["at"], local)
            if datetime.combine(due, row["at"], self._zone) < row["made_at"] or (row["last_on"] or due) > due:
                continue
            async with self._pool.acquire() as connection, connection.transaction():
                if await connection.fetchval(SQL.report_sent, row["order_id"], due) is None:
                    continue
                span = days_of(every, due)
                facts = {"report": row["report"], "since": str(span.first), "until": str(span.last)}
                notice = Notice(NoticeKind.REPORT, f"{row['order_id']}.{due}", None, facts)
                await tell_one(connection, row["user_id"], notice, now)


class ReportFiles:
    """Makes the file of a report; ``sold_codes`` are results that mean a sale."""

    def __init__(self, pool: Pool, zone: ZoneInfo, clock: Clock, sold_codes: Sequence[str]) -> None:
        self._zone = zone
        self._composer = ReportComposer(pool, zone, clock, sold_codes)

    async def make(self, name: ReportName, span: DaySpan, tongue: UiLanguage) -> Attachment:
        """Make it as a spreadsheet."""
        say = PageWords(tongue).say
        report = await self._composer.compose(name, span)
        sheet = XlsxSheet((say(f"report.{name}"), str(span.first), str(span.last)), self._zone)
        content = sheet.rows(report_rows(report, say)) + sheet.end()
        return Attachment(f"{name}-{span.first}-{span.last}.{sheet.suffix}", sheet.media, content)
