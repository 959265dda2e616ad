"""A HubSpot adapter and the account it speaks to."""

from dataclasses import dataclass, replace

import aiohttp

from crm_bridge.crm.hubspot.client import HubSpotClient
from crm_bridge.crm.hubspot.gateway import HubSpotGateway
from crm_bridge.crm.links import Links
from crm_bridge.crm.policy.rules import LeadRule
from crm_bridge.crm.sync.dispatch import CrmSync
from crm_bridge.crm.transport.oauth import FixedToken
from crm_bridge.outbox.pace import Unpaced
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.fake_hubspot import FakeHubSpot
from tests.integration.crm_bridge.crm.stories import NOW, Teller, policy

CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
BUSY = "9d9162e7-6cf3-4944-bf63-4dff82258764"


def hubspot_sync(client: HubSpotClient, pool: Pool, *rules: LeadRule, app_id: str = "") -> CrmSync:
    told = policy(*rules)
    return CrmSync(HubSpotGateway(client, told, app_id), Links(pool, "hubspot", lambda: NOW), told)


@dataclass(slots=True)
class HubSpot(Teller):
    """The adapter and the account it speaks to."""

    account: FakeHubSpot
    url: str
    http: aiohttp.ClientSession
    pool: Pool

    def with_rules(self, *rules: LeadRule) -> "HubSpot":
        client = HubSpotClient(self.http, FixedToken("good", "make one"), Unpaced(), Unpaced(), url=self.url)
        return replace(self, adapter=hubspot_sync(client, self.pool, *rules))
