"""The console on a real port over a real ledger with ninety days in it, behind the door that people come through."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_urlsafe
from types import SimpleNamespace
from typing import NamedTuple
from zoneinfo import ZoneInfo

from aiohttp import web

from crm_bridge.api.key_store import KeyStore
from crm_bridge.api.resources import live
from crm_bridge.api.resources.live import LiveFeed
from crm_bridge.api.values.keys import Scope
from crm_bridge.cases.book import CaseBook
from crm_bridge.console_settings import NotificationSettings
from crm_bridge.context import straight_on
from crm_bridge.notes import Notes
from crm_bridge.notifications.assembly import open_notifications
from crm_bridge.people.access import UserRole
from crm_bridge.people.assembly import PeopleParts, open_people
from crm_bridge.people.store import Purpose
from crm_bridge.reviews.orders import ReviewOrders
from crm_bridge.web import PREFIX
from crm_bridge.web.opening import ConsolePlace, ConsoleWants, open_console
from deploy.demo.past.copying import remember
from deploy.demo.past.historian import Historian
from deploy.demo.past.model import Staff
from deploy.demo.past.reviewing import review_past
from deploy.demo.past.surveying import survey_past
from deploy.demo.sounds import make_sounds
from telephony.daemon.health import HealthCheck
from telephony.directory.model import CustomerEntry, Endpoint, ManagerEntry, ManagerId
from telephony.directory.store import DirectoryStore
from telephony.numbers import Canonical
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.conftest import FakePbx, Tapes, rooms

ZONE = ZoneInfo("Europe/Kyiv")
STAFF = (Staff("101", "Иван Петренко"), Staff("102", "Олена Шевченко"), Staff("103", "Peter O'Neil"))
ADMIN, MANAGER = "olena", "ivan"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"

HEALTH = [
    HealthCheck("database", healthy=True, said="18.6, 4 connections"),
    HealthCheck("pbx demo", healthy=False, said="not connected for 12 s"),
]

SETTINGS = [
    SimpleNamespace(name="hours.schedule", value='"Mo-Sa 09:00-18:00"', origin="file", secret=False),
    SimpleNamespace(name="http.port", value="8480", origin="default", secret=False),
    SimpleNamespace(name="pbx.0.secret", value="••••", origin="environment", secret=True),
]


class ConsoleServed(NamedTuple):
    """A running one."""

    url: str
    people: PeopleParts
    invitation: str
    """The path of a link that nobody has used."""

    async def sign_in(self, user_id: str = ADMIN) -> str:
        """Return the token of a new session."""
        return await self.people.sessions.begin(user_id, "127.0.0.1", AGENT)


def now() -> datetime:
    return datetime.now(UTC)


async def fill(pool: Pool, folder: Path, now: datetime, days: int, sounds: int) -> None:
    """Write a past into the ledger."""
    historian = Historian("pbx", ZONE, STAFF, await make_sounds(folder, sounds), random.Random(11))
    past = historian.past(now, days)
    historian.waiting(now)
    directory = DirectoryStore(pool)
    await directory.replace_managers(
        [
            ManagerEntry(ManagerId(one.extension), one.name, Endpoint(f"PJSIP/{one.extension}"), group="sales")
            for one in STAFF
        ]
    )
    await directory.put_customers(
        [CustomerEntry(Canonical(number), name, ManagerId(of)) for number, name, of in historian.directory()]
    )
    async with pool.acquire() as connection, connection.transaction():
        await remember(connection, past)
    await review_past(pool, now, ZONE, random.Random(11))
    await survey_past(pool, now, random.Random(12))


async def hire(people: PeopleParts, keys: KeyStore) -> str:
    """Let people in, and a program; returns the token of somebody's invitation."""
    users = people.users
    await users.add(ADMIN, "Олена Шевченко", UserRole.ADMIN, manager_id=None, may_listen=True, language="ru")
    await users.add(MANAGER, "Иван Петренко", UserRole.MANAGER, manager_id="101", may_listen=True, language="ru")
    await users.add("maria", "Марія <b>Коваль</b>", UserRole.HEAD, manager_id=None, may_listen=True, language="uk")
    await keys.create("CRM", [Scope.CALLS_READ], expires_at=None, per_minute=600, random_text=token_urlsafe)
    return await users.invite("maria", Purpose.PASSWORD)


@asynccontextmanager
async def serve(
    pool: Pool, folder: Path, port: int = 0, days: int = 90, sounds: int = 2
) -> AsyncIterator[ConsoleServed]:
    """Serve it."""
    recordings = folder / "recordings"
    recordings.mkdir()
    await fill(pool, recordings, now(), days, sounds)
    feed, keys = LiveFeed("life", "UA"), KeyStore(pool, now)
    people = open_people(pool, now, "UA", default_group="sales", trusted_proxies=())
    token = await hire(people, keys)
    services = replace(rooms(pool, recordings, FakePbx(), Tapes()), settings=SETTINGS)
    wants = ConsoleWants(
        services, Notes(pool), feed, lambda: HEALTH, keys, CaseBook(now, straight_on, 60), ReviewOrders(pool)
    )
    async with AsyncExitStack() as stack:
        notices = open_notifications(NotificationSettings(), pool, now, ZONE, "", stack)
        whole = web.Application()
        whole.add_subapp(PREFIX, open_console(ConsolePlace(pool, now, "UA", ZONE, "0.1.0"), wants, people, notices))
        runner = web.AppRunner(whole)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        relaying = asyncio.create_task(live.relay(pool, feed, lambda: None))
        yield ConsoleServed(f"http://127.0.0.1:{runner.addresses[0][1]}", people, f"/invitation/{token}")
        relaying.cancel()
        await asyncio.wait({relaying})
        feed.close()
        await runner.cleanup()
