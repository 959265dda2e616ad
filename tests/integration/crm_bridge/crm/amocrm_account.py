"""An amoCRM adapter and the account it speaks to."""

from dataclasses import dataclass, replace

import aiohttp

from crm_bridge.crm.amocrm.client import AmoClient
from crm_bridge.crm.amocrm.gateway import AmoGateway
from crm_bridge.crm.links import Links
from crm_bridge.crm.policy.rules import LeadRule
from crm_bridge.crm.sync.dispatch import CrmSync
from crm_bridge.crm.transport.oauth import FixedToken
from crm_bridge.outbox.pace import Unpaced
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.fake_amocrm import FakeAmo
from tests.integration.crm_bridge.crm.stories import NOW, Teller, policy


@dataclass(slots=True)
class Amo(Teller):
    """The adapter and the account it speaks to."""

    account: FakeAmo
    url: str
    http: aiohttp.ClientSession
    pool: Pool

    def with_rules(self, *rules: LeadRule, unsorted: bool = False) -> "Amo":
        client = AmoClient(self.http, self.url, FixedToken("good", "make one"), Unpaced())
        links = Links(self.pool, "amocrm", lambda: NOW)
        return replace(
            self, adapter=CrmSync(AmoGateway(client, policy(*rules), unsorted=unsorted), links, policy(*rules))
        )
