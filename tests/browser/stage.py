"""What the stories are played on: a real Asterisk, the daemon as systemd starts it, people, and browsers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import time
from typing import Any
from zoneinfo import ZoneInfo

from playwright.async_api import Browser, Page, async_playwright

from crm_bridge.people.access import UserRole
from crm_bridge.people.assembly import PeopleParts, open_people
from deploy.lab.company import Did
from deploy.lab.laboratory import Lab, PbxPlan
from deploy.lab.ports import free_port
from deploy.lab.telephones.leg import Leg
from telephony.directory.csv_import import read_managers
from telephony.directory.store import DirectoryStore
from telephony.postgres.pool import Pool, open_pool
from telephony.settings import VoiceSettings
from telephony.voice.dialplan import Kind, render
from tests.acceptance.callback.company import MANAGERS, WAITING, write_config
from tests.acceptance.daemon.process import Daemon, daemon

ZONE = ZoneInfo("Europe/Kyiv")
HEAD, IVAN, OLENA = "ganna", "ivan", "olena"
PATIENCE = 60_000
"""Milliseconds that a browser waits: a busy machine is no defect."""
QUIET = ["--no-sandbox", "--headless", "--disable-background-networking", "--disable-gpu", "--no-first-run"]
CALM: dict[str, Any] = {"delay_seconds": 120, "target_seconds": 300, "ring_seconds": 20, "reached_seconds": 1}
"""Nobody is rung by the engine while a story is told, unless somebody asks for it."""
KEEPS_PLAYERS = """const play = Audio.prototype.play;
Audio.prototype.play = function () { window.heard = this; return play.call(this); };"""
"""Run in a page before its own scripts: a test can look at what the page plays."""


def clock() -> datetime:
    return datetime.now(UTC)


@dataclass
class Visit:
    """Somebody's browser, and what it complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)


@dataclass
class Stage:
    lab: Lab
    running: Daemon
    url: str
    pool: Pool
    people: PeopleParts
    browser: Browser
    hung_up_at: float = 0.0
    """When the last customer gave up: seconds, as the machine's clock has them."""

    async def visit(self, user_id: str, path: str = "", *, width: int = 1280, url: str = "") -> Visit:
        """Open a page as somebody who has just signed in."""
        url = url or self.url
        token = await self.people.sessions.begin(user_id, "127.0.0.1", "a browser")
        context = await self.browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
        context.set_default_timeout(PATIENCE)
        cookies = {"ringback": token, "ringback_look": "en.light"}
        await context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
        await context.add_init_script(KEEPS_PLAYERS)
        visit = Visit(await context.new_page())
        visit.page.on("console", lambda said: visit.complaints.extend([said.text] if said.type == "error" else []))
        visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        await visit.page.goto(f"{url}/console{path}")
        return visit

    async def live(self, page: Page) -> None:
        """Wait until a page hears what changes."""
        await page.wait_for_selector('#live[data-state="on"]')

    async def misses(self, number: str, name: str, did: Did = Did.SCRATCH, *, rings: float = 0.2) -> Leg:
        """Let a customer call, hear it ring for so many seconds, and give up."""
        leg = await self.lab.world.call(number, did, name=name)
        await asyncio.wait_for(leg.trace.ringing.wait(), 20)
        await asyncio.sleep(rings)
        self.hung_up_at = time()
        await self.lab.world.hang_up(leg)
        return leg

    async def until(self, query: str, *values: object) -> Any:  # noqa: ANN401 - whatever it gives
        """Ask the database until it gives something."""
        async with asyncio.timeout(PATIENCE / 1000):
            while not (found := await self.pool.fetchval(query, *values)):
                await asyncio.sleep(0.1)
            return found


@asynccontextmanager
async def set_stage(folder: Path, dsn: str, chromium: str) -> AsyncIterator[Stage]:
    """Start all of it, once for all stories."""
    port = free_port()
    async with contextlib.AsyncExitStack() as stack:
        lab = await stack.enter_async_context(Lab.start(folder / "lab", PbxPlan(agi_port=port)))
        voice = VoiceSettings(port=port, folder=folder / "prompts", language="en")
        await lab.pbx.add_dialplan("ringback", render(voice, Kind.ASTERISK))
        await lab.pbx.add_dialplan("waiting", WAITING)
        config = write_config(lab, folder, port, dsn, folder / "ringback.toml", pbx_more=None, **CALM)
        running = await stack.enter_async_context(daemon("--config", config))
        running.patience = PATIENCE / 250  # seconds: other things start on this machine at the same time
        url = (await running.says("http.listening"))["url"]
        await running.says("ami.link", state="synced")
        pool = await open_pool(dsn, size=3)
        stack.push_async_callback(pool.close)
        await DirectoryStore(pool).replace_managers(read_managers(MANAGERS, "PJSIP"))
        people = open_people(pool, clock, "UA", default_group="sales", trusted_proxies=())
        await people.users.add(HEAD, "Ганна", UserRole.HEAD, manager_id=None, may_listen=True, language="en")
        for name in (IVAN, OLENA):
            await people.users.add(
                name, name.title(), UserRole.MANAGER, manager_id=name, may_listen=True, language="en"
            )
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=chromium, args=QUIET)
        stack.push_async_callback(browser.close)
        yield Stage(lab, running, url, pool, people, browser)


class Cable:
    """A TCP proxy before the daemon, that can be pulled out and put back: a network that breaks."""

    def __init__(self, port: int) -> None:
        self._behind = port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def plug(self) -> None:
        """Be there, from now on under one port."""
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def pull(self) -> None:
        """Break all connections, and let no new one be made."""
        if self._server is not None:
            self._server.close()
        for writer in self._open:
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        beyond, out = await asyncio.open_connection("127.0.0.1", self._behind)
        self._open |= {writer, out}
        try:
            await asyncio.gather(_pour(reader, out), _pour(beyond, writer))
        finally:
            self._open -= {writer, out}


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while octets := await reader.read(65536):
            writer.write(octets)
            await writer.drain()
    writer.close()
