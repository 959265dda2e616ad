"""amoCRM, against an account that behaves as its documents say: one call, one lead, one task, whatever goes wrong."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crm_bridge.crm.amocrm.client import AmoClient
from crm_bridge.crm.amocrm.gateway import AmoGateway
from crm_bridge.crm.links import Links
from crm_bridge.crm.policy.rules import LeadRule
from crm_bridge.crm.policy.types import Contact
from crm_bridge.crm.sync.dispatch import CrmSync
from crm_bridge.crm.transport.oauth import OAuthApplication, Posting, Renewal
from crm_bridge.crm.transport.tokens import TokenStore
from crm_bridge.outbox.lifecycle import Answer, Delivered, Discard, Retry, Snooze
from crm_bridge.outbox.pace import Unpaced
from crm_bridge.privacy import everything
from telephony.model import Answerer, ChannelName, Direction, Disposition
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.amocrm_account import Amo
from tests.integration.crm_bridge.crm.serving import Failure
from tests.integration.crm_bridge.crm.stories import CUSTOMER, DUE, NOW, Teller, call_waits, policy
from tests.integration.crm_bridge.test_api_calls import call, write


@pytest.mark.parametrize("written", ["067 123-45-67", "+380671234567", "380671234567", "+38 (067) 123 45 67"])
async def test_a_contact_is_found_however_the_number_was_written(amo: Amo, written: str) -> None:
    made = amo.account.contact(written)
    assert await amo.adapter.gateway.find(CUSTOMER) == Contact(f"contacts:{made}", "Олена", "7", "102")


async def test_a_number_that_only_ends_alike_is_somebody_else(amo: Amo) -> None:
    amo.account.contact("+48671234567")
    assert await amo.adapter.gateway.find(CUSTOMER) is None


async def test_of_two_contacts_the_one_with_a_lead_is_the_caller(amo: Amo) -> None:
    busy = amo.account.contact(CUSTOMER, leads=1)
    amo.account.contact(CUSTOMER)
    found = await amo.adapter.gateway.find(CUSTOMER)
    assert found is not None
    assert found.crm_id == f"contacts:{busy}"


async def test_an_answered_call_stands_in_the_feed_with_who_answered(amo: Amo) -> None:
    amo.account.contact(CUSTOMER, owner=6, leads=1)
    assert isinstance(await amo.ended(call(1)), Delivered)

    ((card, note),) = amo.account.calls()
    told = note["params"]
    assert card.startswith("leads/")
    assert note["note_type"] == "call_in"
    assert (told["uniq"], told["duration"], told["call_status"]) == ("pbx:1763.1", 25, 4)
    assert (told["created_by"], told["responsible_user_id"]) == (6, 6)
    assert amo.account.tasks == {}


async def test_an_outbound_call_is_the_users_who_made_it_and_never_makes_a_lead(amo: Amo) -> None:
    made = replace(
        call(1), direction=Direction.OUTBOUND, dialed=CUSTOMER, disposition=Disposition.BUSY, answered_by=None
    )
    outbound = replace(made, caller=replace(made.caller, number="102"))
    assert isinstance(await amo.ended(outbound), Delivered)
    assert (amo.account.calls(), amo.account.leads) == ([], {})

    amo.account.contact(CUSTOMER)
    await amo.ended(replace(outbound, call_id=call(2).call_id))
    ((_, note),) = amo.account.calls()
    assert (note["note_type"], note["params"]["call_status"], note["params"]["created_by"]) == ("call_out", 7, 7)


async def test_a_missed_call_is_a_task_of_the_owner_due_in_five_minutes(amo: Amo) -> None:
    person = amo.account.contact(CUSTOMER)
    missed = call(1, answered=False)
    await amo.ended(missed)

    (task,) = amo.account.tasks.values()
    assert missed.ended_at is not None
    assert task["complete_till"] == int((missed.ended_at + DUE).timestamp())
    assert (task["entity_type"], task["entity_id"], task["responsible_user_id"]) == ("contacts", person, 7)
    assert task["text"].startswith(f"Call back {CUSTOMER}")


async def test_the_owner_gets_a_review_when_somebody_else_answered(amo: Amo) -> None:
    amo.account.contact(CUSTOMER)
    await amo.ended(call(1))
    assert [task["responsible_user_id"] for task in amo.account.tasks.values()] == [7]

    own = replace(call(2), answered_by=Answerer("102", "", ChannelName("PJSIP/102-1")))
    await amo.ended(own)
    assert len(amo.account.tasks) == 1


async def test_new_callers_become_leads_whose_owners_take_turns_by_rule(amo: Amo) -> None:
    amo = amo.with_rules(LeadRule("sales", dids=("044*",), owners=("6", "7"), pipeline="33"))
    for number in (1, 2, 3):
        await amo.ended(call(number, answered=False, customer=f"067123450{number}", name="<b>Іван</b>"))
    leads = list(amo.account.leads.values())
    assert [lead["responsible_user_id"] for lead in leads] == [6, 7, 6]
    assert {lead["pipeline_id"] for lead in leads} == {33}
    assert [task["responsible_user_id"] for task in amo.account.tasks.values()] == [6, 7, 6]
    assert len(amo.account.calls()) == 3, "amoCRM found the card that we had just made"


async def test_who_answers_a_new_caller_owns_the_lead(amo: Amo) -> None:
    await amo.ended(call(1))
    (lead,) = amo.account.leads.values()
    assert lead["responsible_user_id"] == 6


async def test_a_nights_calls_of_one_new_caller_told_at_once_make_one_lead(amo: Amo) -> None:
    answers = await asyncio.gather(*(amo.ended(call(number, answered=False)) for number in range(5)))
    assert {type(answer) for answer in answers} == {Delivered}
    assert [len(made) for made in (amo.account.leads, amo.account.contacts, amo.account.calls())] == [1, 1, 5]


async def test_another_daemon_that_makes_the_same_caller_known_is_waited_for(amo: Amo) -> None:
    other = Links(amo.pool, "amocrm", lambda: NOW)
    async with other.alone(CUSTOMER):
        answer = await amo.ended(call(1, answered=False))
        assert isinstance(answer, Retry)
        assert "another daemon" in answer.reason
    assert isinstance(await amo.ended(call(1, answered=False)), Delivered)


async def test_a_call_of_somebody_known_waits_for_no_other_call_of_theirs(amo: Amo) -> None:
    amo.account.contact(CUSTOMER)
    async with Links(amo.pool, "amocrm", lambda: NOW).alone(CUSTOMER):
        assert isinstance(await amo.ended(call(1)), Delivered)


async def test_no_rule_no_lead(amo: Amo) -> None:
    amo = amo.with_rules(LeadRule("others", dids=("0800*",)))
    assert isinstance(await amo.ended(call(1, answered=False)), Delivered)
    assert (amo.account.leads, amo.account.contacts, amo.account.tasks) == ({}, {}, {})


async def test_a_new_caller_may_become_an_incoming_lead_with_the_call_inside(amo: Amo) -> None:
    amo = amo.with_rules(LeadRule("everybody", pipeline="33"), unsorted=True)
    amo.account.line.drop_after = "POST leads/unsorted/sip"
    assert isinstance(await amo.ended(call(1, answered=False)), Retry)
    assert isinstance(await amo.ended(call(1, answered=False)), Delivered)

    await amo.ended(call(2, answered=False))
    (incoming,) = amo.account.unsorted.values()
    assert incoming["source_uid"] == incoming["metadata"]["uniq"] == "pbx:1763.1"
    assert (incoming["pipeline_id"], incoming["metadata"]["from"]) == (33, CUSTOMER)
    assert (amo.account.calls(), amo.account.tasks) == ([], {})


@pytest.mark.parametrize("honest", [True, False])
async def test_a_call_for_which_amocrm_finds_no_card_is_a_note_on_the_contact_that_we_found(
    amo: Amo, *, honest: bool
) -> None:
    person = amo.account.contact("067 123-45-67")
    amo.account.blind, amo.account.honest = True, honest
    assert isinstance(await amo.ended(call(1)), Delivered)
    ((card, note),) = amo.account.calls()
    assert (card, note["params"]["uniq"]) == (f"contacts/{person}", "pbx:1763.1")


@pytest.mark.parametrize("lost", ["POST leads/complex", "POST calls", "POST tasks"])
async def test_a_lost_answer_makes_nothing_twice(amo: Amo, lost: str) -> None:
    account = amo.account
    account.line.drop_after = lost
    missed = call(1, answered=False)
    assert isinstance(await amo.ended(missed), Retry)
    assert isinstance(await amo.ended(missed), Delivered)
    assert isinstance(await amo.ended(missed), Delivered)
    assert [len(made) for made in (account.leads, account.contacts, account.calls(), account.tasks)] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("failure", "expected", "words"),
    [
        (Failure(429, "too many"), Snooze, "429"),
        (Failure(403, "<html>Forbidden</html>"), Snooze, "blocked"),
        (Failure(403, {"title": "Forbidden", "status": 403, "detail": "no rights"}), Snooze, "no rights"),
        (Failure(402, {"title": "Payment Required"}), Snooze, "subscription"),
        (Failure(401, {"title": "Unauthorized"}), Snooze, "make one"),
        (Failure(500, "oops"), Retry, "500"),
        (Failure(504, "<html>"), Retry, "504"),
        (Failure(200, "<html>maintenance</html>"), Retry, "without JSON"),
        (Failure(200, "null"), Retry, "without JSON"),
        (
            Failure(
                400,
                {
                    "title": "Bad Request",
                    "detail": "Request validation failed",
                    "validation-errors": [{"errors": [{"path": "query", "detail": "This value is not valid."}]}],
                },
            ),
            Discard,
            "query: This value is not valid.",
        ),
    ],
)
async def test_each_failure_is_what_it_means(amo: Amo, failure: Failure, expected: type[Answer], words: str) -> None:
    amo.account.line.failures = [failure]
    answer = await amo.ended(call(1, answered=False))
    assert isinstance(answer, expected)
    assert words in getattr(answer, "reason", "")


async def test_a_wish_to_be_asked_later_is_honoured(amo: Amo) -> None:
    amo.account.line.failures = [Failure(429, "too many", {"Retry-After": "42"})]
    answer = await amo.ended(call(1))
    assert isinstance(answer, Snooze)
    assert answer.after == timedelta(seconds=42)


async def test_half_an_answer_is_tried_again_and_makes_nothing_twice(amo: Amo) -> None:
    amo.account.contact(CUSTOMER)
    ok: Any = {"_embedded": {"contacts": [amo.account.contacts[101]]}}
    amo.account.line.failures = [Failure(200, ok), Failure(200, {"_embedded": {"calls": []}, "errors": []})]
    missed = call(1, answered=False)
    assert isinstance(await amo.ended(missed), Retry)
    assert isinstance(await amo.ended(missed), Delivered)
    assert (len(amo.account.calls()), len(amo.account.tasks)) == (1, 1)


async def test_the_recording_is_played_in_the_call_or_linked_beside_it(amo: Amo) -> None:
    amo.account.contact(CUSTOMER)
    await amo.ended(call(1))
    for _ in range(2):
        assert isinstance(await amo.recorded("pbx:1763.1"), Delivered)
    ((_, note),) = amo.account.notes
    assert note["params"]["link"] == "https://calls.example/6"
    assert note["params"]["duration"] == 25, "the rest of the call stays as it was"

    amo.account.immutable_notes = True
    await amo.ended(call(2))
    for _ in range(2):
        assert isinstance(await amo.recorded("pbx:1763.2"), Delivered)
    texts = [note["params"]["text"] for _, note in amo.account.notes if note["note_type"] == "common"]
    assert texts == ["Recording: https://calls.example/6 [ringback recording pbx:1763.2]"]


async def test_a_customer_who_was_reached_leaves_nothing_to_do(amo: Amo) -> None:
    amo.account.contact(CUSTOMER)
    for number in (1, 2):
        await amo.ended(call(number, answered=False))
    assert isinstance(await amo.called_back("pbx:1763.2", "done", "reached"), Delivered)
    tasks = list(amo.account.tasks.values())
    assert [task["is_completed"] for task in tasks] == [True, True]
    assert tasks[0]["result"]["text"].startswith("Reached, 2026-11-21 14:00")


async def test_a_customer_who_was_not_reached_is_still_to_be_called_and_the_task_says_so(amo: Amo) -> None:
    amo.account.contact(CUSTOMER)
    await amo.ended(call(1, answered=False))
    amo.account.line.drop_after = "PATCH tasks/103"
    assert isinstance(await amo.called_back("pbx:1763.1", "discarded", "attempts_spent"), Retry)
    assert isinstance(await amo.called_back("pbx:1763.1", "discarded", "attempts_spent"), Delivered)
    (task,) = amo.account.tasks.values()
    assert not task["is_completed"]
    assert task["text"].count("Not reached (attempts spent), 3 dials without answer") == 1


async def test_the_callbacks_result_waits_for_its_call_and_spends_nothing(amo: Amo, pool: Pool) -> None:
    await call_waits(pool, "amocrm", "pbx:1763.1")
    assert isinstance(await amo.called_back("pbx:1763.1", "done", "reached"), Snooze)
    await call_waits(pool, "amocrm", "pbx:1763.1", state="dead")
    assert isinstance(await amo.called_back("pbx:1763.1", "done", "reached"), Discard)


async def test_tokens_renew_themselves(amo: Amo, pool: Pool) -> None:
    application = OAuthApplication("client", "client-secret", "https://calls.example")
    renewal = Renewal(amo.http, f"{amo.url}/oauth2/access_token", application, lambda: NOW, how=Posting.JSON)
    tokens = TokenStore(pool, "amocrm", lambda: NOW, renewal)
    await tokens.begin("refresh-1")
    client = AmoClient(amo.http, amo.url, tokens.access, Unpaced())
    adapter = CrmSync(AmoGateway(client, policy()), Links(pool, "amocrm", lambda: NOW), policy())
    assert await adapter.gateway.find(CUSTOMER) is None
    amo.account.line.access = "expired under us"
    assert await adapter.gateway.find(CUSTOMER) is None
    assert amo.account.line.renewed == 2
    assert amo.account.line.renewals[0]["redirect_uri"] == "https://calls.example"

    amo.account.line.access = amo.account.line.refresh = "both gone"
    answer = await Teller(adapter).ended(call(1))
    assert isinstance(answer, Snooze)
    assert "connect the CRM anew" in answer.reason


async def test_examine_tells_what_lacks_and_the_cure(amo: Amo) -> None:
    amo.account.contact(CUSTOMER)
    assert not [finding for finding in await amo.adapter.gateway.examine() if finding.cure]
    amo.account.hidden = {"leads"}
    findings = await amo.adapter.gateway.examine()
    assert [finding.what for finding in findings] == ["address and token", "contacts", "leads"]
    assert (findings[0].told, findings[0].cure) == ("company", "")
    assert "right to see leads" in findings[-1].cure


async def test_the_audit_finds_our_calls(amo: Amo) -> None:
    amo.account.contact(CUSTOMER)
    await amo.ended(call(1))
    await amo.ended(call(2))
    kept = await amo.adapter.gateway.kept_calls(NOW, NOW + timedelta(days=1))
    assert [each.call_id for each in kept] == ["pbx:1763.1", "pbx:1763.2"]


async def test_what_the_crm_keeps_of_a_customer_is_known_by_its_own_ids(amo: Amo) -> None:
    person = amo.account.contact(CUSTOMER)
    missed = call(1, answered=False)
    await write(amo.pool, [missed])
    await amo.ended(missed)
    copies = {(copy["role"], copy["crm_id"]) for copy in (await everything(amo.pool, CUSTOMER))["crm_links"]}
    (call_note,) = [note["id"] for _, note in amo.account.calls()]
    (task,) = amo.account.tasks
    assert copies == {
        ("record", f"contacts:{person}"),
        ("call", f"call:{call_note}"),
        ("task", str(task)),
    }


async def test_a_number_of_a_company_is_the_companys_call_and_task_and_recording(amo: Amo) -> None:
    company = amo.account.company("+38 (067) 123-45-67")
    for urgent in (True, False):
        amo = replace(amo, urgent=urgent)
        number = 1 + urgent
        assert isinstance(await amo.ended(call(number, answered=False)), Delivered)
        assert isinstance(await amo.recorded(f"pbx:1763.{number}"), Delivered)
    assert amo.account.contacts == {}
    assert {card for card, _ in amo.account.calls()} == {f"companies/{company}"}
    assert {note["params"]["link"] for _, note in amo.account.calls()} == {"https://calls.example/6"}
    on = {(task["entity_type"], task["entity_id"]) for task in amo.account.tasks.values()}
    assert on == {("companies", company)}


async def test_a_recording_whose_call_is_in_no_feed_is_no_lie_in_the_log(amo: Amo) -> None:
    amo.account.contact(CUSTOMER)
    await amo.ended(call(1))
    amo.account.notes.clear()
    answer = await amo.recorded("pbx:1763.1")
    assert isinstance(answer, Discard)
    assert "in no feed" in answer.reason
