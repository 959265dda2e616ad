"""The Odoo adapter against a real Odoo 19: `make test-odoo`. Slow to start, so all promises share one Odoo."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from crm_bridge.crm.errors import CrmDenied
from crm_bridge.crm.hooks import PREFIX, OdooHook, application
from crm_bridge.crm.links import Links
from crm_bridge.crm.odoo.client import OdooClient
from crm_bridge.crm.odoo.gateway import OdooGateway
from crm_bridge.crm.policy.types import Contact
from crm_bridge.crm.policy.users import Users
from crm_bridge.crm.sync.dispatch import CrmSync
from crm_bridge.crm.sync.policy import Policy
from crm_bridge.events import publish, publish_callback, publish_notes, publish_ready
from crm_bridge.outbox.lifecycle import Answer, Delivered, Snooze
from crm_bridge.outbox.pace import Unpaced
from crm_bridge.outbox.store import Message, OutboxStore, TargetRow
from crm_bridge.privacy import Forgetting
from crm_bridge.schemas import CommentShape, NotesShape
from deploy.lab.programs.odoo import Odoo
from telephony.events import CallbackChanged, CallEnded
from telephony.model import Answerer, Call, CallId, ChannelName
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.serving import serving
from tests.integration.crm_bridge.test_api_calls import call

KYIV = ZoneInfo("Europe/Kyiv")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


async def link(recording_id: int, /) -> str:
    return f"https://calls.example/{recording_id}"


@dataclass(slots=True)
class Phones:
    """Remembers who was to be rung."""

    dialled: list[tuple[str, str, str]] = field(default_factory=list)
    rang: asyncio.Event = field(default_factory=asyncio.Event)

    async def dial(self, manager: str, number: str, by: str) -> CallId:
        self.dialled.append((manager, number, by))
        self.rang.set()
        return CallId("pbx:rb-click-1")


def sync_of(client: OdooClient, links: Links, policy: Policy) -> CrmSync:
    return CrmSync(OdooGateway(client, policy), links, policy)


@dataclass(slots=True)
class Company:
    """The adapter, and Odoo asked directly."""

    adapter: CrmSync
    client: OdooClient

    async def tell(self, ended: Call) -> Answer:
        return await self.send(ended.call_id, *publish(CallEnded(ended, datetime.now(UTC)), "UA"))

    async def send(self, key: str, kind: str, body: Mapping[str, Any]) -> Answer:
        now = datetime.now(UTC)
        return await self.adapter.send(Message(1, "odoo", key, kind, json.dumps(body), 0, now), now)

    async def rows(self, model: str, /, *fields: str, **where: object) -> list[dict[str, Any]]:
        domain = [[name, "=", value] for name, value in where.items()]
        found: list[dict[str, Any]] = await self.client.call(model, "search_read", domain=domain, fields=list(fields))
        return found

    async def said_on(self, lead: int) -> list[str]:
        return [each["body"] for each in await self.rows("mail.message", "body", model="crm.lead", res_id=lead)]


@pytest_asyncio.fixture
async def company(odoo: Odoo, pool: Pool) -> AsyncIterator[Company]:
    async with aiohttp.ClientSession() as http:
        client = OdooClient(http, odoo.url, odoo.key, Unpaced())
        links = Links(pool, "odoo", lambda: datetime.now(UTC))
        yield Company(sync_of(client, links, Policy("UA", KYIV, staff=Users({"101": "2"}), link=link)), client)


async def test_everything_that_must_work_does(company: Company) -> None:
    findings = await company.adapter.gateway.examine()
    assert [finding.what for finding in findings] == ["address", "key", "crm", "numbers"]
    assert not any(finding.cure for finding in findings)


@pytest.mark.parametrize("written", ["067 200-00-01", "+380672000001", "380672000001", "(067) 200 00 01"])
async def test_a_contact_is_found_however_the_number_was_written(company: Company, written: str) -> None:
    (made,) = await company.client.call("res.partner", "create", vals_list=[{"name": "Олена", "phone": written}])
    found = await company.adapter.gateway.find("+380672000001")
    assert found == Contact(f"res.partner:{made}", "Олена", "", "")
    await company.client.call("res.partner", "unlink", ids=[made])


async def test_a_number_that_only_ends_alike_is_somebody_else(company: Company) -> None:
    await company.client.call("res.partner", "create", vals_list=[{"name": "Other", "phone": "+48672000002"}])
    assert await company.adapter.gateway.find("+380672000002") is None


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
    now = datetime.now(UTC)
    kept = await company.adapter.gateway.kept_calls(now - timedelta(hours=1), now + timedelta(hours=1))
    assert "pbx:1763.14" in [each.call_id for each in kept]


async def test_a_wrong_key_waits_for_a_person_and_spends_nothing(odoo: Odoo, pool: Pool) -> None:
    async with aiohttp.ClientSession() as http:
        client = OdooClient(http, odoo.url, "wrong", Unpaced())
        with pytest.raises(CrmDenied):
            await client.call("crm.lead", "search", domain=[])
        links = Links(pool, "odoo", lambda: datetime.now(UTC))
        company = Company(sync_of(client, links, Policy("UA", KYIV)), client)
        assert isinstance(await company.tell(call(15, customer="0672000015")), Snooze)
        assert "API key" in (await company.adapter.gateway.examine())[-1].cure


async def test_what_became_of_the_callback_closes_the_call_to_make_or_is_written_beside_it(company: Company) -> None:
    for number, state, reason in ((16, "done", "reached"), (17, "discarded", "attempts_spent")):
        missed = call(number, answered=False, customer=f"06720000{number}")
        await company.tell(missed)
        for _ in range(2):  # the second time as after a lost answer
            changed = CallbackChanged(
                *(number, "done", state, reason, datetime.now(UTC), "101", f"+3806720000{number}", "", "0442000600"),
                *("", 1, 3, datetime.now(UTC), datetime.now(UTC), missed.call_id),
            )
            assert isinstance(await company.send(missed.call_id, *publish_callback(changed)), Delivered)

    (closed,) = await company.rows("crm.lead", "activity_ids", phone_sanitized="+380672000016")
    (open_one,) = await company.rows("crm.lead", "activity_ids", phone_sanitized="+380672000017")
    assert (len(closed["activity_ids"]), len(open_one["activity_ids"])) == (0, 1)
    said = [each["body"] for each in await company.rows("mail.message", "body", model="crm.lead", res_id=closed["id"])]
    assert sum("Reached" in each for each in said) == 1
    said = [
        each["body"] for each in await company.rows("mail.message", "body", model="crm.lead", res_id=open_one["id"])
    ]
    assert sum("Not reached" in each for each in said) == 1


async def test_the_recordings_link_is_written_once(company: Company) -> None:
    answered = call(18, customer="0672000018")
    await company.tell(answered)
    row = {
        "recording_id": 5,
        "started_at": answered.started_at,
        "seconds": 25.0,
        "sides": 2,
        "format": "mp3",
        "bytes": 9,
    }
    for _ in range(2):
        assert isinstance(await company.send(answered.call_id, *publish_ready(answered.call_id, [row], NOW)), Delivered)
    (lead,) = await company.rows("crm.lead", "id", phone_sanitized="+380672000018")
    assert sum("https://calls.example/5" in said for said in await company.said_on(lead["id"])) == 1


def noted(call_id: str, *texts: str, at: datetime = NOW) -> tuple[str, Mapping[str, Any]]:
    comments = tuple(CommentShape(comment_id=n, at=NOW, author="Olena", text=text) for n, text in enumerate(texts))
    notes = NotesShape(verb="comment", by="Olena", comments=comments, earlier=0, tags=(), result=None)
    return publish_notes(call_id, notes, at)


async def test_what_people_wrote_stands_beside_the_call_once_and_as_text(company: Company, pool: Pool) -> None:
    answered = call(20, customer="0672000020")
    await company.tell(answered)
    (lead,) = await company.rows("crm.lead", "id", phone_sanitized="+380672000020")
    for texts in (("<b>wants</b>",), ("<b>wants</b>", "two\nlines"), ("<b>wants</b>", "two\nlines")):
        assert isinstance(await company.send(answered.call_id, *noted(answered.call_id, *texts)), Delivered)
    (said,) = [said for said in await company.said_on(lead["id"]) if "ringback notes" in said]
    assert "&lt;b&gt;wants&lt;/b&gt;" in said
    assert "two<br>lines" in said

    await pool.execute("delete from crm_links where role like 'note%'")  # as if the answer had been lost
    assert isinstance(await company.send(answered.call_id, *noted(answered.call_id, "the last word")), Delivered)
    (said,) = [said for said in await company.said_on(lead["id"]) if "ringback notes" in said]
    assert "the last word" in said

    (written,) = await company.client.call("mail.message", "search", domain=[["body", "ilike", "the last word"]])
    await company.client.call("mail.message", "unlink", ids=[written])
    assert isinstance(await company.send(answered.call_id, *noted(answered.call_id, "and again")), Delivered)
    assert sum("and again" in said for said in await company.said_on(lead["id"])) == 1


@dataclass(frozen=True, slots=True)
class Erased:
    calls: tuple[CallId, ...]
    erasure: int = 5
    requests: tuple[int, ...] = ()


async def erase(company: Company, pool: Pool, number: str, *calls: CallId) -> list[Answer]:
    await OutboxStore(pool).declare([TargetRow("odoo")])
    async with pool.acquire() as connection, connection.transaction():
        await Forgetting(lambda: NOW, ["odoo"])(connection, number, Erased(calls))
    rows = await pool.fetch("SELECT key, body FROM outbox_messages WHERE kind = 'call.erased' ORDER BY id")
    return [await company.send(row["key"], "call.erased", row["body"]) for row in rows]


async def test_of_an_erased_number_nothing_of_ours_stays_and_its_lead_is_a_humans(company: Company, pool: Pool) -> None:
    number, calls = "+380672000021", []
    for each, (state, reason) in ((21, ("done", "reached")), (22, ("discarded", "attempts_spent"))):
        missed = call(each, answered=False, customer="0672000021")
        calls.append(missed.call_id)
        await company.tell(missed)
        changed = CallbackChanged(
            *(each, "done", state, reason, datetime.now(UTC), "101", number, "", "0442000600"),
            *("", 1, 3, datetime.now(UTC), datetime.now(UTC), missed.call_id),
        )
        assert isinstance(await company.send(f"request:{each}", *publish_callback(changed)), Delivered)
        await company.send(missed.call_id, *noted(missed.call_id, "secret words"))
        row = {"recording_id": 5, "started_at": NOW, "seconds": 25.0, "sides": 2, "format": "mp3", "bytes": 9}
        await company.send(missed.call_id, *publish_ready(missed.call_id, [row], NOW))
    (lead,) = await company.rows("crm.lead", "id", phone_sanitized=number)
    human = {"ids": [lead["id"]], "body": "a human's own words", "message_type": "comment"}
    await company.client.call("crm.lead", "message_post", **human)
    assert sum("ringback" in said for said in await company.said_on(lead["id"])) > 6

    for answer in await erase(company, pool, number, *calls):
        assert isinstance(answer, Delivered), answer
    said = await company.said_on(lead["id"])
    assert not [each for each in said if "ringback" in each or number in each or "secret" in each]
    assert any("a human's own words" in each for each in said)
    domain = [["res_model", "=", "crm.lead"], ["res_id", "=", lead["id"]], ["active", "in", [True, False]]]
    assert await company.client.call("mail.activity", "search", domain=domain) == []
    rows = await pool.fetch("SELECT role, state FROM crm_erasures ORDER BY copy")
    assert {(row["role"], row["state"]) for row in rows} == {
        ("call", "deleted"),
        ("notes", "deleted"),
        ("task", "deleted"),
        ("record", "kept"),
    }
    (answer, *_) = await erase(company, pool, number, *calls)  # the order delivered again
    assert isinstance(answer, Delivered)


async def as_clerk(company: Company, odoo: Odoo, model: str, method: str, *ids: int, **arguments: object) -> None:
    """Do something in Odoo as one of its users does by browser."""
    (group,) = await company.client.call(
        "ir.model.data", "search_read", domain=[["name", "=", "group_sale_salesman_all_leads"]], fields=["res_id"]
    )
    user = {"name": "Clerk", "login": "clerk", "password": "clerk-clerk", "group_ids": [[4, group["res_id"]]]}
    await company.client.call("res.users", "create", vals_list=[user])
    async with aiohttp.ClientSession(odoo.url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        login = {"db": "company", "login": "clerk", "password": "clerk-clerk"}
        call = {"model": model, "method": method, "args": [list(ids)], "kwargs": arguments}
        for path, params in (("/web/session/authenticate", login), (f"/web/dataset/call_kw/{model}/{method}", call)):
            async with browser.post(path, json={"jsonrpc": "2.0", "method": "call", "params": params}) as response:
                assert "error" not in await response.json()


async def test_a_human_who_did_our_task_keeps_their_own_words(company: Company, odoo: Odoo, pool: Pool) -> None:
    missed = call(23, answered=False, customer="0672000023")
    await company.tell(missed)
    (lead,) = await company.rows("crm.lead", "id", phone_sanitized="+380672000023")
    (task,) = await company.rows("mail.activity", "id", res_model="crm.lead", res_id=lead["id"])
    await as_clerk(company, odoo, "mail.activity", "action_feedback", task["id"], feedback="my own words")

    (answer,) = await erase(company, pool, "+380672000023", missed.call_id)
    assert isinstance(answer, Delivered)
    (said,) = [each for each in await company.said_on(lead["id"]) if "ringback" in each]
    assert "my own words" in said
    rows = {row["role"]: (row["state"], row["why"]) for row in await pool.fetch("SELECT * FROM crm_erasures")}
    assert rows["task"] == ("deleted", "1 messages of others quote it")


async def test_an_action_on_a_lead_rings_its_salesperson(company: Company) -> None:
    phones = Phones()
    mounted = web.Application()
    mounted.add_subapp(PREFIX, application({OdooHook.path: OdooHook("t", Users({"101": "2"}), phones).serve}))
    async with serving(mounted) as url:
        (model,) = await company.client.call("ir.model", "search", domain=[["model", "=", "crm.lead"]])
        names = ["phone", "user_id"]
        domain = [["model", "=", "crm.lead"], ["name", "in", names]]
        fields = await company.client.call("ir.model.fields", "search", domain=domain)
        action = {"name": "Call", "model_id": model, "state": "webhook", "webhook_url": f"{url}/crm/odoo/t"}
        values = [action | {"webhook_field_ids": [[6, 0, fields]]}]
        (made,) = await company.client.call("ir.actions.server", "create", vals_list=values)
        lead = {"name": "Deal", "phone": "067 200 00 19", "user_id": 2}
        (deal,) = await company.client.call("crm.lead", "create", vals_list=[lead])
        about = {"active_model": "crm.lead", "active_id": deal, "active_ids": [deal]}
        await company.client.call("ir.actions.server", "run", ids=[made], context=about)
        async with asyncio.timeout(10):
            await phones.rang.wait()
    assert phones.dialled == [("101", "067 200 00 19", "Odoo")]
