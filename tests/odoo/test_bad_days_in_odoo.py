"""Odoo's bad days, with a real Odoo 19: people who left, records that are gone or forbidden, a server that dies."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest_asyncio

from crm_bridge.crm.links import Links
from crm_bridge.crm.odoo.client import OdooClient
from crm_bridge.crm.odoo.gateway import OdooGateway
from crm_bridge.crm.sync.dispatch import CrmSync
from crm_bridge.outbox.lifecycle import Delivered, Discard, Retry, Snooze
from crm_bridge.outbox.pace import SharedPace, Unpaced
from deploy.lab.programs.odoo import Odoo
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.stories import Teller, policy
from tests.integration.crm_bridge.test_api_calls import call


@dataclass(slots=True)
class Company(Teller):
    """The adapter, and Odoo asked directly."""

    client: OdooClient
    http: aiohttp.ClientSession

    async def lead(self, number: str, **more: object) -> int:
        (made,) = await self.client.call("crm.lead", "create", vals_list=[{"name": "Deal", "phone": number, **more}])
        return int(made)

    async def user(self, login: str) -> int:
        (sales,) = await self.client.call(
            "ir.model.data", "search_read", domain=[["name", "=", "group_sale_salesman"]], fields=["res_id"]
        )
        values = {"name": login, "login": login, "group_ids": [[4, sales["res_id"]]]}
        (made,) = await self.client.call("res.users", "create", vals_list=[values])
        return int(made)

    async def rows(self, model: str, /, *fields: str, **where: object) -> list[dict[str, Any]]:
        domain = [[name, "=", value] for name, value in where.items()]
        found: list[dict[str, Any]] = await self.client.call(model, "search_read", domain=domain, fields=list(fields))
        return found

    async def said_on(self, lead: int, words: str) -> int:
        rows = await self.rows("mail.message", "body", model="crm.lead", res_id=lead)
        return sum(words in row["body"] for row in rows)


def adapter(client: OdooClient, pool: Pool) -> CrmSync:
    told = replace(policy(), default_user="2")
    return CrmSync(OdooGateway(client, told), Links(pool, "odoo", lambda: datetime.now(UTC)), told)


@pytest_asyncio.fixture
async def company(odoo: Odoo, pool: Pool) -> AsyncIterator[Company]:
    async with aiohttp.ClientSession() as http:
        client = OdooClient(http, odoo.url, odoo.key, Unpaced())
        yield Company(adapter(client, pool), client, http)


async def test_an_archived_salespersons_missed_call_is_somebodys_all_the_same(company: Company) -> None:
    left = await company.user("left@example.com")
    deal = await company.lead("+380672100001", user_id=left)
    await company.client.call("res.users", "write", ids=[left], vals={"active": False})
    assert isinstance(await company.ended(call(31, answered=False, customer="0672100001")), Delivered)
    assert await company.said_on(deal, "Missed call") == 1
    (task,) = await company.rows("mail.activity", "user_id", res_model="crm.lead", res_id=deal)
    assert task["user_id"][0] == 2, "the default user's: nobody would see it else"


async def test_a_deleted_leads_customer_is_made_known_anew_and_its_recording_is_a_dead_letter(company: Company) -> None:
    missed = call(32, answered=False, customer="0672100002")
    await company.ended(missed)
    (lead,) = await company.rows("crm.lead", "id", phone_sanitized="+380672100002")
    await company.client.call("crm.lead", "unlink", ids=[lead["id"]])
    answer = await company.recorded(missed.call_id)
    assert isinstance(answer, Discard), answer
    assert isinstance(await company.called_back(missed.call_id, "done", "reached"), Delivered)
    assert isinstance(await company.ended(call(33, answered=False, customer="0672100002")), Delivered)
    (anew,) = await company.rows("crm.lead", "id", phone_sanitized="+380672100002")
    assert await company.said_on(anew["id"], "Missed call") == 1


async def test_a_record_that_a_rule_forbids_is_a_dead_letter_and_the_others_go_on(company: Company) -> None:
    forbidden, free = call(34, customer="0672100003"), call(35, customer="0672100004")
    for each in (forbidden, free):
        await company.ended(each)
    (lead,) = await company.rows("crm.lead", "id", phone_sanitized="+380672100003")
    (model,) = await company.client.call("ir.model", "search", domain=[["model", "=", "crm.lead"]])
    rule = {"name": "none of this", "model_id": model, "domain_force": f"[('id', '!=', {lead['id']})]"}
    (made,) = await company.client.call("ir.rule", "create", vals_list=[rule])
    try:
        for urgent in (True, False):
            company.urgent = urgent
            answers = await asyncio.gather(*(company.recorded(each.call_id) for each in (forbidden, free)))
            assert [type(answer) for answer in answers] == [Discard, Delivered], answers
    finally:
        await company.client.call("ir.rule", "unlink", ids=[made])
    assert isinstance(await company.recorded(forbidden.call_id), Delivered)
    assert await company.said_on(lead["id"], "ringback recording") == 1


async def test_a_lead_that_went_to_another_company_is_not_ours_any_more(company: Company) -> None:
    first = call(36, customer="0672100005")
    await company.ended(first)
    (lead,) = await company.rows("crm.lead", "id", phone_sanitized="+380672100005")
    (other,) = await company.client.call("res.company", "create", vals_list=[{"name": "Other"}])
    (me,) = await company.rows("res.users", "company_ids", login="admin")
    await company.client.call(
        "crm.lead", "write", ids=[lead["id"]], vals={"company_id": other, "user_id": False, "team_id": False}
    )
    kept = [number for number in me["company_ids"] if number != other]
    await company.client.call("res.users", "write", ids=[me["id"]], vals={"company_ids": [[6, 0, kept]]})
    answer = await company.recorded(first.call_id)
    assert isinstance(answer, Discard), answer
    assert isinstance(await company.ended(call(37, customer="0672100005")), Delivered)
    leads = await company.rows("crm.lead", "id", phone_sanitized="+380672100005")
    assert lead["id"] not in [row["id"] for row in leads]
    assert len(leads) == 1, "the customer is known in our company now"


async def test_a_key_that_ends_is_waited_for_and_spends_nothing(company: Company, odoo: Odoo, pool: Pool) -> None:
    until = (datetime.now() + timedelta(days=1)).isoformat()  # noqa: DTZ005 - Odoo's own
    how = f"'rpc', 'soon over', datetime.datetime.fromisoformat('{until}')"
    made = await odoo.shell(
        "import datetime\n"
        "user = env.ref('base.user_admin')\n"
        f"key = env['res.users.apikeys'].with_user(user)._generate({how})\n"
        "env.cr.commit()\nprint('KEY=' + key)\n"
    )
    client = OdooClient(company.http, odoo.url, made.partition("KEY=")[2].split()[0], Unpaced())
    ours = Company(adapter(client, pool), client, company.http)
    missed = call(38, answered=False, customer="0672100006")
    assert isinstance(await ours.ended(missed), Delivered)
    await odoo.shell(
        "env['res.users.apikeys'].sudo().search([('name', '=', 'soon over')])._remove()\nenv.cr.commit()\n"
    )
    assert isinstance(await ours.recorded(missed.call_id), Snooze)
    company.adapter = adapter(company.client, pool)
    assert isinstance(await company.recorded(missed.call_id), Delivered), "with a new key it goes on"


@dataclass(slots=True)
class Interrupting:
    """A pace at one of whose turns something happens."""

    odoo: Odoo
    at: int
    turns: int = 0
    restarting: "asyncio.Task[None] | None" = None

    async def turn(self) -> None:
        self.turns += 1
        if self.turns == self.at:
            self.restarting = asyncio.create_task(self.odoo.restart())
            await asyncio.sleep(0)

    async def hold(self, wait: timedelta) -> None:
        raise AssertionError(wait)


async def test_a_server_that_is_restarted_in_the_middle_of_a_message_has_everything_once(
    company: Company, odoo: Odoo, pool: Pool
) -> None:
    missed = call(39, answered=False, customer="0672100007")
    pace = Interrupting(odoo, 4)
    cut = Company(adapter(OdooClient(company.http, odoo.url, odoo.key, pace), pool), company.client, company.http)
    answer = await cut.ended(missed)
    assert pace.restarting is not None
    await pace.restarting
    if not isinstance(answer, Delivered):
        assert isinstance(answer, Retry), answer
        assert isinstance(await company.ended(missed), Delivered)
    (lead,) = await company.rows("crm.lead", "id", phone_sanitized="+380672100007")
    assert await company.said_on(lead["id"], "Missed call") == 1
    assert len(await company.rows("mail.activity", "id", res_model="crm.lead", res_id=lead["id"])) == 1


async def test_a_backlog_is_made_together_as_a_person_would_see_it(company: Company, odoo: Odoo, pool: Pool) -> None:
    client = OdooClient(company.http, odoo.url, odoo.key, SharedPace(pool, "odoo", 5))
    many = Company(adapter(client, pool), client, company.http, urgent=False)
    numbers = [f"06722000{number:02}" for number in range(12)]
    missed = [call(100 + place, answered=False, customer=number) for place, number in enumerate(numbers)]
    for _ in range(2):
        answers = await asyncio.gather(*(many.ended(each) for each in missed))
        assert {type(answer) for answer in answers} == {Delivered}, answers
    for number in numbers:
        (lead,) = await company.rows("crm.lead", "id", "message_ids", "activity_ids", phone_sanitized=f"+38{number}")
        notes = await company.rows(
            "mail.message", "body", "author_id", "subtype_id", "is_internal", id=lead["message_ids"][0]
        )
        assert "Missed call" in notes[0]["body"]
        assert notes[0]["author_id"], "it has an author"
        assert len(lead["activity_ids"]) == 1
        (task,) = await company.rows("mail.activity", "activity_type_id", "summary", id=lead["activity_ids"][0])
        assert task["activity_type_id"][1] == "Call"
        assert "Call back" in task["summary"]
