"""A daemon's outbox worker as a process of its own, which a test may kill: it tells one CRM all that is due."""

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

import aiohttp

from crm_bridge.crm.amocrm.client import AmoClient
from crm_bridge.crm.amocrm.gateway import AmoGateway
from crm_bridge.crm.bitrix24.client import BitrixClient
from crm_bridge.crm.bitrix24.gateway import BitrixGateway
from crm_bridge.crm.espocrm import PLUGIN
from crm_bridge.crm.hubspot.client import HubSpotClient
from crm_bridge.crm.hubspot.gateway import HubSpotGateway
from crm_bridge.crm.links import Links
from crm_bridge.crm.odoo.client import OdooClient
from crm_bridge.crm.odoo.gateway import OdooGateway
from crm_bridge.crm.plugin.context import GatewayContext
from crm_bridge.crm.plugin.gateway import CallCards, CallLog
from crm_bridge.crm.policy.users import Users
from crm_bridge.crm.sync.dispatch import CrmSync
from crm_bridge.crm.transport.oauth import FixedToken
from crm_bridge.outbox.dispatcher import Dispatcher
from crm_bridge.outbox.pace import Pace, Unpaced
from crm_bridge.outbox.store import OutboxStore
from telephony.postgres.pool import open_pool
from tests.integration.crm_bridge.crm.stories import policy


def main(vendor: str, url: str, dsn: str, now: datetime) -> None:
    """Take over what dead ones held, and tell all that is due at that time."""
    asyncio.run(_work(vendor, url, dsn, now))


async def _work(vendor: str, url: str, dsn: str, now: datetime) -> None:
    pool = await open_pool(dsn, size=3)
    links, store = Links(pool, vendor, lambda: now), OutboxStore(pool)
    async with aiohttp.ClientSession() as http:
        told = CrmSync(_gateway(vendor, http, url, links, now), links, policy())
        work = Dispatcher(store, {vendor: told}, clock=lambda: now, jitter=lambda: 0.5)
        await store.release_leases(now)
        while await work.deliver_due(vendor):
            pass
    await pool.close()


def _gateway(vendor: str, http: aiohttp.ClientSession, url: str, links: Links, now: datetime) -> CallLog | CallCards:
    token, pace = FixedToken("good", "make one"), Unpaced()
    match vendor:
        case "amocrm":
            return AmoGateway(AmoClient(http, url, token, pace), policy())
        case "hubspot":
            return HubSpotGateway(HubSpotClient(http, token, pace, pace, url=url), policy())
        case "odoo":
            return OdooGateway(OdooClient(http, url, "key", pace), policy())
        case "bitrix24":
            return BitrixGateway(BitrixClient(http, f"{url}/rest/1/code", None, lambda: now, pace), links, policy())
        case _:
            staff = Users({"101": "6", "102": "7"})
            given = GatewayContext(vendor, http, lambda: now, "UA", ZoneInfo("UTC"), staff, "1", _unpaced)
            return PLUGIN.make(PLUGIN.settings.model_validate({"url": url, "key": "good", "default_user": "1"}), given)


def _unpaced(per_second: float, *, part: str = "", burst: int = 1) -> Pace:
    del per_second, part, burst
    return Unpaced()
