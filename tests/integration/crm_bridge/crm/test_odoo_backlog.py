"""Odoo's backlog, against a database that answers as its documents say: made together, each message for itself."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from crm_bridge.crm.links import Links
from crm_bridge.crm.odoo.client import OdooClient
from crm_bridge.crm.odoo.gateway import OdooGateway
from crm_bridge.crm.sync.dispatch import CrmSync
from crm_bridge.outbox.lifecycle import Delivered, Discard, Retry
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.fake_odoo import FakeOdoo
from tests.integration.crm_bridge.crm.quiet import quiet
from tests.integration.crm_bridge.crm.serving import serving
from tests.integration.crm_bridge.crm.stories import NOW, Teller, numbers, policy


@dataclass(slots=True)
class Company(Teller):
    """The adapter and the database it speaks to."""

    database: FakeOdoo


@pytest_asyncio.fixture
async def odoo(pool: Pool) -> AsyncIterator[Company]:
    database = FakeOdoo()
    async with serving(database.routes()) as url, quiet(pool) as (pace, http):
        gateway = OdooGateway(OdooClient(http, url, "key", pace), policy())
        yield Company(CrmSync(gateway, Links(pool, "odoo", lambda: NOW), policy()), database, urgent=False)


async def test_a_backlog_shares_requests(odoo: Company) -> None:
    known = {odoo.database.contact(f"+38{number}") for number in numbers(20)}
    assert {type(answer) for answer in await odoo.missed_at_once(30)} == {Delivered}
    leads = set(odoo.database.tables["crm.lead"])
    assert len(leads) == 10
    for rows in (odoo.database.notes, odoo.database.activities):
        assert {row["res_id"] for row in rows} == known | leads
        assert len(rows) == 30
    assert len(odoo.database.asked) < 150, "of some 300"


async def test_one_record_that_a_rule_forbids_is_a_dead_letter_of_its_own_message(odoo: Company) -> None:
    known = [odoo.database.contact(f"+38{number}") for number in numbers(5)]
    await odoo.adapter.gateway.find("+380671230000")
    odoo.database.forbidden = set()
    first = await odoo.missed_at_once(4)
    assert {type(answer) for answer in first} == {Delivered}
    odoo.database.forbidden = {known[0]}
    odoo.database.tables["mail.message"].clear()
    again = [odoo.recorded(f"pbx:1763.{number}") for number in range(4)]
    answers = await asyncio.gather(*again)
    assert [type(answer) for answer in answers] == [Discard, Delivered, Delivered, Delivered]


@pytest.mark.parametrize("lost", ["crm.lead/create", "mail.message/create", "mail.activity/create"])
async def test_records_whose_answer_is_lost_are_not_made_twice(odoo: Company, lost: str) -> None:
    for number in numbers(5) if lost != "crm.lead/create" else ():
        odoo.database.contact(f"+38{number}")
    odoo.database.drop_after = lost
    assert {type(answer) for answer in await odoo.missed_at_once(5)} == {Retry}, "all were in it"
    assert {type(answer) for answer in await odoo.missed_at_once(5)} == {Delivered}
    made = (odoo.database.notes, odoo.database.activities)
    assert [len(rows) for rows in made] == [5, 5]
    assert len(odoo.database.tables["crm.lead"]) == (5 if lost == "crm.lead/create" else 0)
