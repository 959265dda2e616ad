"""The console's door on a real port over a real database; the clock can be put on."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from argon2 import PasswordHasher

from crm_bridge.assembly import Bridge, open_bridge
from crm_bridge.console_settings import NotificationSettings
from crm_bridge.context import BridgeContext
from crm_bridge.people import passwords
from crm_bridge.people.access import UserRole
from crm_bridge.people.sessions import Sessions
from crm_bridge.people.store import UserStore
from crm_bridge.settings import BridgeSettings
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.conftest import FakePbx, Tapes, rooms

PASSWORD = "correct horse battery"
FROM_US = {"Sec-Fetch-Site": "same-origin"}


@dataclass(slots=True)
class Clock:
    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass(slots=True)
class Browser:
    """One, with its cookies."""

    http: aiohttp.ClientSession
    jar: aiohttp.CookieJar

    def get(self, path: str) -> "aiohttp.client._RequestContextManager":
        return self.http.get(path, allow_redirects=False)

    def post(self, path: str, **given: Any) -> "aiohttp.client._RequestContextManager":  # noqa: ANN401 - aiohttp's
        return self.http.post(path, allow_redirects=False, **given)


@dataclass(slots=True)
class Console:
    url: str
    people: UserStore
    sessions: Sessions
    clock: Clock
    routes: list[web.AbstractRoute]
    bridge: Bridge
    folder: Path
    """Of recordings."""

    async def user(self, user_id: str = "olha", role: UserRole = UserRole.HEAD, manager_id: str | None = None) -> str:
        """Add somebody, let them choose `PASSWORD`; gives the name."""
        await self.people.add(user_id, user_id.title(), role, manager_id=manager_id, may_listen=True, language="uk")
        token = await self.people.invite(user_id)
        async with self.browser() as browser:
            form = {"password": PASSWORD, "again": PASSWORD}
            async with browser.post(f"/console/invitation/{token}", data=form) as answer:
                assert answer.status == 303, await answer.text()
        return user_id

    @asynccontextmanager
    async def browser(self, **headers: str) -> AsyncIterator["Browser"]:
        """A browser with no cookies yet, that does not follow redirects by itself."""
        jar = aiohttp.CookieJar(unsafe=True)  # a cookie of 127.0.0.1 is kept, as browsers do
        sent = {"Accept": "text/html", **FROM_US, **headers}
        async with aiohttp.ClientSession(self.url, cookie_jar=jar, headers=sent) as http:
            yield Browser(http, jar)

    async def sign_in(
        self, browser: Browser, name: str = "olha", password: str = PASSWORD, **form: str
    ) -> tuple[int, str]:
        """Try; the code and where it leads (or the page)."""
        async with browser.post("/console/sign-in", data={"name": name, "password": password, **form}) as answer:
            return answer.status, answer.headers.get("Location") or await answer.text()


def cookie_of(answer: aiohttp.ClientResponse) -> str:
    """The token in a Set-Cookie."""
    found = re.search(r"ringback=([^;]+)", answer.headers["Set-Cookie"])
    assert found
    return found[1]


@pytest_asyncio.fixture
async def console(pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Console]:
    # the real function with less of memory: a test is not to cost a second for each password
    monkeypatch.setattr(passwords, "PasswordHasher", lambda: PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    clock = Clock()
    stack = AsyncExitStack()
    settings = BridgeSettings(notifications=NotificationSettings(local=True))
    bridge = await open_bridge(
        settings, BridgeContext(pool, clock, "UA", ZoneInfo("Europe/Kyiv"), "1", default_group="sales"), stack
    )
    await bridge.declare(pool)
    whole = web.Application()
    folder = tmp_path / "recordings"
    folder.mkdir()
    telephony = rooms(pool, folder, FakePbx(), Tapes())
    pages = bridge.console(telephony, list)
    whole.add_subapp("/console", pages)
    runner = web.AppRunner(whole)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield Console(
        url, UserStore(pool, clock), Sessions(pool, clock, "UA"), clock, list(pages.router.routes()), bridge, folder
    )
    await bridge.close()
    await runner.cleanup()
    await stack.aclose()
