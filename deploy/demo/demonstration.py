"""The demo's course: folders, lab, daemon, calls, table; and all of it gone at the end.

What it leaves is its folder (recordings, database, log), for looking at afterwards; the next demo begins anew. Two
demos at once take two folders.
"""

import asyncio
import contextlib
import fcntl
import os
import random
import shutil
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from deploy.demo.company import (
    Night,
    company_customers,
    company_dialplan,
    company_managers,
    company_settings,
    night,
    zone_here,
)
from deploy.demo.promises import PromiseList
from deploy.demo.traffic import CUSTOMERS, Company, Customer, Pace
from deploy.lab.errors import LabError
from deploy.lab.laboratory import Lab
from deploy.lab.unpack import cache_folder
from telephony.daemon.house import Extras, House
from telephony.daemon.lifetime import live
from telephony.daemon.logs import set_up
from telephony.daemon.plain import plain
from telephony.daemon.supervisor import Supervisor
from telephony.daemon.systemd import Notifier
from telephony.daemon.table import Calls, Screen, shown
from telephony.directory.store import DirectoryStore
from telephony.errors import RingbackError, SettingsError
from telephony.events import CallbackChanged, CallEnded, CallEvent
from telephony.ports import Transaction
from telephony.settings import LogSettings, TelephonySettings
from telephony.voice.dialplan import Kind, render

Wire = Callable[[House, Supervisor, Extras], Awaitable[None]]
"""Starts the daemon as `service.py` does."""

_FRAME = 0.5
_LAST_RECORDING = 3.0
"""Seconds from the last call's end to its recording on the shelf, with room to spare."""
_MOST_AT_ONCE = 9


class Wishes(NamedTuple):
    """What the command line asked for; None: without end, or wherever it is usual."""

    calls: int | None = None
    seconds: float | None = None
    folder: Path | None = None
    closed: bool = False
    """Begin in the night: callers are promised times, which are kept after the opening."""


class DemoFailed(RingbackError):
    """The demo cannot go on; the text says why and what to do."""

    error_id = "demo-failed"


def say(text: str) -> None:
    """Tell what is going on, before the table is there and after it is gone."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - a demo talks


async def demonstrate(wishes: Wishes, settings_class: type[TelephonySettings], wire: Wire) -> None:
    """Run the demo until Ctrl-C, or as far as was wished.

    Args:
        wishes: how long, and where.
        settings_class: the daemon's settings.
        wire: starts the daemon as it is always started.
    """
    with _own_folder(wishes.folder) as folder, (folder / "ringback.log").open("w", encoding="utf-8") as log:
        set_up(LogSettings(json_lines=True), log)
        try:
            calls = await _demonstrate(wishes, folder, settings_class, wire)
        except LabError as error:
            raise DemoFailed(str(error)) from error
    say(f"demo: over. {calls.summary()}. All that it wrote is in {folder}")


async def _demonstrate(wishes: Wishes, folder: Path, settings_class: type[TelephonySettings], wire: Wire) -> Calls:
    say("demo: starting Asterisk")
    async with Lab.start(folder / "lab") as lab:
        say("demo: starting PostgreSQL and the daemon")
        closed = night(datetime.now(ZoneInfo(zone_here()))) if wishes.closed else None
        settings = company_settings(settings_class, folder, lab.pbx, closed)
        await lab.pbx.add_dialplan("ringback", render(settings.voice, Kind.ASTERISK) + company_dialplan(closed))
        demo = _Demo(wishes, folder, lab, closed)
        await live(lambda supervisor: demo.start(settings, supervisor, wire), Notifier({}), stop=demo.stop)
        say("demo: ending")
    return demo.calls


class _Demo:
    def __init__(self, wishes: Wishes, folder: Path, lab: Lab, closed: Night | None) -> None:
        self._wishes = wishes
        self._closed = closed
        self._promises = PromiseList(ZoneInfo(zone_here()))
        self._folder = folder
        self._lab = lab
        self.stop = asyncio.Event()
        self.calls = Calls()
        self._out = sys.stdout
        self._where: list[str] = []

    async def start(self, settings: TelephonySettings, supervisor: Supervisor, wire: Wire) -> None:
        house = House(settings)
        await wire(house, supervisor, Extras(after=[self._hear], callback_hooks=[self._hear_callback]))
        await DirectoryStore(house.pool).replace_managers(company_managers())
        if self._closed:
            await DirectoryStore(house.pool).put_customers(company_customers())
            self._where.append(f"closed      until {self._closed.opening:%H:%M}; then the promises are kept")
            supervisor.spawn("demo promises", self._promises.follow(house.pool, self._tell))
        self._where += [
            f"recordings  {settings.recording.folder}",
            f"database    psql '{house.dsn}'",
            f"http        {house.url}/healthz  {house.url}/metrics",
            f"log         {self._folder / 'ringback.log'}   Ctrl-C ends the demo",
        ]
        for hearing in house.hearings:
            await hearing.link.synced.wait()
        if self._out.isatty():
            supervisor.spawn("demo table", self._draw())
        else:
            self._out.write("".join(f"demo: {line}\n" for line in self._where))
            self._out.flush()
        supervisor.spawn("demo calls", self._play())

    async def _play(self) -> None:
        company = Company(self._lab.world, random.Random(), Pace())  # noqa: S311 - a story guards nothing
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._wishes.seconds):
                if self._closed:
                    await self._night(company, self._closed)
                if not self._closed or self._wishes.calls is None:
                    await company.live(self._wishes.calls)
                await self._lab.idle()
                await asyncio.sleep(_LAST_RECORDING)
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
                    ["Ringback: a small company's day", *self._where, "", *self._promises.lines, ""],
                    self.calls,
                    datetime.now().astimezone(),
                )
                await asyncio.sleep(_FRAME)

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


@contextmanager
def _own_folder(wished: Path | None) -> Iterator[Path]:
    """Give a folder that no other demo uses, empty; it stays afterwards."""
    home = wished or _home()
    for number in range(1, _MOST_AT_ONCE + 1):
        folder = home if number == 1 else home.with_name(f"{home.name}-{number}")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with folder.with_name(f"{folder.name}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            _emptied(folder)
            yield folder.resolve()
            return
    raise DemoFailed(f"{_MOST_AT_ONCE} demos are running: end one, or name a --folder")


def _home() -> Path:
    """Where PostgreSQL's user comes through, too: root's own home is closed to it."""
    return Path("/var/cache/ringback/demo") if os.geteuid() == 0 else cache_folder().parent / "demo"


def _emptied(folder: Path) -> None:
    known = {"lab", "postgres", "prompts", "recordings", "ringback.log"}
    if folder.exists():
        if strangers := {entry.name for entry in folder.iterdir()} - known:
            raise SettingsError(f"--folder {folder}: holds {', '.join(sorted(strangers)[:3])}: name an empty one")
        shutil.rmtree(folder)
    folder.mkdir(mode=0o755)
