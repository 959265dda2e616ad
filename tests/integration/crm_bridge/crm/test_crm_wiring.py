"""CRMs in the whole of crm_bridge: from the ledger's transaction to the CRM, and from the CRM to whose phone rings."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from pydantic import ValidationError

from crm_bridge.api.key_store import KeyStore
from crm_bridge.api.ports import ApiServices
from crm_bridge.api.resources.listening import Listening
from crm_bridge.api.values.keys import Scope
from crm_bridge.api.values.signatures import Grant
from crm_bridge.assembly import Bridge, open_bridge
from crm_bridge.context import BridgeContext
from crm_bridge.crm.errors import CrmDenied
from crm_bridge.crm.player_links import PlayerLinks
from crm_bridge.notes import Notes
from crm_bridge.privacy import crm_copies
from crm_bridge.settings import AmoSettings, BridgeSettings, CrmSettings
from telephony.calls.store import LedgerWriter
from telephony.directory.csv_import import read_managers
from telephony.directory.store import DirectoryStore
from telephony.events import CallEnded, CallStarted
from telephony.model import CallId, Disposition
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.company import Company, opened
from tests.integration.crm_bridge.crm.serving import Failure
from tests.integration.crm_bridge.crm.stories import CUSTOMER
from tests.integration.crm_bridge.test_api_calls import call, write
from tests.waiting import PATIENCE


def now() -> datetime:
    return datetime.now(UTC)


@pytest_asyncio.fixture
async def company(database: str, pool: Pool) -> AsyncIterator[Company]:
    async with opened(database, pool) as company:
        yield company


@asynccontextmanager
async def bridge_of(settings: BridgeSettings, pool: Pool) -> AsyncIterator[Bridge]:
    async with AsyncExitStack() as stack:
        bridge = await open_bridge(settings, BridgeContext(pool, now, "UA", ZoneInfo("Europe/Kyiv"), "1"), stack)
        await bridge.declare(pool)
        yield bridge


async def test_a_call_of_the_ledger_is_a_call_of_the_crm(company: Company) -> None:
    company.account.contact(CUSTOMER)
    async with bridge_of(company.settings(), company.pool) as bridge, asyncio.TaskGroup() as group:
        outbox = group.create_task(bridge.tasks()["outbox"]())
        async with company.pool.acquire() as connection, connection.transaction():
            await bridge.ledger_hook(connection, CallEnded(call(1, answered=False), now()))
        bridge.listener(CallEnded(call(1, answered=False), now()))
        async with asyncio.timeout(PATIENCE):
            while not company.account.tasks:
                await asyncio.sleep(0.05)
        outbox.cancel()
    assert [note["params"]["uniq"] for _, note in company.account.calls()] == ["pbx:1763.1"]


async def kinds(pool: Pool) -> list[str]:
    return [row["kind"] for row in await pool.fetch("SELECT kind FROM outbox_messages ORDER BY id")]


async def test_what_is_written_on_a_call_that_goes_on_is_told_at_its_end_and_after_that_at_once(
    company: Company,
) -> None:
    going_on = replace(call(1), ended_at=None, disposition=Disposition.IN_PROGRESS)
    await write(company.pool, [going_on])
    async with bridge_of(company.settings(), company.pool) as bridge:
        notes = Notes(company.pool, bridge.note_hook)
        await notes.comment("pbx:1763.1", "wants a discount", "Olena", now())
        assert await kinds(company.pool) == []
        async with company.pool.acquire() as connection, connection.transaction():
            await LedgerWriter("UA").write(connection, [CallEnded(call(1), now())])
            await bridge.ledger_hook(connection, CallEnded(call(1), now()))
        assert await kinds(company.pool) == ["call.ended", "call.noted"]
        await notes.tag("pbx:1763.1", "vip", "Olena", now())
        assert await kinds(company.pool) == ["call.ended", "call.noted", "call.noted"]
        await notes.tag("pbx:1763.1", "vip", "Olena", now())
        assert not await notes.untag("pbx:1763.1", "not there", "Olena", now())
        assert len(await kinds(company.pool)) == 3, "what changes nothing is told to nobody"
    body = await company.pool.fetchval("SELECT body FROM outbox_messages ORDER BY id DESC LIMIT 1")
    assert [each["text"] for each in body["notes"]["comments"]] == ["wants a discount"]
    assert (body["notes"]["verb"], body["notes"]["by"]) == ("tag", "Olena")


async def test_no_note_falls_between_a_call_and_its_end(company: Company) -> None:
    going_on = replace(call(1), ended_at=None, disposition=Disposition.IN_PROGRESS)
    await write(company.pool, [going_on])
    async with bridge_of(company.settings(), company.pool) as bridge, asyncio.TaskGroup() as group:
        notes = Notes(company.pool, bridge.note_hook)
        async with company.pool.acquire() as connection, connection.transaction():
            await LedgerWriter("UA").write(connection, [CallEnded(call(1), now())])
            await bridge.ledger_hook(connection, CallEnded(call(1), now()))
            writing = group.create_task(notes.comment("pbx:1763.1", "just then", "Olena", now()))
            while not await company.pool.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%for share%'"
            ):
                await asyncio.sleep(0.01)
            assert not writing.done(), "it waits for the call's end to be committed"
    assert await kinds(company.pool) == ["call.ended", "call.noted"]


async def test_a_note_and_an_erasure_walk_from_here_to_the_crm_and_back(company: Company) -> None:
    company.account.contact(CUSTOMER)
    ended = CallEnded(call(1, answered=False), now())
    async with bridge_of(company.settings(), company.pool) as bridge, asyncio.TaskGroup() as group:
        outbox = group.create_task(bridge.tasks()["outbox"]())
        async with company.pool.acquire() as connection, connection.transaction():
            await LedgerWriter("UA").write(connection, [ended])
            await bridge.ledger_hook(connection, ended)
        await Notes(company.pool, bridge.note_hook).comment("pbx:1763.1", "wants a discount", "Olena", now())
        bridge.listener(ended)
        async with asyncio.timeout(PATIENCE):
            while "wants a discount" not in str(company.account.notes):
                await asyncio.sleep(0.05)
            async with company.pool.acquire() as connection, connection.transaction():
                await bridge.erasure_hook(connection, CUSTOMER, _Erased())
            await company.pool.execute("UPDATE outbox_messages SET due_at = now() WHERE kind = 'call.erased'")
            bridge.listener(ended)
            while any(copy["state"] == "pending" for copy in await crm_copies(company.pool, 5)):
                await asyncio.sleep(0.05)
        outbox.cancel()
    assert "wants a discount" not in str(company.account.notes)
    assert CUSTOMER not in str(company.account.notes)
    assert {copy["role"]: copy["state"] for copy in await crm_copies(company.pool, 5)} == {
        "call": "blanked",
        "notes": "blanked",
        "record": "kept",
        "task": "blanked",
    }


class _Erased:
    erasure, calls, requests = 5, (CallId("pbx:1763.1"),), ()


async def test_the_crms_responsible_user_is_the_directorys_manager_with_that_extension(company: Company) -> None:
    managers = "id,name,endpoint\nolena,Olena,PJSIP/102\nivan,Ivan,PJSIP/101\n"
    await DirectoryStore(company.pool).replace_managers(read_managers(managers, "PJSIP"))
    company.account.contact(CUSTOMER, owner=7)
    company.account.contact("+380501112233", owner=99)
    async with bridge_of(company.settings(owners_from="amocrm"), company.pool) as bridge:
        assert bridge.owners is not None
        assert await bridge.owners(CUSTOMER) == "olena"
        assert await bridge.owners("+380501112233") is None, "an owner who has no phone here"
        assert await bridge.owners("+380990000000") is None


async def test_a_crm_that_fails_leaves_the_customer_to_the_local_directory(company: Company) -> None:
    company.account.line.failures = [Failure(500, "oops")]
    async with bridge_of(company.settings(owners_from="amocrm"), company.pool) as bridge:
        assert bridge.owners is not None
        assert await bridge.owners(CUSTOMER) is None


async def test_the_crm_is_asked_when_the_call_comes_in_and_once(company: Company) -> None:
    await DirectoryStore(company.pool).replace_managers(read_managers("id,name,endpoint\n102,Olena,102\n", "PJSIP"))
    company.account.contact(CUSTOMER, owner=7)
    async with bridge_of(company.settings(owners_from="amocrm"), company.pool) as bridge:
        for _ in range(3):
            bridge.listener(CallStarted(call(1), now()))
        assert bridge.owners is not None
        assert await bridge.owners(CUSTOMER) == "102"
    assert company.account.line.asked == ["GET contacts"]


async def test_no_crm_is_asked_unless_the_settings_say_so(company: Company) -> None:
    async with bridge_of(company.settings(), company.pool) as bridge:
        assert bridge.owners is None


async def test_a_link_opens_its_recording_as_long_as_its_key_lives(pool: Pool) -> None:
    keys = KeyStore(pool, now)
    made = await keys.create(
        "crm", [Scope.RECORDINGS_READ], expires_at=None, per_minute=600, random_text=lambda _: "s" * 43
    )
    key_id = made[4:12]
    links = PlayerLinks(pool, now, public_url="https://calls.example/", key_id=key_id, days=30)
    url = urlsplit(await links(5))
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://calls.example/api/v1/recordings/5/listen"
    query = {name: value[0] for name, value in parse_qs(url.query).items()}
    grant = Grant(5, query["key"], int(query["expires"]))
    key = await Listening(pool).admit(grant, query["signature"], await keys.find(key_id), now())
    assert key.name == "crm"

    await keys.revoke(key_id)
    with pytest.raises(CrmDenied, match="ringback keys create"):
        await PlayerLinks(pool, now, public_url="https://calls.example", key_id=key_id, days=30)(5)


@pytest.mark.parametrize(
    "wrong",
    [
        {"owners_from": "hubspot"},
        {"public_url": "https://calls.example"},
        {"hubspot": {}},
        {"hubspot": {"token": "t", "app_id": "4711"}},
        {"hubspot": {"token": "t", "app_id": "4711", "recording_token": "t"}},
        {"hubspot": {"token": "t", "client_id": "c", "refresh_token": "r"}},
        {"amocrm": {"url": "https://name.amocrm.ru", "client_id": "c"}},
        {"amocrm": {"url": "file:///etc/passwd", "token": "t"}},
        {"amocrm": {"url": "https://name.amocrm.ru", "token": "t", "users": {"101": "ivan"}}},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CrmSettings.model_validate(wrong)


def test_secrets_are_not_shown() -> None:
    settings = AmoSettings.model_validate({"url": "https://name.amocrm.ru", "token": "very-secret"})
    assert "very-secret" not in repr(settings)


async def test_crms_may_knock_only_where_a_token_is_told(pool: Pool) -> None:
    odoo = {"url": "https://odoo.example", "key": "k", "click_token": "t"}
    bitrix = {"url": "https://portal.example/rest/1/code", "application_token": "t"}
    hubspot = {"token": "t", "app_id": "4711", "recording_token": "t"}
    public = {"public_url": "https://calls.example", "link_key": "ab12cd34"}
    abilities = ApiServices(*[cast("Any", None)] * len(fields(ApiServices)))  # nobody is rung here
    for told, paths in (
        ({"odoo": odoo, "bitrix24": bitrix}, {"/odoo/{token}", "/bitrix24"}),
        ({"odoo": {**odoo, "click_token": ""}}, set()),
        ({"hubspot": hubspot, **public}, {"/hubspot/{token}/recordings/{call_id}"}),
    ):
        async with bridge_of(BridgeSettings(crm=CrmSettings.model_validate(told)), pool) as bridge:
            app = bridge.crm_hooks(abilities)
            served = {route.resource.canonical for route in app.router.routes() if route.resource} if app else set()
            assert served == paths
