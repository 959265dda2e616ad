"""A console on a real port over a real ledger with ninety days in it; whoever asks is who the address's cookie says."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from aiohttp import web
from aiohttp.typedefs import Handler

from crm_bridge.api.key_store import KeyStore
from crm_bridge.api.resources import live
from crm_bridge.api.resources.exports import ExportHandlers
from crm_bridge.api.resources.live import LiveFeed
from crm_bridge.notes import Notes
from crm_bridge.people.access import ACCESS, PERSON, Access, Person, UserRole
from crm_bridge.people.store import UserStore
from crm_bridge.queries.calls import CallQueries
from crm_bridge.web import PREFIX
from crm_bridge.web.application import console
from crm_bridge.web.pages.given import ConsoleGiven
from crm_bridge.web.routes import routes
from crm_bridge.web.surface import Surface
from deploy.demo.history import Historian, Staff, remember
from deploy.demo.sounds import make_sounds
from telephony.daemon.health import HealthCheck
from telephony.directory.model import CustomerEntry, Endpoint, ManagerEntry, ManagerId
from telephony.directory.store import DirectoryStore
from telephony.numbers import Canonical
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.conftest import FakePbx, Tapes, rooms

ZONE = ZoneInfo("Europe/Kyiv")
STAFF = (Staff("101", "Иван Петренко"), Staff("102", "Олена Шевченко"), Staff("103", "Peter O'Neil"))


PERSON_HERE = Person("olena", "Олена Шевченко", UserRole.ADMIN, None, "ru", "light", 1)

HEALTH = [
    HealthCheck("database", healthy=True, said="18.6, 4 connections"),
    HealthCheck("pbx demo", healthy=False, said="not connected for 12 s"),
]

SETTINGS = [
    SimpleNamespace(name="hours.schedule", value='"Mo-Sa 09:00-18:00"', origin="file", secret=False),
    SimpleNamespace(name="http.port", value="8480", origin="default", secret=False),
    SimpleNamespace(name="pbx.0.secret", value="••••", origin="environment", secret=True),
]


@web.middleware
async def signed_in(request: web.Request, handler: Handler) -> web.StreamResponse:
    request[PERSON], request[ACCESS] = PERSON_HERE, Access.ALL
    return await handler(request)


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


@asynccontextmanager
async def serve(pool: Pool, folder: Path, port: int = 0, days: int = 90, sounds: int = 2) -> AsyncIterator[str]:
    """Serve it; gives its address."""
    now = datetime.now(UTC)
    recordings = folder / "recordings"
    recordings.mkdir()
    await fill(pool, recordings, now, days, sounds)
    feed = LiveFeed("life", "UA")

    async def allowed(_request: web.Request) -> bool:
        return True

    services = replace(rooms(pool, recordings, FakePbx(), Tapes()), settings=SETTINGS)
    surface = Surface(lambda request: request.get(PERSON), ZONE, lambda: datetime.now(UTC), "0.1.0")
    given = ConsoleGiven(
        pool=pool,
        services=services,
        notes=Notes(pool),
        region="UA",
        export=ExportHandlers(CallQueries(pool), "UA", ZONE).send,
        feed=feed,
        allowed=allowed,
        health=lambda: HEALTH,
        users=UserStore(pool, lambda: datetime.now(UTC)),
        keys=KeyStore(pool, lambda: datetime.now(UTC)),
    )
    whole = web.Application()
    whole.add_subapp(PREFIX, console(surface, routes(surface, given), [signed_in]))
    runner = web.AppRunner(whole)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    relaying = asyncio.create_task(live.relay(pool, feed, lambda: None))
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    relaying.cancel()
    await asyncio.wait({relaying})
    feed.close()
    await runner.cleanup()
