"""SuiteCRM's gateway: the contract, and its bad days through the same dispatch as every other CRM's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import aiohttp
import pytest
import pytest_asyncio

from crm_bridge.crm.conformance import CHECKS, Trial
from crm_bridge.crm.conformance.checks import Check
from crm_bridge.crm.links import Links
from crm_bridge.crm.plugin.context import GatewayContext
from crm_bridge.crm.policy.users import Users
from crm_bridge.crm.suitecrm import PLUGIN
from crm_bridge.crm.sync.dispatch import CrmSync
from crm_bridge.outbox.lifecycle import Delivered, Discard, Retry, Snooze
from crm_bridge.outbox.pace import Pace, Unpaced
from telephony.model import Answerer, ChannelName
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.fake_suitecrm import FakeSuite
from tests.integration.crm_bridge.crm.serving import serving
from tests.integration.crm_bridge.crm.stories import CUSTOMER, NOW, Teller, call_waits, policy
from tests.integration.crm_bridge.test_api_calls import call

CALL = "pbx:1763.1"
IVAN, OLENA = FakeSuite.users


class Hours:
    """A clock that goes when told."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def unpaced(per_second: float, *, part: str = "", burst: int = 1) -> Pace:
    del per_second, part, burst
    return Unpaced()


@asynccontextmanager
async def opened(clock: Hours | None = None) -> AsyncIterator[Trial]:
    """Also for ``python -m crm_bridge.crm.conformance tests.integration.crm_bridge.crm.test_suitecrm:opened``."""
    fake = FakeSuite()
    async with serving(fake.routes()) as url, aiohttp.ClientSession() as http:
        staff = Users({"101": IVAN, "102": OLENA})
        given = GatewayContext("suitecrm", http, clock or Hours(), "UA", ZoneInfo("UTC"), staff, "1", unpaced)
        told = {"url": url, "client_id": "ringback", "client_secret": "good", "default_user": "1"}
        yield Trial(PLUGIN.make(PLUGIN.settings.model_validate(told), given), fake)


@pytest.fixture
def clock() -> Hours:
    return Hours()


@pytest_asyncio.fixture
async def side(clock: Hours) -> AsyncIterator[Trial]:
    async with opened(clock) as side:
        yield side


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_the_contract(check: Check, side: Trial) -> None:
    await check(side)


def suite(side: Trial) -> FakeSuite:
    assert isinstance(side.other, FakeSuite)
    return side.other


def teller(side: Trial, pool: Pool) -> Teller:
    told = replace(policy(), staff=Users({"101": IVAN, "102": OLENA}))
    return Teller(CrmSync(side.gateway, Links(pool, "suitecrm", lambda: NOW), told))


async def test_a_new_callers_missed_call_is_a_lead_a_call_and_a_task_that_ends_when_they_are_reached(
    side: Trial, pool: Pool
) -> None:
    crm, other = teller(side, pool), suite(side)
    assert isinstance(await crm.ended(call(1, answered=False)), Delivered)
    (lead,), (told,), (task,) = (other.alive(name) for name in ("Leads", "Calls", "Tasks"))
    assert (lead["phone_mobile"], lead["status"]) == (CUSTOMER, "New")
    assert (told["status"], told["parent_type"], told["parent_id"]) == ("Not Held", "Leads", lead["id"])
    assert (task["priority"], task["date_due"]) == ("High", "2026-11-21 12:05:31")
    await call_waits(pool, "suitecrm", CALL, state="delivered")
    assert isinstance(await crm.called_back(CALL, "done", "reached"), Delivered)
    assert (task["status"], "Reached" in task["description"]) == ("Completed", True)
    assert isinstance(await crm.ended(call(2)), Delivered)
    assert len(other.alive("Leads")) == 1, "and is known now"


