"""HubSpot's gateway against the contract that strangers' gateways keep."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest
import pytest_asyncio

from crm_bridge.crm.conformance import CHECKS, BadAnswer, Trial
from crm_bridge.crm.conformance.checks import Check
from crm_bridge.crm.hubspot.client import HubSpotClient
from crm_bridge.crm.hubspot.gateway import HubSpotGateway
from crm_bridge.crm.transport.oauth import FixedToken
from crm_bridge.outbox.pace import Unpaced
from tests.integration.crm_bridge.crm.fake_hubspot import FakeHubSpot
from tests.integration.crm_bridge.crm.serving import AnyOf, Failure, serving
from tests.integration.crm_bridge.crm.stories import policy

_ANSWERS = {
    BadAnswer.THROTTLED: Failure(429, {"message": "too fast", "policyName": "SECONDLY"}),
    BadAnswer.LOCKED_OUT: Failure(401, {"message": "expired", "category": "EXPIRED_AUTHENTICATION"}),
    BadAnswer.REFUSED: Failure(400, {"message": "Property values were not valid", "category": "VALIDATION_ERROR"}),
    BadAnswer.BROKEN: Failure(502, "<html>bad gateway</html>"),
    BadAnswer.NONSENSE: Failure(200, "<h1>hello</h1>"),
}


@dataclass(slots=True)
class Account:
    """HubSpot as the checks see it."""

    fake: FakeHubSpot = field(default_factory=lambda: FakeHubSpot(known_owners={"1", "6", "7"}))
    users = ("6", "7")
    dismissed = "99"

    async def add_person(self, number: str, owner: str, name: str = "") -> None:
        del name
        self.fake.contact(number, owner=owner)

    async def remove(self, about: str) -> None:
        del self.fake.objects["contacts"][about.partition(":")[2]]

    def texts(self) -> list[str]:
        return [str(told) for kind in ("calls", "tasks") for told in self.fake.made(kind)]

    def open_tasks(self) -> int:
        return sum(told["hs_task_status"] != "COMPLETED" for told in self.fake.made("tasks"))

    def lose_the_next_answer(self) -> None:
        self.fake.line.drop_after = AnyOf(*(f"POST crm/objects/2026-03/{kind}" for kind in self.fake.objects))

    def meet(self, trouble: BadAnswer, times: int = 1) -> None:
        self.fake.line.failures += [_ANSWERS[trouble]] * times


@pytest_asyncio.fixture
async def trial() -> AsyncIterator[Trial]:
    account = Account()
    async with serving(account.fake.routes()) as url, aiohttp.ClientSession() as http:
        client = HubSpotClient(http, FixedToken("good", "make one"), Unpaced(), Unpaced(), url=url)
        yield Trial(HubSpotGateway(client, policy()), account)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_the_contract(check: Check, trial: Trial) -> None:
    await check(trial)
