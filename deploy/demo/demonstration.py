"""The demo's course: folders, lab, daemon, calls, table; and all of it gone at the end.

What it leaves is its folder (recordings, database, log), for looking at afterwards; the next demo begins anew. Two
demos at once take two folders.
"""

import asyncio
import contextlib
import random
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from deploy.demo.company import (
    Night,
    Told,
    company_customers,
    company_dialplan,
    company_managers,
    company_settings,
    night,
    zone_here,
)
from deploy.demo.console import remember_past, visitors_link
from deploy.demo.folder import DELIVERIES, LOG, DemoFailed, own_folder
from deploy.demo.live_table import LiveTable, Screen, shown
from deploy.demo.odoo_company import OdooCompany, odoo_with_company
from deploy.demo.promises import PromiseList
from deploy.demo.receiving import Receiving
from deploy.demo.traffic import CUSTOMERS, Company, Customer, Pace
from deploy.lab.errors import InstanceFailed, LabError
from deploy.lab.laboratory import Lab
from telephony.daemon.application import Application
from telephony.daemon.lifetime import live
from telephony.daemon.logs import set_up
from telephony.daemon.plugins import Plugins
from telephony.daemon.supervisor import Supervisor
from telephony.daemon.systemd import Notifier
from telephony.daemon.terminal_text import plain
from telephony.directory.store import DirectoryStore
from telephony.events import CallbackChanged, CallEnded, CallEvent
from telephony.ports import Transaction
from telephony.postgres.pool import Pool
from telephony.settings import LogSettings, TelephonySettings
from telephony.voice.dialplan import Kind, render

Wire = Callable[[Application, Supervisor, Plugins], Awaitable[None]]
"""Starts the daemon as `service.py` does."""

_FRAME = 0.5
_LAST_RECORDING = 3.0
"""Seconds from the last call's end to its recording on the shelf, with room to spare."""


class Wishes(NamedTuple):
    """What the command line asked for; None: without end, or wherever it is usual."""

    calls: int | None = None
    seconds: float | None = None
    folder: Path | None = None
    closed: bool = False
    """Begin in the night: callers are promised times, which are kept after the opening."""
    odoo: bool = False
    """Tell a real Odoo of the calls, too."""
    language: str = "uk"
    """Of the console and of what is spoken: ``ru``, ``uk``, ``en``."""
    days: int = 90
    """Of made-up past; 0 is none."""