async def test_a_contacts_call_stands_in_its_own_list_too_with_the_recording_and_the_notes(
    side: Trial, pool: Pool
) -> None:
    crm, other = teller(side, pool), suite(side)
    await other.add_person("8 (067) 123-45-67, Viber", IVAN)
    await crm.ended(call(1))
    await call_waits(pool, "suitecrm", CALL, state="delivered")
    for _ in range(2):
        assert isinstance(await crm.recorded(CALL), Delivered)
        assert isinstance(await crm.noted(CALL, "wants a lift"), Delivered)
    (contact,), (told,) = other.alive("Contacts"), other.alive("Calls")
    assert told["contact_id"] == told["parent_id"] == contact["id"]
    assert told["description"].count("Recording: https://calls.example/6") == 1
    assert told["description"].endswith("Notes in Ringback:\nOlena, 2026-11-21 14:00: wants a lift")


async def test_a_deleted_card_a_dismissed_user_and_a_lost_answer_make_nothing_twice(side: Trial, pool: Pool) -> None:
    crm, other = teller(side, pool), suite(side)
    other.records["Users"][IVAN]["status"] = "Inactive"
    other.loses = True
    answered = replace(call(1), answered_by=Answerer("101", "", ChannelName("PJSIP/101-1")))
    assert isinstance(await crm.ended(answered), Retry)
    assert isinstance(await crm.ended(answered), Delivered)
    (told,), (lead,) = other.alive("Calls"), other.alive("Leads")
    assert (told["assigned_user_id"], lead["assigned_user_id"]) == ("1", "1")
    await other.remove(f"Leads:{lead['id']}")
    assert isinstance(await crm.ended(call(2)), Delivered)
    assert [row["id"] != lead["id"] for row in other.alive("Leads")] == [True]


async def test_what_somebody_deleted_is_made_anew_though_its_id_was_taken(side: Trial, pool: Pool) -> None:
    crm, other = teller(side, pool), suite(side)
    await other.add_person(CUSTOMER, OLENA)
    await crm.ended(call(1, answered=False))
    (task,) = other.alive("Tasks")
    await other.remove(f"Tasks:{task['id']}")
    await pool.execute("TRUNCATE crm_links")  # the database came from an older copy
    assert isinstance(await crm.ended(call(1, answered=False)), Delivered)
    assert [len(other.alive(name)) for name in ("Calls", "Tasks")] == [1, 1]


async def test_a_module_that_is_closed_is_a_lock_out_and_one_record_a_dead_letter(side: Trial, pool: Pool) -> None:
    crm, other = teller(side, pool), suite(side)
    await other.add_person(CUSTOMER, IVAN)
    other.closed.add("Calls")
    assert isinstance(await crm.ended(call(1)), Snooze)
    findings = await side.gateway.examine()
    assert [each.cure for each in findings if each.cure] == ["give the client's user a role with access to Calls"]
    other.closed.clear()
    assert isinstance(await crm.ended(call(1)), Delivered)
    other.locked |= set(other.records["Calls"])
    await call_waits(pool, "suitecrm", CALL, state="delivered")
    answer = await crm.recorded(CALL)
    assert isinstance(answer, Discard)
    assert "AccessDenied" in answer.reason


async def test_a_field_that_was_taken_away_is_a_dead_letter_of_its_part_alone(side: Trial, pool: Pool) -> None:
    crm, other = teller(side, pool), suite(side)
    await other.add_person(CUSTOMER, IVAN)
    other.renamed.add(("Tasks", "date_due"))
    answer = await crm.ended(call(1, answered=False))
    assert isinstance(answer, Discard)
    assert "task: " in answer.reason
    assert "Property date_due in Task module is invalid" in answer.reason
    assert len(other.alive("Calls")) == 1


async def test_a_module_that_is_not_there_is_a_lock_out(side: Trial, pool: Pool) -> None:
    crm, other = teller(side, pool), suite(side)
    await other.add_person(CUSTOMER, IVAN)
    other.gone.add("Tasks")
    assert isinstance(await crm.ended(call(1, answered=False)), Snooze)


async def test_a_token_lives_an_hour_and_one_that_is_revoked_is_asked_for_anew(side: Trial, clock: Hours) -> None:
    other = suite(side)
    for _ in range(3):
        await side.gateway.find(CUSTOMER)
    assert len(other.tokens) == 1
    clock.now += timedelta(hours=1)
    await side.gateway.find(CUSTOMER)
    assert len(other.tokens) == 2
    other.tokens = {"revoked", *(f"x{n}" for n in range(5))}
    await side.gateway.find(CUSTOMER)
    assert "token-7" in other.tokens
