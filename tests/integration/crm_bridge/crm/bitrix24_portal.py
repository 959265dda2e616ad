"""A Bitrix24 adapter and the portal it speaks to."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp

from crm_bridge.crm.bitrix24.client import BitrixClient
from crm_bridge.crm.bitrix24.gateway import BitrixGateway
from crm_bridge.crm.links import Links
from crm_bridge.crm.policy.users import Users
from crm_bridge.crm.sync.dispatch import CrmSync
from crm_bridge.crm.sync.policy import Policy
from crm_bridge.events import publish
from crm_bridge.outbox.lifecycle import Answer
from crm_bridge.outbox.store import Message
from telephony.events import CallEvent, CallRinging
from telephony.model import Call, ChannelName, Uniqueid
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.fake_bitrix24 import FakePortal
from tests.integration.crm_bridge.crm.stories import NOW, link

CRM_ID = "externalCall.pbx:1763.1"
KNOWN: dict[str, Any] = {
    "CRM_ENTITY_TYPE": "CONTACT",
    "CRM_ENTITY_ID": 17,
    "ASSIGNED_BY_ID": "7",
    "NAME": "Олена",
    "ASSIGNED_BY": {"ID": "7", "USER_PHONE_INNER": "102"},
}


@dataclass(slots=True)
class Bitrix:
    """The adapter and the portal it speaks to."""

    adapter: CrmSync
    portal: FakePortal
    url: str
    http: aiohttp.ClientSession

    async def tell(self, event: CallEvent, *, late: timedelta = timedelta()) -> Answer:
        kind, body = publish(event, "UA")
        message = Message(1, "bitrix24", event.call.call_id, kind, json.dumps(body), 0, NOW)
        return await self.adapter.send(message, NOW + late)


def choices() -> Policy:
    return Policy("UA", ZoneInfo("Europe/Kyiv"), staff=Users({"101": "6", "102": "7"}), default_user="1", link=link)


def bitrix_sync(client: BitrixClient, pool: Pool) -> CrmSync:
    links = Links(pool, "bitrix24", lambda: NOW)
    return CrmSync(BitrixGateway(client, links, choices()), links, choices())


def ringing(at: Call, number: str) -> CallRinging:
    return CallRinging(at, NOW, ChannelName(f"PJSIP/{number}-1"), Uniqueid("1.2"), number)
