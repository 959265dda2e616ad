"""The Odoo adapter against a real Odoo 19: `make test-odoo`. Slow to start, so all promises share one Odoo."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
import pytest_asyncio

from crm_bridge.crm.answers import CrmDenied
from crm_bridge.crm.links import Links
from crm_bridge.crm.odoo.adapter import OdooAdapter, OdooChoices
from crm_bridge.crm.odoo.client import OdooClient
from crm_bridge.crm.words import Contact
from crm_bridge.events import publish
from crm_bridge.outbox.lifecycle import Answer, Delivered, Snooze
from crm_bridge.outbox.store import Message
from deploy.lab.odoo import Odoo, running_odoo
from telephony.events import CallEnded
from telephony.model import Answerer, Call, ChannelName
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.test_api_calls import call

KYIV = ZoneInfo("Europe/Kyiv")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def odoo() -> AsyncIterator[Odoo]:
    async with running_odoo() as started:
        yield started


@dataclass(slots=True)
class Company:
    """The adapter, and Odoo asked directly."""

    adapter: OdooAdapter
    client: OdooClient

    async def tell(self, ended: Call) -> Answer:
        now = datetime.now(UTC)
        kind, body = publish(CallEnded(ended, now), "UA")
        return await self.adapter.send(Message(1, "odoo", ended.call_id, kind, json.dumps(body), 0, now), now)

    async def rows(self, model: str, *fields: str, **where: object) -> list[dict[str, Any]]:
        domain = [[name, "=", value] for name, value in where.items()]
        found: list[dict[str, Any]] = await self.client.call(model, "search_read", domain=domain, fields=list(fields))
        return found


@pytest_asyncio.fixture
async def company(odoo: Odoo, pool: Pool) -> AsyncIterator[Company]:
    async with aiohttp.ClientSession() as http:
        client = OdooClient(http, odoo.url, odoo.key)
        links = Links(pool, "odoo", lambda: datetime.now(UTC))
        choices = OdooChoices("UA", KYIV, users={"101": "2"})
        yield Company(OdooAdapter(client, links, choices), client)


async def test_everything_that_must_work_does(company: Company) -> None:
    findings = await company.adapter.examine()
    assert [finding.what for finding in findings] == ["address", "key", "crm", "numbers"]
    assert not any(finding.cure for finding in findings)


@pytest.mark.parametrize("written", ["067 200-00-01", "+380672000001", "380672000001", "(067) 200 00 01"])
async def test_a_contact_is_found_however_the_number_was_written(company: Company, written: str) -> None:
    (made,) = await company.client.call("res.partner", "create", vals_list=[{"name": "Олена", "phone": written}])
    found = await company.adapter.find("+380672000001")
    assert found == Contact(f"res.partner:{made}", "Олена", "", "")
    await company.client.call("res.partner", "unlink", ids=[made])


async def test_a_number_that_only_ends_alike_is_somebody_else(company: Company) -> None:
    await company.client.call("res.partner", "create", vals_list=[{"name": "Other", "phone": "+48672000002"}])
    assert await company.adapter.find("+380672000002") is None


async def test_an_unknown_missed_caller_becomes_a_lead_with_a_note_and_a_call_to_make(company: Company) -> None:
    missed = call(11, answered=False, customer="0672000011", name="<b>Іван</b>")
    for _ in range(2):  # the second time as after a lost answer
        assert isinstance(await company.tell(missed), Delivered)

    (lead,) = await company.rows("crm.lead", "name", "user_id", "contact_name", phone_sanitized="+380672000011")
    assert lead["contact_name"] == "<b>Іван</b>"
    notes = await company.client.call(
        "mail.message", "search_read", domain=[["res_id", "=", lead["id"]], ["model", "=", "crm.lead"]], fields=["body"]
    )
    (note,) = [each["body"] for each in notes if "ringback" in each["body"]]
    assert "Missed call" in note
    (task,) = await company.rows("mail.activity", "summary", "user_id", res_model="crm.lead", res_id=lead["id"])
    assert missed.ended_at is not None
    due = (missed.ended_at + timedelta(minutes=5)).astimezone(KYIV)
    assert task["summary"] == f"Call back +380672000011 (by {due:%H:%M})"
    assert task["user_id"] == lead["user_id"]


async def test_nothing_is_made_twice_even_if_we_forgot_that_we_made_it(company: Company, pool: Pool) -> None:
    missed = call(12, answered=False, customer="0672000012")
    await company.tell(missed)
    await pool.execute("delete from crm_links")
    await company.tell(missed)

    (lead,) = await company.rows("crm.lead", "id", phone_sanitized="+380672000012")
    notes = await company.client.call(
        "mail.message", "search_count", domain=[["res_id", "=", lead["id"]], ["body", "ilike", "ringback"]]
    )
    tasks = await company.rows("mail.activity", "id", res_model="crm.lead", res_id=lead["id"])
    assert (notes, len(tasks)) == (1, 1)


async def test_the_owner_looks_at_a_call_that_somebody_else_answered(company: Company) -> None:
    users = [{"name": "Марія", "login": "maria@example.com"}]
    (maria,) = await company.client.call("res.users", "create", vals_list=users)
    values = [{"name": "Deal", "phone": "+380672000013", "user_id": maria, "type": "opportunity"}]
    (deal,) = await company.client.call("crm.lead", "create", vals_list=values)

    answered = replace(call(13, customer="0672000013"), answered_by=Answerer("101", "Іван", ChannelName("PJSIP/101-1")))
    await company.tell(answered)

    (task,) = await company.rows("mail.activity", "summary", "user_id", res_model="crm.lead", res_id=deal)
    assert task["user_id"][0] == maria
    assert task["summary"].startswith("Look at the call")


async def test_the_audit_finds_the_calls_of_a_day(company: Company) -> None:
    await company.tell(call(14, customer="0672000014"))
    kept = await company.adapter.calls_of(datetime.now(KYIV).date())
    assert "pbx:1763.14" in [each.call_id for each in kept]


async def test_a_wrong_key_waits_for_a_person_and_spends_nothing(odoo: Odoo, pool: Pool) -> None:
    async with aiohttp.ClientSession() as http:
        client = OdooClient(http, odoo.url, "wrong")
        with pytest.raises(CrmDenied):
            await client.call("crm.lead", "search", domain=[])
        links = Links(pool, "odoo", lambda: datetime.now(UTC))
        company = Company(OdooAdapter(client, links, OdooChoices("UA", KYIV)), client)
        assert isinstance(await company.tell(call(15, customer="0672000015")), Snooze)
        assert "API key" in (await company.adapter.examine())[-1].cure