def say(text: str) -> None:
    """Tell what is going on, before the table is there and after it is gone."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - a demo talks


async def demonstrate(wishes: Wishes, settings_class: Callable[..., TelephonySettings], wire: Wire) -> None:
    """Run the demo until Ctrl-C, or as far as was wished.

    Args:
        wishes: how long, and where.
        settings_class: the daemon's settings, of both sides.
        wire: starts the daemon as it is always started.
    """
    with own_folder(wishes.folder) as folder, (folder / LOG).open("w", encoding="utf-8") as log:
        set_up(LogSettings(json_lines=True), log)
        try:
            calls = await _demonstrate(wishes, folder, settings_class, wire)
        except LabError as error:
            raise DemoFailed(str(error)) from error
    say(f"demo: over. {calls.summary()}. All that it wrote is in {folder}")


async def _demonstrate(
    wishes: Wishes, folder: Path, settings_class: Callable[..., TelephonySettings], wire: Wire
) -> LiveTable:
    async with contextlib.AsyncExitStack() as stack:
        odoo = None
        if wishes.odoo:
            say("demo: starting Odoo (about a minute; at the first time a few)")
            odoo = await stack.enter_async_context(odoo_with_company())
        say("demo: starting Asterisk")
        lab = await stack.enter_async_context(Lab.start(folder / "lab"))
        say("demo: starting PostgreSQL and the daemon")
        demo = _Demo(wishes, folder, lab, odoo)
        await live(lambda supervisor: demo.start(supervisor, settings_class, wire), Notifier({}), stop=demo.stop)
        say("demo: ending")
    return demo.calls


class _Demo:
    def __init__(self, wishes: Wishes, folder: Path, lab: Lab, odoo: OdooCompany | None) -> None:
        self._wishes = wishes
        self._zone = ZoneInfo(zone_here())
        self._closed = night(datetime.now(self._zone)) if wishes.closed else None
        self._promises = PromiseList(self._zone)
        self._folder = folder
        self._lab = lab
        self._odoo = odoo
        self._receiving = Receiving(self._zone, folder / DELIVERIES)
        self.stop = asyncio.Event()
        self.calls = LiveTable()
        self._out = sys.stdout
        self._where: list[str] = []
        self._link = ""

    async def start(self, supervisor: Supervisor, settings_class: Callable[..., TelephonySettings], wire: Wire) -> None:
        webhook = await self._receiving.open(supervisor, self._tell)
        receivers = Told(webhook, self._receiving.key_id, self._odoo.settings() if self._odoo else None)
        settings = company_settings(
            settings_class, self._folder, self._lab.pbx, receivers, self._closed, self._wishes.language
        )
        dialplan = render(settings.voice, Kind.ASTERISK) + company_dialplan(self._closed)
        await self._lab.pbx.add_dialplan("ringback", dialplan)
        application = Application(settings)
        await wire(application, supervisor, Plugins(after=[self._hear], callback_hooks=[self._hear_callback]))
        pool = application.pool
        await application.database.door.opened.wait()
        await self._receiving.admit(pool, application.url)
        await DirectoryStore(pool).replace_managers(company_managers())
        await DirectoryStore(pool).put_customers(company_customers(strangers=self._odoo is None))
        if self._wishes.days:
            recordings, pbx = settings.recording.folder, settings.pbx[0].name
            days = self._wishes.days
            calls = await remember_past(pool, recordings, pbx, self._zone, company_managers(), days)
            say(f"demo: {calls:,} calls of the last {days} days are made up; those that follow are real")
        self._link = await visitors_link(pool, application.url, self._wishes.language)
        if self._closed:
            supervisor.spawn("demo promises", self._promises.follow(pool, self._tell))
        self._where = self._addresses(application)
        for session in application.sessions:
            await session.link.synced.wait()
        if self._out.isatty():
            supervisor.spawn("demo table", self._draw())
        else:
            self._out.write("".join(f"demo: {line}\n" for line in self._where))
            self._out.flush()
        supervisor.spawn("demo calls", self._play(pool))

    def _addresses(self, application: Application) -> list[str]:
        return [
            f"console     {self._link}   opens once, and signs you in",
            *([f"closed      until {self._closed.opening:%H:%M}; then the promises are kept"] if self._closed else ()),
            *([f"odoo        {self._odoo.where()}"] if self._odoo else ()),
            f"webhooks    {self._receiving.page_url}   what a webhook receiver was told",
            f"recordings  {application.settings.recording.folder}",
            f"database    psql -h {self._folder / 'postgres' / 'run'} -U ringback ringback",
            f"http        {application.url}/api/v1/docs   also /healthz and /metrics",
            f"log         {self._folder / LOG}   Ctrl-C ends the demo",
        ]

    async def _play(self, pool: Pool) -> None:
        company = Company(self._lab.world, random.Random(), Pace())  # noqa: S311 - a story guards nothing
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._wishes.seconds):
                if self._closed:
                    await self._night(company, self._closed)
                if not self._closed or self._wishes.calls is None:
                    await company.live(self._wishes.calls)
                with contextlib.suppress(InstanceFailed):  # a callback may ring again and again: it is cut in the end
                    await self._lab.idle()
                await asyncio.sleep(_LAST_RECORDING)
        await self._receiving.drained(pool)
        self.stop.set()
        await asyncio.Event().wait()

    async def _night(self, company: Company, closed: Night) -> None:
        """Callers find the company closed; go on when every promise was kept, or was not."""
        callers = [Customer(*one) for one in CUSTOMERS if one[0]][: self._wishes.calls]
        await company.night(callers, closed.opening)
        await self._promises.all_settled.wait()
        await self._lab.idle()

    def _tell(self, line: str) -> None:
        if not self._out.isatty():
            self._out.write(f"{line}\n")
            self._out.flush()

    async def _draw(self) -> None:
        with Screen(self._out) as screen:
            while True:
                screen.draw(
                    self._head(),
                    self.calls,
                    datetime.now().astimezone(),
                )
                await asyncio.sleep(_FRAME)

    def _head(self) -> list[str]:
        above = ["Ringback: a small company's day", *self._where, ""]
        return [*above, *self._receiving.lines, "", *self._promises.lines, *([""] if self._promises.lines else ())]

    def _hear(self, event: CallEvent) -> None:
        self.calls(event)
        if isinstance(event, CallEnded) and not self._out.isatty():
            one = shown(event.call, datetime.now().astimezone())
            self._out.write(f"{one.began}  {one.arrow}  {one.customer}  {one.dialed}  {one.by}  {one.now}\n")
            self._out.flush()

    async def _hear_callback(self, _transaction: Transaction, change: CallbackChanged) -> None:
        self.calls.callback(change)
        if not self._out.isatty():
            who = plain(change.name or change.customer)
            self._out.write(f"          ↺  {who}  {change.verb}  {change.state}  {change.reason}\n")
            self._out.flush()
