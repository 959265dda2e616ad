"""EspoCRM's gateway: the contract, and a company's day through the same dispatch as every other CRM's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import aiohttp
import pytest
import pytest_asyncio

from crm_bridge.crm.conformance import CHECKS, ContractBroken, Trial, checks
from crm_bridge.crm.conformance.checks import Check
from crm_bridge.crm.errors import CrmBroken, CrmDenied, CrmMissing, CrmRefused, CrmThrottled
from crm_bridge.crm.espocrm import PLUGIN, mapping
from crm_bridge.crm.espocrm.gateway import EspoGateway
from crm_bridge.crm.links import Links
from crm_bridge.crm.plugin.context import GatewayContext
from crm_bridge.crm.policy.follow_ups import FollowUp
from crm_bridge.crm.policy.types import Contact, CopyState, CrmFinding, Fate, KeptCall, Trace
from crm_bridge.crm.policy.users import Users
from crm_bridge.crm.sync.dispatch import CrmSync
from crm_bridge.outbox.lifecycle import Delivered, Discard, Retry, Snooze
from crm_bridge.outbox.pace import Pace, Unpaced
from crm_bridge.schemas import CallShape
from telephony.model import Answerer, ChannelName
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.fake_espocrm import FakeEspo
from tests.integration.crm_bridge.crm.serving import serving
from tests.integration.crm_bridge.crm.stories import CUSTOMER, NOW, Teller, call_waits, policy
from tests.integration.crm_bridge.test_api_calls import call

CALL = "pbx:1763.1"


def unpaced(per_second: float, *, part: str = "", burst: int = 1) -> Pace:
    del per_second, part, burst
    return Unpaced()


@asynccontextmanager
async def opened() -> AsyncIterator[Trial]:
    """Also for ``python -m crm_bridge.crm.conformance tests.integration.crm_bridge.crm.test_espocrm:opened``."""
    fake = FakeEspo()
    async with serving(fake.routes()) as url, aiohttp.ClientSession() as http:
        staff = Users({"101": "6", "102": "7"})
        given = GatewayContext("espocrm", http, lambda: NOW, "UA", ZoneInfo("UTC"), staff, "1", unpaced)
        told = PLUGIN.settings.model_validate({"url": url, "key": "good", "default_user": "1"})
        yield Trial(PLUGIN.make(told, given), fake)


@pytest_asyncio.fixture
async def side() -> AsyncIterator[Trial]:
    async with opened() as side:
        yield side


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_the_contract(check: Check, side: Trial) -> None:
    await check(side)


class Broken(EspoGateway):
    """A gateway that breaks one promise after the other; ``how`` says which."""

    how = ""

    async def find(self, number: str) -> Contact | None:
        if self.how == "takes whoever ends alike":
            rows = await self._espo.find("Contact", mapping.numbered("Contact", number), mapping.PERSON)
            return mapping.contact("Contact", rows[0]) if rows else None
        return await super().find(number)

    async def seek_call(self, call: CallShape, about: str) -> str:
        return "" if self.how == "does not look for a call" else await super().seek_call(call, about)

    async def put_recording(self, call_id: str, about: str, crm_call: str, url: str, kind: str) -> None:
        await super().put_recording(call_id, about, crm_call, url, kind)
        if self.how == "puts a recording again":
            await self._describe(crm_call, lambda text: f"{text} {url}")

    async def close_task(self, about: str, task: str, words: str) -> None:
        if self.how == "minds a task that is gone":
            await self._espo.read(*mapping.split(task))
        if self.how != "leaves the task open":
            await super().close_task(about, task, words)

    async def put_task(self, about: str, duty: FollowUp) -> str:
        try:
            return await super().put_task(about, duty)
        except CrmRefused as error:
            if self.how == "takes a refusal for a card that is gone":
                raise CrmMissing(str(error)) from error
            raise
        except CrmThrottled as error:
            if self.how == "takes a limit for a failure":
                raise CrmBroken(str(error)) from error
            raise

    async def erase(self, trace: Trace) -> Fate:
        return Fate(CopyState.DELETED) if self.how == "does not erase" else await super().erase(trace)

    async def kept_calls(self, since: datetime, until: datetime) -> list[KeptCall]:
        return [] if self.how == "hides calls from the audit" else await super().kept_calls(since, until)

    async def examine(self) -> list[CrmFinding]:
        return [CrmFinding("all", "well")] if self.how == "finds all well" else await super().examine()


@pytest.mark.parametrize(
    ("how", "check"),
    [
        ("takes whoever ends alike", checks.a_number_that_ends_alike_is_somebody_else),
        ("does not look for a call", checks.a_call_whose_answer_was_lost_is_found),
        ("puts a recording again", checks.a_recording_is_put_once),
        ("minds a task that is gone", checks.a_task_that_is_gone_is_well),
        ("leaves the task open", checks.a_task_is_made_found_amended_and_closed),
        ("takes a refusal for a card that is gone", checks.a_refusal_is_no_card_that_is_gone),
        ("takes a refusal for a card that is gone", checks.who_was_dismissed_is_refused_and_no_lock_out),
        ("takes a limit for a failure", checks.each_trouble_is_what_it_means),
        ("does not erase", checks.what_was_made_is_erased_and_again_is_well),
        ("does not erase", checks.what_was_never_made_is_missing),
        ("hides calls from the audit", checks.the_audit_finds_what_was_written),
        ("finds all well", checks.trying_it_raises_nothing),
    ],
)
async def test_the_checks_notice_a_broken_promise(side: Trial, how: str, check: Check) -> None:
    assert isinstance(side.gateway, EspoGateway)
    broken = Broken(side.gateway._espo, side.gateway._given)  # noqa: SLF001 - its own parts, for another of its kind
    broken.how = how
    with pytest.raises((ContractBroken, CrmMissing)):
        await check(Trial(broken, side.other))


def fake(side: Trial) -> FakeEspo:
    assert isinstance(side.other, FakeEspo)
    return side.other


def teller(side: Trial, pool: Pool) -> Teller:
    return Teller(CrmSync(side.gateway, Links(pool, "espocrm", lambda: NOW), policy()))


async def test_a_new_callers_missed_call_is_a_lead_a_call_and_a_task_and_ends_when_they_are_reached(
    side: Trial, pool: Pool
) -> None:
    espo, crm = fake(side).records, teller(side, pool)
    assert isinstance(await crm.ended(call(1, answered=False)), Delivered)
    (lead,), (told,), (task,) = (list(espo[name].values()) for name in ("Lead", "Call", "Task"))
    assert (lead["phoneNumber"], lead["status"], lead["source"]) == (CUSTOMER, "New", "Call")
    assert (told["status"], told["direction"], told["parentId"]) == ("Not Held", "Inbound", lead["id"])
    assert (task["parentType"], task["parentId"], task["status"]) == ("Lead", lead["id"], "Not Started")
    await call_waits(pool, "espocrm", CALL, state="delivered")
    assert isinstance(await crm.called_back(CALL, "done", "reached"), Delivered)
    assert task["status"] == "Completed"
    assert "Reached" in task["description"]
    assert isinstance(await crm.ended(call(2)), Delivered)
    assert len(espo["Lead"]) == 1


async def test_the_recording_and_the_notes_stand_in_the_call(side: Trial, pool: Pool) -> None:
    crm = teller(side, pool)
    await side.other.add_person(CUSTOMER, "6")
    await crm.ended(call(1))
    await call_waits(pool, "espocrm", CALL, state="delivered")
    for _ in range(2):
        assert isinstance(await crm.recorded(CALL), Delivered)
        assert isinstance(await crm.noted(CALL, "wants a lift", result="sold"), Delivered)
    assert isinstance(await crm.recorded(CALL), Delivered)
    (told,) = fake(side).records["Call"].values()
    assert told["description"].splitlines()[-4:] == [
        "",
        "Notes in Ringback:",
        "Result: sold (Olena, 2026-11-21 14:00)",
        "Olena, 2026-11-21 14:00: wants a lift",
    ]
    assert told["description"].count("Recording: https://calls.example/6") == 1


async def test_a_second_number_is_found_though_lists_give_the_first_only(side: Trial) -> None:
    espo = fake(side)
    numbers = [{"phoneNumber": number, "primary": not n} for n, number in enumerate(("+380501112233", "067 123-45-67"))]
    espo.create("Account", {"name": "Acme", "phoneNumberData": numbers, "assignedUserId": "7"}, checks=False)
    for lists in (True, False):
        espo.lists_numbers = lists
        found = await side.gateway.find(CUSTOMER)
        assert found is not None
        assert (found.crm_id.partition(":")[0], found.name, found.owner_extension) == ("Account", "Acme", "102")


async def test_a_card_that_was_deleted_gives_way_to_a_new_one(side: Trial, pool: Pool) -> None:
    crm = teller(side, pool)
    await crm.ended(call(1))
    (lead,) = fake(side).records["Lead"]
    await side.other.remove(f"Lead:{lead}")
    assert isinstance(await crm.ended(call(2)), Delivered)
    assert len(fake(side).records["Lead"]) == 1


async def test_who_left_is_passed_over_and_a_lost_answer_makes_nothing_twice(side: Trial, pool: Pool) -> None:
    crm, espo = teller(side, pool), fake(side)
    espo.people.discard("6")
    espo.loses = True
    answered = replace(call(1), answered_by=Answerer("101", "", ChannelName("PJSIP/101-1")))
    assert isinstance(await crm.ended(answered), Retry)
    assert isinstance(await crm.ended(answered), Delivered)
    (told,), (lead,) = espo.records["Call"].values(), espo.records["Lead"].values()
    assert (told["assignedUserId"], lead["assignedUserId"]) == ("1", "1")


async def test_a_role_without_access_is_a_lock_out_and_one_record_a_dead_letter(side: Trial, pool: Pool) -> None:
    crm, espo = teller(side, pool), fake(side)
    await side.other.add_person(CUSTOMER, "6")
    espo.scopes.discard("Call")
    assert isinstance(await crm.ended(call(1)), Snooze)
    findings = await side.gateway.examine()
    assert findings[-1].cure == "give the API user's role access to Call"
    with pytest.raises(CrmDenied, match="role"):
        await side.gateway.kept_calls(NOW, NOW)
    espo.scopes.add("Call")
    assert isinstance(await crm.ended(call(1)), Delivered)
    espo.locked |= set(espo.records["Call"])
    await call_waits(pool, "espocrm", CALL, state="delivered")
    answer = await crm.recorded(CALL)
    assert isinstance(answer, Discard)
    assert "No edit access" in answer.reason


async def test_a_name_alike_is_no_duplicate(side: Trial, pool: Pool) -> None:
    espo = fake(side)
    espo.create("Lead", {"lastName": CUSTOMER, "status": "Dead"}, checks=False)
    assert isinstance(await teller(side, pool).ended(call(1)), Delivered)
    assert len(espo.records["Lead"]) == 2
