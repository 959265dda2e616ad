"""HubSpot, against an account that behaves as its documents say: one call, contact and task, whatever goes wrong."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crm_bridge.crm.hubspot.client import HubSpotClient
from crm_bridge.crm.policy.rules import LeadRule
from crm_bridge.crm.policy.types import Contact
from crm_bridge.crm.transport.oauth import FixedToken, OAuthApplication, Renewal
from crm_bridge.crm.transport.tokens import TokenStore
from crm_bridge.outbox.lifecycle import Answer, Delivered, Discard, Retry, Snooze
from crm_bridge.outbox.pace import Unpaced
from telephony.model import Answerer, ChannelName, Direction, Disposition, Party
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.hubspot_account import BUSY, CONNECTED, HubSpot, hubspot_sync
from tests.integration.crm_bridge.crm.serving import Failure
from tests.integration.crm_bridge.crm.stories import CUSTOMER, DUE, NOW
from tests.integration.crm_bridge.test_api_calls import call


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
    adapter = hubspot_sync(client, hubspot.pool, app_id="4711")
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
    adapter = hubspot_sync(client, pool)
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
    adapter = hubspot_sync(client, hubspot.pool)
    kept = await adapter.gateway.kept_calls(NOW, NOW + timedelta(days=1))
    assert sorted(each.call_id for each in kept) == [f"pbx:1763.{number}" for number in range(1, 8)]
