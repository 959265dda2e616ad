"""Odoo's gateway against the contract that strangers' gateways keep; `tests/odoo` asks a real one."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest
import pytest_asyncio

from crm_bridge.crm.conformance import CHECKS, BadAnswer, Trial
from crm_bridge.crm.conformance.checks import Check
from crm_bridge.crm.odoo.client import OdooClient
from crm_bridge.crm.odoo.gateway import OdooGateway
from crm_bridge.crm.odoo.mapping import OdooRecord
from crm_bridge.outbox.pace import Unpaced
from tests.integration.crm_bridge.crm.fake_odoo import FakeOdoo
from tests.integration.crm_bridge.crm.serving import AnyOf, Failure, serving
from tests.integration.crm_bridge.crm.stories import policy


def _answer(code: int, name: str, message: str) -> Failure:
    return Failure(code, {"name": name, "message": message, "arguments": [message], "context": {}, "debug": ""})


_ANSWERS = {
    BadAnswer.THROTTLED: _answer(429, "werkzeug.exceptions.TooManyRequests", "429 Too Many Requests"),
    BadAnswer.LOCKED_OUT: _answer(401, "werkzeug.exceptions.Unauthorized", "Invalid apikey"),
    BadAnswer.REFUSED: _answer(403, "odoo.exceptions.AccessError", "Due to security restrictions"),
    BadAnswer.BROKEN: _answer(500, "psycopg2.OperationalError", "could not connect to server"),
    BadAnswer.NONSENSE: Failure(200, "<h1>hello</h1>"),
}


@dataclass(slots=True)
class Database:
    """Odoo as the checks see it."""

    fake: FakeOdoo = field(default_factory=FakeOdoo)
    users = ("6", "7")
    dismissed = "99"

    async def add_person(self, number: str, owner: str, name: str = "") -> None:
        del name
        self.fake.contact(number, owner=int(owner))

    async def remove(self, about: str) -> None:
        record = OdooRecord.read(about)
        del self.fake.tables[record.model][record.id]

    def texts(self) -> list[str]:
        notes = [str(note["body"]) for note in self.fake.notes]
        return [*notes, *(f"{activity['summary']} {activity['note']}" for activity in self.fake.activities)]

    def open_tasks(self) -> int:
        return sum(activity["active"] for activity in self.fake.activities)

    def lose_the_next_answer(self) -> None:
        self.fake.drop_after = AnyOf("mail.message/create", "mail.activity/create", "crm.lead/create")

    def meet(self, trouble: BadAnswer, times: int = 1) -> None:
        self.fake.failures += [_ANSWERS[trouble]] * times


@pytest_asyncio.fixture
async def trial() -> AsyncIterator[Trial]:
    database = Database()
    async with serving(database.fake.routes()) as url, aiohttp.ClientSession() as http:
        yield Trial(OdooGateway(OdooClient(http, url, "key", Unpaced()), policy()), database)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_the_contract(check: Check, trial: Trial) -> None:
    await check(trial)
