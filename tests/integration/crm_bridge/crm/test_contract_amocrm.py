"""amoCRM's gateway against the contract that strangers' gateways keep."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest
import pytest_asyncio

from crm_bridge.crm.amocrm.client import AmoClient
from crm_bridge.crm.amocrm.gateway import AmoGateway
from crm_bridge.crm.conformance import CHECKS, BadAnswer, Trial
from crm_bridge.crm.conformance.checks import Check
from crm_bridge.crm.transport.oauth import FixedToken
from crm_bridge.outbox.pace import Unpaced
from tests.integration.crm_bridge.crm.fake_amocrm import FakeAmo
from tests.integration.crm_bridge.crm.serving import AnyOf, Failure, serving
from tests.integration.crm_bridge.crm.stories import policy

_ANSWERS = {
    BadAnswer.THROTTLED: Failure(429, {"title": "Too Many Requests", "status": 429}),
    BadAnswer.LOCKED_OUT: Failure(401, {"title": "Unauthorized", "status": 401}),
    BadAnswer.REFUSED: Failure(403, {"title": "Forbidden", "status": 403, "detail": "no rights"}),
    BadAnswer.BROKEN: Failure(502, "<html>bad gateway</html>"),
    BadAnswer.NONSENSE: Failure(200, "<h1>hello</h1>"),
}


@dataclass(slots=True)
class Account:
    """amoCRM as the checks see it."""

    fake: FakeAmo = field(default_factory=lambda: FakeAmo(users={1, 6, 7}))
    users = ("6", "7")
    dismissed = "99"

    async def add_person(self, number: str, owner: str, name: str = "") -> None:
        self.fake.contact(number, owner=int(owner), name=name)

    async def remove(self, about: str) -> None:
        self.fake.delete(int(about.partition(":")[2]))

    def texts(self) -> list[str]:
        return [str(note["params"]) for _, note in self.fake.notes] + [
            f"{task['text']} {task.get('result', '')}" for task in self.fake.tasks.values()
        ]

    def open_tasks(self) -> int:
        return sum(not task["is_completed"] for task in self.fake.tasks.values())

    def lose_the_next_answer(self) -> None:
        self.fake.line.drop_after = AnyOf("POST calls", "POST tasks", "POST leads/complex")

    def meet(self, trouble: BadAnswer, times: int = 1) -> None:
        self.fake.line.failures += [_ANSWERS[trouble]] * times


@pytest_asyncio.fixture
async def trial() -> AsyncIterator[Trial]:
    account = Account()
    async with serving(account.fake.routes()) as url, aiohttp.ClientSession() as http:
        client = AmoClient(http, url, FixedToken("good", "make one"), Unpaced())
        yield Trial(AmoGateway(client, policy()), account)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_the_contract(check: Check, trial: Trial) -> None:
    await check(trial)
