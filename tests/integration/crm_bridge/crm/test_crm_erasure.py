"""An erased number in the CRMs: what we made goes, cards stay for a human, and each copy's fate is told honestly."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from crm_bridge.crm.amocrm.client import AmoClient
from crm_bridge.crm.amocrm.gateway import AmoGateway
from crm_bridge.crm.bitrix24.client import BitrixClient
from crm_bridge.crm.bitrix24.gateway import BitrixGateway
from crm_bridge.crm.hubspot.client import HubSpotClient
from crm_bridge.crm.hubspot.gateway import HubSpotGateway
from crm_bridge.crm.links import Links
from crm_bridge.crm.sync.dispatch import CrmSync
from crm_bridge.crm.transport.oauth import FixedToken
from crm_bridge.outbox.lifecycle import Delivered, Discard, Retry, Snooze
from crm_bridge.outbox.pace import Unpaced
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.fake_amocrm import FakeAmo
from tests.integration.crm_bridge.crm.fake_bitrix24 import FakePortal
from tests.integration.crm_bridge.crm.fake_hubspot import FakeHubSpot
from tests.integration.crm_bridge.crm.serving import Failure, serving
from tests.integration.crm_bridge.crm.stories import CUSTOMER, NOW, Teller, fates, policy
from tests.integration.crm_bridge.test_api_calls import call

CALL = "pbx:1763.1"


@pytest_asyncio.fixture
async def amo(pool: Pool) -> AsyncIterator[tuple[Teller, FakeAmo]]:
    account = FakeAmo()
    async with serving(account.routes()) as url, aiohttp.ClientSession() as http:
        client = AmoClient(http, url, FixedToken("good", "make one"), Unpaced())
        yield Teller(CrmSync(AmoGateway(client, policy()), Links(pool, "amocrm", lambda: NOW), policy())), account


@pytest_asyncio.fixture
async def bitrix(pool: Pool) -> AsyncIterator[tuple[Teller, FakePortal]]:
    portal = FakePortal()
    async with serving(portal.app()) as url, aiohttp.ClientSession() as http:
        client = BitrixClient(http, f"{url}/rest/1/code", None, lambda: NOW, Unpaced())
        links = Links(pool, "bitrix24", lambda: NOW)
        yield (
            Teller(CrmSync(BitrixGateway(client, links, policy()), links, policy())),
            portal,
        )


@pytest_asyncio.fixture
async def hubspot(pool: Pool) -> AsyncIterator[tuple[Teller, FakeHubSpot]]:
    account = FakeHubSpot()
    async with serving(account.routes()) as url, aiohttp.ClientSession() as http:
        client = HubSpotClient(http, FixedToken("good", "make one"), Unpaced(), Unpaced(), url=url)
        yield Teller(CrmSync(HubSpotGateway(client, policy()), Links(pool, "hubspot", lambda: NOW), policy())), account


async def live_a_life(teller: Teller) -> None:
    """A missed call with a recording and a comment."""
    assert isinstance(await teller.ended(call(1, answered=False)), Delivered)
    assert isinstance(await teller.recorded(CALL), Delivered)
    assert isinstance(await teller.noted(CALL, "secret words"), Delivered)


async def test_hubspots_call_and_task_go_and_the_contact_stays(hubspot: tuple[Teller, FakeHubSpot], pool: Pool) -> None:
    teller, account = hubspot
    await live_a_life(teller)
    for _ in range(2):  # the second time as after a lost answer
        (answer,) = (
            await teller.erased(pool, [CALL], "hubspot") if not account.bin else await teller.deleted(pool, "hubspot")
        )
        assert isinstance(answer, Delivered)
    assert [len(account.objects[kind]) for kind in ("calls", "tasks", "contacts")] == [0, 0, 1]
    assert len(account.bin) == 2
    told = await fates(pool)
    assert {role: state for role, (state, _) in told.items()} == {
        "call": "deleted",
        "notes": "deleted",
        "task": "deleted",
        "record": "kept",
    }
    assert await pool.fetchval("SELECT why FROM crm_erasures WHERE role = 'call'") == (
        "HubSpot keeps it in its recycling bin for 90 days"
    )
    assert await pool.fetchval("SELECT count(*) FROM crm_links") == 0


async def test_amocrm_deletes_nothing_so_it_is_blanked_and_that_is_said(
    amo: tuple[Teller, FakeAmo], pool: Pool
) -> None:
    teller, account = amo
    await live_a_life(teller)
    (answer,) = await teller.erased(pool, [CALL], "amocrm")
    assert isinstance(answer, Delivered)
    ((_, note),) = account.calls()
    assert (note["params"]["phone"], note["params"]["link"], note["params"]["uniq"]) == ("erased", "", CALL)
    assert "secret" not in str(account.notes)
    (task,) = account.tasks.values()
    assert (task["text"], task["is_completed"]) == ("erased", True)
    assert {role: state for role, (state, _) in (await fates(pool)).items()} == {
        "call": "blanked",
        "notes": "blanked",
        "task": "blanked",
        "record": "kept",
    }
    assert "deletes no notes" in await pool.fetchval("SELECT why FROM crm_erasures WHERE role = 'call'")
    assert account.contacts, "the person's card is a human's to delete"


async def test_bitrix24s_activities_and_comments_go_the_recording_is_silence_and_the_statistics_stay(
    bitrix: tuple[Teller, FakePortal], pool: Pool
) -> None:
    teller, portal = bitrix
    await live_a_life(teller)
    (answer,) = await teller.erased(pool, [CALL], "bitrix24")
    assert isinstance(answer, Delivered)
    assert sorted(portal.deleted) == [1, 555]
    assert portal.comments == {}
    sound = base64.b64decode(portal.calls[f"externalCall.{CALL}"]["record"])
    assert (sound[:4], len(sound), set(sound[44:])) == (b"RIFF", 844, {0x80})
    assert int.from_bytes(sound[4:8], "little") == len(sound) - 8
    assert {role: state for role, (state, _) in (await fates(pool)).items()} == {
        "call": "kept",
        "record": "kept",
        "finished": "deleted",
        "notes": "deleted",
        "recording": "blanked",
        "task": "deleted",
    }
    assert "no method" in await pool.fetchval("SELECT why FROM crm_erasures WHERE role = 'call'")


async def test_what_somebody_deleted_there_already_is_gone(hubspot: tuple[Teller, FakeHubSpot], pool: Pool) -> None:
    teller, account = hubspot
    await live_a_life(teller)
    account.objects["tasks"].clear()
    (answer,) = await teller.erased(pool, [CALL], "hubspot")
    assert isinstance(answer, Delivered)
    assert (await fates(pool))["task"][0] == "gone"


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (Failure(429, {"policyName": "TEN_SECONDLY_ROLLING"}), Snooze),
        (Failure(403, {"message": "scopes", "category": "MISSING_SCOPES"}), Snooze),
        (Failure(502, "<html>"), Retry),
    ],
)
async def test_what_is_done_stays_done_and_the_rest_is_tried_again(
    hubspot: tuple[Teller, FakeHubSpot], pool: Pool, failure: Failure, expected: type
) -> None:
    teller, account = hubspot
    await live_a_life(teller)
    account.line.failures = [failure]
    (answer,) = await teller.erased(pool, [CALL], "hubspot")
    assert isinstance(answer, expected)
    assert {state for state, _ in (await fates(pool)).values()} == {"pending", "kept"}
    (answer,) = await teller.deleted(pool, "hubspot")
    assert isinstance(answer, Delivered)
    assert {state for state, _ in (await fates(pool)).values()} == {"deleted", "kept"}


async def test_a_lost_answer_to_a_deletion_is_harmless(bitrix: tuple[Teller, FakePortal], pool: Pool) -> None:
    teller, portal = bitrix
    await live_a_life(teller)
    portal.drop_after = "crm.activity.delete"
    (answer,) = await teller.erased(pool, [CALL], "bitrix24")
    assert isinstance(answer, Retry)
    assert isinstance((await teller.deleted(pool, "bitrix24"))[0], Delivered)
    assert sorted(portal.deleted) == [1, 555]
    assert (await fates(pool))["task"][0] == "gone"


async def test_what_the_crm_refuses_is_told_in_its_words_and_the_others_go(
    amo: tuple[Teller, FakeAmo], pool: Pool
) -> None:
    teller, account = amo
    await live_a_life(teller)
    account.immutable_notes = True
    (answer,) = await teller.erased(pool, [CALL], "amocrm")
    assert isinstance(answer, Discard)
    assert "cannot be changed" in answer.reason
    assert {role: state for role, (state, _) in (await fates(pool)).items()} == {
        "call": "refused",
        "notes": "blanked",
        "task": "blanked",
        "record": "kept",
    }
    account.immutable_notes = False
    assert isinstance((await teller.deleted(pool, "amocrm"))[0], Delivered), "a replay tries what was refused again"
    assert (await fates(pool))["call"][0] == "blanked"


async def test_what_was_made_though_its_answer_was_lost_is_looked_for(
    hubspot: tuple[Teller, FakeHubSpot], pool: Pool
) -> None:
    teller, account = hubspot
    account.contact(CUSTOMER)
    account.line.drop_after = "POST crm/objects/2026-03/calls"
    assert isinstance(await teller.ended(call(1, answered=False)), Retry)
    assert len(account.objects["calls"]) == 1
    (answer,) = await teller.erased(pool, [CALL], "hubspot")
    assert isinstance(answer, Delivered)
    assert account.objects["calls"] == {}
    assert (await fates(pool))["call"] == ("deleted", "")


async def test_what_was_on_its_way_while_the_number_was_erased_is_found_a_minute_later(
    hubspot: tuple[Teller, FakeHubSpot], pool: Pool
) -> None:
    teller, account = hubspot
    account.contact(CUSTOMER)
    await pool.execute("INSERT INTO outbox_targets (target) VALUES ('hubspot')")
    await pool.execute(
        "INSERT INTO outbox_messages (target, key, kind, body, state, lease_until) "
        "VALUES ('hubspot', $1, 'call.missed', '{}', 'sending', $2)",
        CALL,
        NOW,
    )
    (_,) = await teller.erased(pool, [CALL], "hubspot")
    waits = await pool.fetchval("SELECT due_at FROM outbox_messages WHERE kind = 'call.erased'")
    assert (waits - NOW).total_seconds() == 60
    await teller.ended(call(1, answered=False))  # it arrives after the erasure
    (answer,) = await teller.deleted(pool, "hubspot")
    assert isinstance(answer, Delivered)
    assert (account.objects["calls"], account.objects["tasks"]) == ({}, {})
    assert {role: state for role, (state, _) in (await fates(pool)).items()} == {
        "call": "deleted",
        "task": "deleted",
        "record": "kept",
    }
    assert not await pool.fetchval("SELECT count(*) FROM crm_links WHERE key = $1 OR role LIKE 'task %'", CALL)


async def test_a_crm_that_is_not_connected_any_more_is_not_asked(
    hubspot: tuple[Teller, FakeHubSpot], pool: Pool
) -> None:
    teller, account = hubspot
    await live_a_life(teller)
    assert await teller.erased(pool, [CALL], "amocrm") == []
    assert {state for state, _ in (await fates(pool)).values()} == {"kept"}
    assert len(account.objects["calls"]) == 1
    rows: list[Any] = await pool.fetch("SELECT DISTINCT why FROM crm_erasures")
    assert all("not connected" in row["why"] for row in rows)


async def test_an_incoming_lead_of_amocrm_is_a_humans(pool: Pool) -> None:
    account = FakeAmo()
    async with serving(account.routes()) as url, aiohttp.ClientSession() as http:
        client = AmoClient(http, url, FixedToken("good", "make one"), Unpaced())
        links = Links(pool, "amocrm", lambda: NOW)
        teller = Teller(CrmSync(AmoGateway(client, policy(), unsorted=True), links, policy()))
        await teller.ended(call(1, answered=False))
        await teller.noted(CALL, "no place for this yet")
        (answer,) = await teller.erased(pool, [CALL], "amocrm")
    assert isinstance(answer, Delivered)
    told = await fates(pool)
    assert {role: state for role, (state, _) in told.items()} == {
        "call": "kept",
        "notes": "gone",
        "record": "kept",
        "task": "gone",
    }
