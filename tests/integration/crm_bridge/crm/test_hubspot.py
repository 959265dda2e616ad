"""HubSpot, against an account that behaves as its documents say: one call, contact and task, whatever goes wrong."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import aiohttp
import pytest
import pytest_asyncio

from crm_bridge.crm.errors import CrmRefused
from crm_bridge.crm.hubspot.client import HubSpotClient
from crm_bridge.crm.hubspot.gateway import HubSpotGateway
from crm_bridge.crm.links import Links
from crm_bridge.crm.policy.rules import LeadRule
from crm_bridge.crm.policy.types import Contact
from crm_bridge.crm.sync.dispatch import CrmSync
from crm_bridge.crm.transport.oauth import FixedToken, OAuthApplication, Renewal
from crm_bridge.crm.transport.tokens import TokenStore
from crm_bridge.outbox.lifecycle import Answer, Delivered, Discard, Retry, Snooze
from crm_bridge.outbox.pace import Unpaced
from telephony.model import Answerer, ChannelName, Direction, Disposition, Party
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.fake_hubspot import FakeHubSpot
from tests.integration.crm_bridge.crm.quiet import quiet
from tests.integration.crm_bridge.crm.serving import Failure, serving
from tests.integration.crm_bridge.crm.stories import CUSTOMER, DUE, NOW, Teller, policy
from tests.integration.crm_bridge.test_api_calls import call

CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
BUSY = "9d9162e7-6cf3-4944-bf63-4dff82258764"


def sync_of(client: HubSpotClient, pool: Pool, *rules: LeadRule, app_id: str = "") -> CrmSync:
    told = policy(*rules)
    return CrmSync(HubSpotGateway(client, told, app_id), Links(pool, "hubspot", lambda: NOW), told)


@dataclass(slots=True)
class HubSpot(Teller):
    """The adapter and the account it speaks to."""

    account: FakeHubSpot
    url: str
    http: aiohttp.ClientSession
    pool: Pool

    def with_rules(self, *rules: LeadRule) -> "HubSpot":
        client = HubSpotClient(self.http, FixedToken("good", "make one"), Unpaced(), Unpaced(), url=self.url)
        return replace(self, adapter=sync_of(client, self.pool, *rules))


@pytest_asyncio.fixture
async def hubspot(pool: Pool) -> AsyncIterator[HubSpot]:
    account = FakeHubSpot()
    async with serving(account.routes()) as url, aiohttp.ClientSession() as http:
        client = HubSpotClient(http, FixedToken("good", "make one"), Unpaced(), Unpaced(), url=url)
        adapter = sync_of(client, pool)
        yield HubSpot(adapter, account, url, http, pool)


@pytest.mark.parametrize("written", ["067 123-45-67", "+380671234567", "380671234567", "+38 (067) 123 45 67"])
@pytest.mark.parametrize("field_name", ["phone", "mobilephone"])
async def test_a_contact_is_found_however_the_number_was_written(
    hubspot: HubSpot, written: str, field_name: str
) -> None:
    made = hubspot.account.contact(written, field_name=field_name)
    assert await hubspot.adapter.gateway.find(CUSTOMER) == Contact(f"contact:{made}", "Олена Коваль", "7", "102")


async def test_a_number_that_only_ends_alike_is_somebody_else(hubspot: HubSpot) -> None:
    hubspot.account.contact("+48671234567")
    assert await hubspot.adapter.gateway.find(CUSTOMER) is None


async def test_an_answered_call_stands_on_its_contact(hubspot: HubSpot) -> None:
    person = hubspot.account.contact(CUSTOMER, owner="6")
    answered = call(1, name="<script>alert(1)</script>")
    assert isinstance(await hubspot.ended(answered), Delivered)

    (row,) = hubspot.account.objects["calls"].values()
    told = row["properties"]
    assert row["associations"][0]["to"]["id"] == person
    assert row["associations"][0]["types"][0]["associationTypeId"] == 194
    assert (told["hs_call_status"], told["hs_call_disposition"]) == ("COMPLETED", CONNECTED)
    assert (told["hs_call_duration"], told["hs_call_direction"]) == ("25000", "INBOUND")
    assert (told["hs_call_from_number"], told["hs_call_to_number"]) == (CUSTOMER, "0442000600")
    assert told["hs_timestamp"] == str(int(answered.started_at.timestamp() * 1000))
    assert (told["hubspot_owner_id"], told["hs_call_external_id"]) == ("6", "pbx:1763.1")
    assert hubspot.account.objects["tasks"] == {}


async def test_names_reach_no_html(hubspot: HubSpot) -> None:
    hubspot.account.contact(CUSTOMER, owner="6")
    hostile = replace(call(1), answered_by=Answerer("101", "<img src=x>", ChannelName("PJSIP/101-1")))
    await hubspot.ended(hostile)
    assert "<img" not in hubspot.account.made("calls")[0]["hs_call_body"]


async def test_an_outbound_call_is_the_users_who_made_it_and_never_makes_a_contact(hubspot: HubSpot) -> None:
    busy = replace(call(1), direction=Direction.OUTBOUND, dialed=CUSTOMER, disposition=Disposition.BUSY)
    outbound = replace(busy, answered_by=None, caller=Party("102", ""))
    assert isinstance(await hubspot.ended(outbound), Delivered)
    assert hubspot.account.objects["contacts"] == {}

    hubspot.account.contact(CUSTOMER)
    await hubspot.ended(replace(outbound, call_id=call(2).call_id))
    (told,) = hubspot.account.made("calls")
    assert (told["hs_call_direction"], told["hs_call_disposition"], told["hubspot_owner_id"]) == ("OUTBOUND", BUSY, "7")


async def test_a_missed_call_is_a_task_of_the_owner_due_in_five_minutes(hubspot: HubSpot) -> None:
    person = hubspot.account.contact(CUSTOMER)
    missed = call(1, answered=False)
    await hubspot.ended(missed)
    (row,) = hubspot.account.objects["tasks"].values()
    told = row["properties"]
    assert missed.ended_at is not None
    assert told["hs_timestamp"] == str(int((missed.ended_at + DUE).timestamp() * 1000))
    assert (told["hubspot_owner_id"], told["hs_task_type"], told["hs_task_status"]) == ("7", "CALL", "NOT_STARTED")
    assert row["associations"] == [
        {"to": {"id": person}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 204}]}
    ]


async def test_a_task_that_nobody_owns_is_the_default_owners(hubspot: HubSpot) -> None:
    hubspot.account.contact(CUSTOMER, owner="")
    await hubspot.ended(call(1, answered=False))
    assert [told["hubspot_owner_id"] for told in hubspot.account.made("tasks")] == ["1"]


async def test_the_owner_gets_a_review_when_somebody_else_answered(hubspot: HubSpot) -> None:
    hubspot.account.contact(CUSTOMER)
    await hubspot.ended(call(1))
    assert [(told["hubspot_owner_id"], told["hs_task_type"]) for told in hubspot.account.made("tasks")] == [
        ("7", "TODO")
    ]


async def test_new_callers_become_contacts_whose_owners_take_turns_by_rule(hubspot: HubSpot) -> None:
    hubspot = hubspot.with_rules(LeadRule("sales", owners=("6", "7"), pipeline="opportunity"))
    for number in (1, 2, 3):
        await hubspot.ended(call(number, answered=False, customer=f"067123450{number}"))
    people = hubspot.account.made("contacts")
    assert [person["hubspot_owner_id"] for person in people] == ["6", "7", "6"]
    assert {person["lifecyclestage"] for person in people} == {"opportunity"}
    assert people[0]["phone"] == "+380671234501"


async def test_a_search_that_lags_behind_makes_nobody_twice(hubspot: HubSpot) -> None:
    hubspot.account.lagging = True
    for number in (1, 2):
        assert isinstance(await hubspot.ended(call(number, answered=False)), Delivered)
    assert [len(made) for made in hubspot.account.objects.values()] == [1, 0, 2, 2]


@pytest.mark.parametrize(
    "lost", ["POST crm/objects/2026-03/contacts", "POST crm/objects/2026-03/calls", "POST crm/objects/2026-03/tasks"]
)
async def test_a_lost_answer_makes_nothing_twice(hubspot: HubSpot, lost: str) -> None:
    hubspot.account.line.drop_after = lost
    missed = call(1, answered=False)
    assert isinstance(await hubspot.ended(missed), Retry)
    assert isinstance(await hubspot.ended(missed), Delivered)
    assert isinstance(await hubspot.ended(missed), Delivered)
    assert [len(made) for made in hubspot.account.objects.values()] == [1, 0, 1, 1]


@pytest.mark.parametrize(
    ("failure", "expected", "words"),
    [
        (Failure(429, {"message": "ten_secondly", "policyName": "TEN_SECONDLY_ROLLING"}), Snooze, "ten_secondly"),
        (Failure(401, {"message": "expired", "category": "EXPIRED_AUTHENTICATION"}), Snooze, "make one"),
        (
            Failure(403, {"message": "scopes", "errors": [{"message": "crm.objects.contacts.read"}]}),
            Snooze,
            "contacts.read",
        ),
        (Failure(423, {"message": "locked"}), Retry, "locked"),
        (Failure(502, "<html>bad gateway</html>"), Retry, "502"),
        (Failure(200, "<html>"), Retry, "without JSON"),
        (Failure(200, {"total": 1}), Retry, "without results"),
        (Failure(400, {"message": "Property values were not valid"}), Discard, "not valid"),
    ],
)
async def test_each_failure_is_what_it_means(
    hubspot: HubSpot, failure: Failure, expected: type[Answer], words: str
) -> None:
    hubspot.account.line.failures = [failure]
    answer = await hubspot.ended(call(1, answered=False))
    assert isinstance(answer, expected)
    assert words in getattr(answer, "reason", "")


@pytest.mark.parametrize(
    ("category", "expected"), [("", Discard), ("MISSING_SCOPES", Snooze)], ids=["of the one object", "of the key"]
)
async def test_one_object_that_we_may_not_see_is_no_lock_out(
    hubspot: HubSpot, category: str, expected: type[Answer]
) -> None:
    hubspot.account.contact(CUSTOMER)
    await hubspot.ended(call(1, answered=False))
    hubspot.account.line.failures = [Failure(403, {"message": "no permission", "category": category})]
    assert isinstance(await hubspot.called_back("pbx:1763.1", "done", "reached"), expected)


@pytest.mark.parametrize(
    ("headers", "policy_name", "seconds"),
    [({}, "TEN_SECONDLY_ROLLING", 10), ({"Retry-After": "3"}, "SECONDLY", 3), ({}, "DAILY", 3600)],
)
async def test_a_limit_is_waited_for_as_long_as_it_lasts(
    hubspot: HubSpot, headers: dict[str, str], policy_name: str, seconds: int
) -> None:
    hubspot.account.line.failures = [Failure(429, {"policyName": policy_name}, headers)]
    answer = await hubspot.ended(call(1))
    assert isinstance(answer, Snooze)
    assert answer.after == timedelta(seconds=seconds)


async def test_the_recording_is_on_the_call(hubspot: HubSpot) -> None:
    hubspot.account.contact(CUSTOMER)
    await hubspot.ended(call(1))
    assert isinstance(await hubspot.recorded("pbx:1763.1"), Delivered)
    assert hubspot.account.made("calls")[0]["hs_call_recording_url"] == "https://calls.example/6"


async def test_with_an_application_hubspot_is_told_to_ask_for_the_recording(hubspot: HubSpot) -> None:
    client = HubSpotClient(hubspot.http, FixedToken("good", "make one"), Unpaced(), Unpaced(), url=hubspot.url)
    adapter = sync_of(client, hubspot.pool, app_id="4711")
    hubspot = replace(hubspot, adapter=adapter)
    hubspot.account.contact(CUSTOMER)
    await hubspot.ended(call(1))
    hubspot.account.line.failures = [Failure(429, {"policyName": "SECONDLY"})]
    assert isinstance(await hubspot.recorded("pbx:1763.1"), Snooze)
    for _ in range(2):
        assert isinstance(await hubspot.recorded("pbx:1763.1"), Delivered)
    (row,) = hubspot.account.objects["calls"].values()
    told = row["properties"]
    assert (told["hs_call_app_id"], told["hs_call_external_account_id"]) == ("4711", "ringback")
    assert (told["hs_call_external_id"], told["hs_call_source"]) == ("pbx:1763.1", "INTEGRATIONS_PLATFORM")
    assert "hs_call_recording_url" not in told, "no link that opens it for ever stands there"
    assert hubspot.account.ready == [int(row["id"])] * 2


async def test_a_customer_who_was_reached_leaves_nothing_to_do(hubspot: HubSpot) -> None:
    hubspot.account.contact(CUSTOMER)
    await hubspot.ended(call(1, answered=False))
    hubspot.account.line.drop_after = "PATCH crm/objects/2026-03/tasks/503"
    assert isinstance(await hubspot.called_back("pbx:1763.1", "cancelled", "got_through"), Retry)
    assert isinstance(await hubspot.called_back("pbx:1763.1", "cancelled", "got_through"), Delivered)
    (task,) = hubspot.account.made("tasks")
    assert task["hs_task_status"] == "COMPLETED"
    assert task["hs_task_body"].count("The customer got through") == 1


async def test_a_customer_who_was_not_reached_is_still_to_be_called_and_the_task_says_so(hubspot: HubSpot) -> None:
    hubspot.account.contact(CUSTOMER)
    await hubspot.ended(call(1, answered=False))
    assert isinstance(await hubspot.called_back("pbx:1763.1", "discarded", "attempts_spent"), Delivered)
    (task,) = hubspot.account.made("tasks")
    assert task["hs_task_status"] == "NOT_STARTED"
    assert "Not reached" in task["hs_task_body"]


async def test_a_task_that_somebody_deleted_is_nobodys_to_close(hubspot: HubSpot) -> None:
    hubspot.account.contact(CUSTOMER)
    await hubspot.ended(call(1, answered=False))
    hubspot.account.objects["tasks"].clear()
    assert isinstance(await hubspot.called_back("pbx:1763.1", "done", "reached"), Delivered)


async def test_tokens_renew_themselves(hubspot: HubSpot, pool: Pool) -> None:
    renewal = Renewal(
        hubspot.http, f"{hubspot.url}/oauth/2026-03/token", OAuthApplication("client", "client-secret"), lambda: NOW
    )
    tokens = TokenStore(pool, "hubspot", lambda: NOW, renewal)
    await tokens.begin("refresh-1")
    client = HubSpotClient(hubspot.http, tokens.access, Unpaced(), Unpaced(), url=hubspot.url)
    adapter = sync_of(client, pool)
    assert await adapter.gateway.find(CUSTOMER) is None
    hubspot.account.line.access = "expired under us"
    assert await adapter.gateway.find(CUSTOMER) is None
    assert hubspot.account.line.renewed == 2


async def test_examine_tells_what_lacks_and_the_cure(hubspot: HubSpot) -> None:
    del hubspot.account.owners["7"]
    findings = await hubspot.adapter.gateway.examine()
    assert [finding.what for finding in findings if not finding.cure] == [
        "token and contacts",
        "calls",
        "tasks",
        "owners",
        "owner of 101",
    ]
    assert "owner ids" in findings[-1].cure

    hubspot.account.line.failures = [Failure(403, {"message": "scopes"})]
    (finding,) = await hubspot.adapter.gateway.examine()
    assert "crm.objects.contacts.read" in finding.cure


async def test_the_audit_finds_our_calls_on_every_page(hubspot: HubSpot) -> None:
    hubspot.account.contact(CUSTOMER)
    hubspot.account.page = 1
    for number in (1, 2, 3):
        await hubspot.ended(call(number))
    kept = await hubspot.adapter.gateway.kept_calls(NOW, NOW + timedelta(seconds=2))
    assert [each.call_id for each in kept] == ["pbx:1763.1", "pbx:1763.2"]


async def test_a_number_of_a_company_is_the_companys_call_and_task(hubspot: HubSpot) -> None:
    company = hubspot.account.company("+38 (067) 123-45-67")
    assert await hubspot.adapter.gateway.find(CUSTOMER) == Contact(f"company:{company}", "ТОВ", "7", "102")
    assert isinstance(await hubspot.ended(call(1, answered=False)), Delivered)
    assert hubspot.account.objects["contacts"] == {}
    for kind, number in (("calls", 182), ("tasks", 192)):
        (row,) = hubspot.account.objects[kind].values()
        assert [(each["to"]["id"], each["types"][0]["associationTypeId"]) for each in row["associations"]] == [
            (company, number)
        ]


async def test_who_gave_no_right_to_companies_is_told_as_before(hubspot: HubSpot) -> None:
    hubspot.account.scopes.discard("companies")
    assert isinstance(await hubspot.ended(call(1, answered=False)), Delivered)
    assert len(hubspot.account.objects["contacts"]) == 1


@pytest.mark.parametrize("comment", ['"' * 14_000, "&" * 14_000, "<>" * 7_000, "plain\n" * 2_000])
async def test_a_long_comment_fits_whatever_stands_in_it(hubspot: HubSpot, comment: str) -> None:
    hubspot.account.contact(CUSTOMER)
    await hubspot.ended(call(1))
    assert isinstance(await hubspot.noted("pbx:1763.1", comment, "the last word"), Delivered)
    body = hubspot.account.made("calls")[0]["hs_call_body"]
    assert len(body) <= 65_536
    assert body.endswith("the last word")


async def test_an_audit_of_more_than_a_search_gives_asks_in_parts(hubspot: HubSpot) -> None:
    hubspot.account.contact(CUSTOMER)
    for number in range(1, 8):
        started = NOW + timedelta(hours=number)
        await hubspot.ended(replace(call(number), started_at=started))
    hubspot.account.most_found, hubspot.account.page = 4, 2
    paces = Unpaced(), Unpaced()
    client = HubSpotClient(hubspot.http, FixedToken("good", "make one"), *paces, url=hubspot.url, most_found=4)
    adapter = sync_of(client, hubspot.pool)
    kept = await adapter.gateway.kept_calls(NOW, NOW + timedelta(days=1))
    assert sorted(each.call_id for each in kept) == [f"pbx:1763.{number}" for number in range(1, 8)]


# --- a backlog --------------------------------------------------------------------------------------------------------


@pytest_asyncio.fixture
async def paced(hubspot: HubSpot) -> AsyncIterator[HubSpot]:
    async with quiet(hubspot.pool) as (pace, http):
        client = HubSpotClient(http, FixedToken("good", "make one"), pace, pace, url=hubspot.url)
        yield replace(hubspot, http=http, adapter=sync_of(client, hubspot.pool), urgent=False)


def numbers(count: int) -> list[str]:
    return [f"067123{number:04}" for number in range(count)]


async def all_at_once(hubspot: HubSpot, count: int) -> list[Answer]:
    missed = [call(place, answered=False, customer=number) for place, number in enumerate(numbers(count))]
    return await asyncio.gather(*(hubspot.ended(each) for each in missed))


async def test_a_backlog_shares_requests_and_searches(paced: HubSpot) -> None:
    for number in numbers(25):
        paced.account.contact(f"+38{number}" if number.endswith("7") else number)
    assert {type(answer) for answer in await all_at_once(paced, 30)} == {Delivered}
    counts = {kind: len(rows) for kind, rows in paced.account.objects.items()}
    assert counts == {"contacts": 30, "companies": 0, "calls": 30, "tasks": 30}
    assert len(paced.account.line.asked) < 60, "of some 100"
    for kind in ("calls", "tasks"):
        on = {row["associations"][0]["to"]["id"] for row in paced.account.objects[kind].values()}
        assert len(on) == 30, "each on its own contact"


async def test_a_backlogs_long_numbers_are_looked_for_in_searches_that_are_short_enough(paced: HubSpot) -> None:
    people = [f"+4915112345{number:04}" for number in range(36)]
    for number in people:
        paced.account.contact(number)
    found = await asyncio.gather(*map(paced.adapter.gateway.find, people))
    assert [each and each.crm_id for each in found] == [
        f"contact:{number}" for number in paced.account.objects["contacts"]
    ]
    assert len(paced.account.line.asked) <= 4, "of 36"


async def test_a_backlogs_strangers_are_looked_for_two_at_a_time(paced: HubSpot) -> None:
    people = numbers(6)
    beside = paced.account.contact(f"mama 0{people[0][1:]}")  # no spelling of the number alone
    found = await asyncio.gather(*(paced.adapter.gateway.find(f"+38{number}") for number in people))
    assert [each and each.crm_id for each in found] == [f"contact:{beside}", None, None, None, None, None]
    searches = [asked for asked in paced.account.line.asked if asked.endswith("contacts/search")]
    assert len(searches) == 1 + 3, "one for all, then two at a time"


async def test_one_refused_object_of_a_batch_is_made_for_somebody_else_and_stops_no_other(paced: HubSpot) -> None:
    for place, number in enumerate(numbers(6)):
        paced.account.contact(number, owner="99" if place == 3 else "7")
    paced.account.known_owners = {"6", "7"}  # not the default owner either
    assert {type(answer) for answer in await all_at_once(paced, 6)} == {Delivered}
    owners = [told.get("hubspot_owner_id") for told in paced.account.made("tasks")]
    assert sorted(owner or "" for owner in owners) == ["", "7", "7", "7", "7", "7"]


@pytest.mark.parametrize("lost", ["contacts", "calls", "tasks"])
async def test_a_batch_whose_answer_is_lost_makes_nothing_twice(paced: HubSpot, lost: str) -> None:
    for number in numbers(5) if lost != "contacts" else ():
        paced.account.contact(number)
    paced.account.line.drop_after = f"POST crm/objects/2026-03/{lost}/batch/create"
    assert {type(answer) for answer in await all_at_once(paced, 5)} == {Retry}, "all were in it"
    assert {type(answer) for answer in await all_at_once(paced, 5)} == {Delivered}
    counts = {kind: len(rows) for kind, rows in paced.account.objects.items()}
    assert counts == {"contacts": 5, "companies": 0, "calls": 5, "tasks": 5}


async def test_a_nights_callbacks_close_their_tasks_together(paced: HubSpot) -> None:
    for number in numbers(1):
        paced.account.contact(number)
    await paced.ended(call(1, answered=False))
    await paced.ended(call(2, answered=False))
    gone, _ = paced.account.objects["tasks"]
    del paced.account.objects["tasks"][gone]
    results = [paced.called_back(f"pbx:1763.{number}", "done", "reached") for number in (1, 2)]
    assert {type(answer) for answer in await asyncio.gather(*results)} == {Delivered}
    assert {told["hs_task_status"] for told in paced.account.made("tasks")} == {"COMPLETED"}


async def test_one_task_that_cannot_be_changed_stops_no_other_of_its_batch(paced: HubSpot) -> None:
    for number in numbers(4):
        paced.account.contact(number)
    await all_at_once(paced, 4)
    tasks = paced.account.made("tasks")
    tasks[2]["hs_task_body"] += "x" * (65_536 - len(tasks[2]["hs_task_body"]))  # somebody wrote a book there
    closing = (paced.adapter.gateway.close_task("", number, "Reached") for number in paced.account.objects["tasks"])
    told = await asyncio.gather(*closing, return_exceptions=True)
    assert [type(each) for each in told] == [type(None), type(None), CrmRefused, type(None)]
    assert [each["hs_task_status"] for each in tasks] == ["COMPLETED", "COMPLETED", "NOT_STARTED", "COMPLETED"]
