"""The CRMs' adapters, each with what it speaks to."""

from collections.abc import AsyncIterator

import aiohttp
import pytest_asyncio
from aiohttp import web

from crm_bridge.crm.amocrm.client import AmoClient
from crm_bridge.crm.amocrm.gateway import AmoGateway
from crm_bridge.crm.bitrix24.client import BitrixClient
from crm_bridge.crm.hubspot.client import HubSpotClient
from crm_bridge.crm.links import Links
from crm_bridge.crm.sync.dispatch import CrmSync
from crm_bridge.crm.transport.oauth import FixedToken
from crm_bridge.outbox.pace import Unpaced
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.amocrm_account import Amo
from tests.integration.crm_bridge.crm.bitrix24_portal import Bitrix, bitrix_sync
from tests.integration.crm_bridge.crm.fake_amocrm import FakeAmo
from tests.integration.crm_bridge.crm.fake_bitrix24 import FakePortal
from tests.integration.crm_bridge.crm.fake_hubspot import FakeHubSpot
from tests.integration.crm_bridge.crm.hubspot_account import HubSpot, hubspot_sync
from tests.integration.crm_bridge.crm.serving import serving
from tests.integration.crm_bridge.crm.stories import NOW, policy


@pytest_asyncio.fixture
async def bitrix(pool: Pool) -> AsyncIterator[Bitrix]:
    portal = FakePortal()
    runner = web.AppRunner(portal.app())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession() as http:
        client = BitrixClient(http, f"{url}/rest/1/code", None, lambda: NOW, Unpaced())
        yield Bitrix(bitrix_sync(client, pool), portal, url, http)
    await runner.cleanup()


@pytest_asyncio.fixture
async def amo(pool: Pool) -> AsyncIterator[Amo]:
    account = FakeAmo()
    async with serving(account.routes()) as url, aiohttp.ClientSession() as http:
        client = AmoClient(http, url, FixedToken("good", "make one"), Unpaced())
        adapter = CrmSync(AmoGateway(client, policy()), Links(pool, "amocrm", lambda: NOW), policy())
        yield Amo(adapter, account, url, http, pool)


@pytest_asyncio.fixture
async def hubspot(pool: Pool) -> AsyncIterator[HubSpot]:
    account = FakeHubSpot()
    async with serving(account.routes()) as url, aiohttp.ClientSession() as http:
        client = HubSpotClient(http, FixedToken("good", "make one"), Unpaced(), Unpaced(), url=url)
        adapter = hubspot_sync(client, pool)
        yield HubSpot(adapter, account, url, http, pool)
