"""An API on a real port over a real ledger."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_urlsafe

import aiohttp
import pytest_asyncio
from aiohttp import web

from crm_bridge.api import live, pages
from crm_bridge.api.calls import CallHandlers
from crm_bridge.api.endpoint import PREFIX
from crm_bridge.api.key_store import KeyStore
from crm_bridge.api.keys import Scope
from crm_bridge.api.rates import RateBuckets
from crm_bridge.api.server import Server
from crm_bridge.queries import CallQueries
from telephony.postgres.pool import Pool


@dataclass(slots=True)
class Api:
    """The running API and a client with a key for everything."""

    url: str
    http: aiohttp.ClientSession
    keys: KeyStore
    feed: live.LiveFeed

    async def key(self, *scopes: Scope, per_minute: int = 100_000, expires_at: datetime | None = None) -> str:
        return await self.keys.create(
            "test", scopes, expires_at=expires_at, per_minute=per_minute, random_text=token_urlsafe
        )


@pytest_asyncio.fixture
async def api(pool: Pool) -> AsyncIterator[Api]:
    def now() -> datetime:
        return datetime.now(UTC)

    keys, feed = KeyStore(pool, now), live.LiveFeed("life", "UA")
    described = [*CallHandlers(CallQueries(pool), "UA").endpoints(), *live.endpoints(feed)]
    app = Server(keys, RateBuckets(), now).application([*described, *pages.endpoints(described, "1")])
    whole = web.Application()
    whole.add_subapp(PREFIX, app)
    runner = web.AppRunner(whole)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    everything = await keys.create("all", list(Scope), expires_at=None, per_minute=100_000, random_text=token_urlsafe)
    async with aiohttp.ClientSession(url, headers={"Authorization": f"Bearer {everything}"}) as http:
        yield Api(url, http, keys, feed)
    feed.close()
    await runner.cleanup()
