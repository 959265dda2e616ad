"""Bitrix24's gateway, a CRM with cards, against the contract that strangers' gateways keep."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from crm_bridge.crm.bitrix24.client import BitrixClient
from crm_bridge.crm.bitrix24.gateway import BitrixGateway
from crm_bridge.crm.conformance import CHECKS, BadAnswer, Trial
from crm_bridge.crm.conformance.checks import Check
from crm_bridge.crm.links import Links
from crm_bridge.outbox.pace import Unpaced
from telephony.numbers import every_number
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.fake_bitrix24 import FakePortal
from tests.integration.crm_bridge.crm.serving import AnyOf, serving
from tests.integration.crm_bridge.crm.stories import NOW, policy

_KINDS = {"CONTACT": 3, "LEAD": 1}
_ANSWERS: dict[BadAnswer, tuple[int, dict[str, Any] | str]] = {
    BadAnswer.THROTTLED: (503, {"error": "QUERY_LIMIT_EXCEEDED"}),
    BadAnswer.LOCKED_OUT: (401, {"error": "INVALID_CREDENTIALS"}),
    BadAnswer.REFUSED: (400, {"error": "ACCESS_DENIED"}),
    BadAnswer.BROKEN: (500, {"error": "INTERNAL_SERVER_ERROR"}),
    BadAnswer.NONSENSE: (200, "<h1>hello</h1>"),
}


@dataclass(slots=True)
class Portal:
    """Bitrix24 as the checks see it. It finds numbers in any spelling, so people are kept by whole numbers."""

    fake: FakePortal = field(default_factory=lambda: FakePortal(users={1, 6, 7}))
    users = ("6", "7")
    dismissed = "99"
    added: int = 0

    async def add_person(self, number: str, owner: str, name: str = "") -> None:
        self.added += 1
        entity = {"CRM_ENTITY_TYPE": "CONTACT", "CRM_ENTITY_ID": self.added, "ASSIGNED_BY_ID": owner, "NAME": name}
        self.fake.people[every_number(number, "UA")[0]] = entity

    async def remove(self, about: str) -> None:
        kind, _, number = about.partition(":")
        self.fake.gone.add((_KINDS[kind], int(number)))
        self.fake.people = {key: one for key, one in self.fake.people.items() if str(one["CRM_ENTITY_ID"]) != number}

    def _todos(self) -> list[dict[str, object]]:
        return [todo for number, todo in enumerate(self.fake.todos, 1) if number not in self.fake.deleted]

    def texts(self) -> list[str]:
        calls = [f"{call['EXTERNAL_CALL_ID']} {call.get('record', '')}" for call in self.fake.calls.values()]
        comments = [str(row["COMMENT"]) for row in self.fake.comments.values()]
        return [*calls, *comments, *(str(todo["description"]) for todo in self._todos())]

    def open_tasks(self) -> int:
        return sum(todo.get("COMPLETED") != "Y" for todo in self._todos())

    def lose_the_next_answer(self) -> None:
        self.fake.drop_after = AnyOf("telephony.externalCall.register", "crm.activity.todo.add")

    def meet(self, trouble: BadAnswer, times: int = 1) -> None:
        self.fake.failures += [_ANSWERS[trouble]] * times


@pytest_asyncio.fixture
async def trial(pool: Pool) -> AsyncIterator[Trial]:
    portal = Portal()
    async with serving(portal.fake.app()) as url, aiohttp.ClientSession() as http:
        client = BitrixClient(http, f"{url}/rest/1/code", None, lambda: NOW, Unpaced())
        yield Trial(BitrixGateway(client, Links(pool, "bitrix24", lambda: NOW), policy()), portal)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_the_contract(check: Check, trial: Trial) -> None:
    await check(trial)
