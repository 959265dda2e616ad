"""Bitrix24, against a portal that behaves as its documents say: one card, one call, one task, whatever goes wrong."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from crm_bridge.crm.bitrix24.client import BitrixClient
from crm_bridge.crm.errors import CrmError
from crm_bridge.crm.links import Links
from crm_bridge.crm.transport.oauth import OAuthApplication, Posting, Renewal
from crm_bridge.crm.transport.tokens import TokenStore
from crm_bridge.outbox.lifecycle import Answer, Delivered, Discard, Retry, Snooze
from crm_bridge.outbox.pace import Unpaced, urgently
from telephony.events import CallAnswered, CallEnded
from telephony.model import Answerer, ChannelName, Direction, Uniqueid
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.bitrix24_portal import CRM_ID, KNOWN, Bitrix, bitrix_sync, ringing
from tests.integration.crm_bridge.crm.stories import CUSTOMER, NOW, Teller, call_waits
from tests.integration.crm_bridge.test_api_calls import call


async def test_the_card_is_shown_to_each_whose_phone_rings_and_hidden_from_who_did_not_answer(bitrix: Bitrix) -> None:
    answered = call(1)
    for event in (
        ringing(answered, "101"),
        ringing(answered, "102"),
        CallAnswered(answered, NOW, ChannelName("PJSIP/101-1"), Uniqueid("1.2")),
        CallEnded(answered, NOW),
    ):
        assert isinstance(await bitrix.tell(event), Delivered)

    portal = bitrix.portal
    assert portal.shown == [(CRM_ID, [6]), (CRM_ID, [7])]
    assert portal.hidden == [(CRM_ID, [7])]
    assert list(portal.calls) == [CRM_ID]
    kept = portal.calls[CRM_ID]
    assert (kept["registered"], kept["PHONE_NUMBER"], kept["TYPE"], kept["USER_ID"]) == (1, CUSTOMER, 2, 6)
    assert (kept["finish"]["STATUS_CODE"], kept["finish"]["DURATION"], kept["finish"]["USER_ID"]) == ("200", 25, 6)


async def test_after_an_outage_no_card_is_shown_of_a_call_that_rang_long_ago(bitrix: Bitrix) -> None:
    answered = call(1)
    for event in (
        ringing(answered, "101"),
        CallAnswered(answered, NOW, ChannelName("PJSIP/101-1"), Uniqueid("1.2")),
    ):
        too_late = Delivered("too late for a card", asked=False)
        assert await bitrix.tell(event, late=timedelta(hours=1)) == too_late, "and says nothing of the portal"
    assert isinstance(await bitrix.tell(CallEnded(answered, NOW), late=timedelta(hours=1)), Delivered)
    assert bitrix.portal.shown == []
    assert "finish" in bitrix.portal.calls[CRM_ID], "the call itself is told"


async def test_a_card_waits_for_no_backlogs_call_of_the_same_known_customer(bitrix: Bitrix, pool: Pool) -> None:
    async with Links(pool, "bitrix24", lambda: NOW).alone(CUSTOMER):
        with urgently():
            assert isinstance(await bitrix.tell(ringing(call(1), "101")), Retry), "they may be made known just now"
            bitrix.portal.people[CUSTOMER] = KNOWN
            assert isinstance(await bitrix.tell(ringing(call(1), "101")), Delivered)
    assert bitrix.portal.shown == [(CRM_ID, [6])]


async def test_our_number_is_told_as_the_line_and_no_line_is_registered(bitrix: Bitrix) -> None:
    # A registered line makes leads of outbound calls, too, as Bitrix24's page on telephony.externalLine.add says.
    await bitrix.tell(ringing(call(1), "101"))
    await bitrix.tell(CallEnded(call(1), NOW))
    await bitrix.tell(CallEnded(replace(call(2), direction=Direction.OUTBOUND, trunk="t", dialed="0679998877"), NOW))
    assert {told["LINE_NUMBER"] for told in bitrix.portal.calls.values()} == {"0442000600", ""}
    assert not [asked for asked in bitrix.portal.asked if "externalLine" in asked]


async def test_who_was_too_fast_keeps_everybody_away_for_a_moment(bitrix: Bitrix) -> None:
    class Watched(Unpaced):
        async def hold(self, wait: timedelta) -> None:
            held.append(wait)

    held: list[timedelta] = []
    client = BitrixClient(bitrix.http, f"{bitrix.url}/rest/1/code", None, lambda: NOW, Watched())
    bitrix.portal.failures = [(500, {"error": "INTERNAL_SERVER_ERROR"}), (503, {"error": "QUERY_LIMIT_EXCEEDED"})]
    for _ in range(2):
        with pytest.raises(CrmError):
            await client.call("profile")
    assert held == [timedelta(seconds=2)]


async def test_a_missed_call_is_a_task_of_the_customers_own_manager_due_in_five_minutes(bitrix: Bitrix) -> None:
    bitrix.portal.people[CUSTOMER] = KNOWN
    missed = call(1, answered=False)
    await bitrix.tell(CallEnded(missed, NOW))

    (todo,) = bitrix.portal.todos
    assert missed.ended_at is not None
    assert (todo["ownerTypeId"], todo["ownerId"], todo["responsibleId"]) == (3, 17, 7)
    assert datetime.fromisoformat(todo["deadline"]) == missed.ended_at + timedelta(minutes=5)
    assert bitrix.portal.calls[CRM_ID]["finish"]["STATUS_CODE"] == "304"


async def test_an_unknown_caller_becomes_one_lead_and_its_task_stands_there(bitrix: Bitrix) -> None:
    await bitrix.tell(CallEnded(call(1, answered=False), NOW))
    assert bitrix.portal.leads == 101
    assert [(todo["ownerTypeId"], todo["ownerId"]) for todo in bitrix.portal.todos] == [(1, 101)]


async def test_the_owner_gets_a_review_when_somebody_else_answered(bitrix: Bitrix) -> None:
    bitrix.portal.people[CUSTOMER] = KNOWN
    await bitrix.tell(CallEnded(call(1), NOW))
    assert [todo["responsibleId"] for todo in bitrix.portal.todos] == [7]

    own = replace(call(2), answered_by=Answerer("102", "", ChannelName("PJSIP/102-1")))
    await bitrix.tell(CallEnded(own, NOW))
    assert len(bitrix.portal.todos) == 1


@pytest.mark.parametrize(
    "lost", ["telephony.externalCall.register", "telephony.externalCall.finish", "telephony.externalCall.show"]
)
async def test_a_lost_answer_makes_nothing_twice(bitrix: Bitrix, lost: str) -> None:
    answered, portal = call(1), bitrix.portal
    portal.drop_after = lost
    for event in (ringing(answered, "101"), CallEnded(answered, NOW)):
        if isinstance(await bitrix.tell(event), Retry):
            assert isinstance(await bitrix.tell(event), Delivered)
    assert (len(portal.calls), portal.leads, len(portal.todos)) == (1, 101, 0)


@pytest.mark.parametrize(
    ("code", "body", "expected", "words"),
    [
        (503, {"error": "QUERY_LIMIT_EXCEEDED"}, Snooze, "QUERY_LIMIT"),
        (
            429,
            {"error": "OPERATION_TIME_LIMIT", "time": {"operating_reset_at": NOW.timestamp() + 90}},
            Snooze,
            "TIME_LIMIT",
        ),
        (401, {"error": "WRONG_AUTH_TYPE"}, Snooze, "local application"),
        (500, {"error": "INTERNAL_SERVER_ERROR"}, Retry, "INTERNAL"),
        (502, "<html>bad gateway</html>", Retry, "without JSON"),
        (200, "[]", Retry, "without JSON of a meaning"),
        (200, "{}", Retry, "without JSON of a meaning"),
        (400, {"error": "ERROR_CORE", "error_description": "Invalid user"}, Discard, "Invalid user"),
    ],
)
async def test_each_failure_is_what_it_means(
    bitrix: Bitrix, code: int, body: dict[str, Any] | str, expected: type[Answer], words: str
) -> None:
    bitrix.portal.failures = [(code, body)] * 2  # a refused user is tried as the default one, too
    answer = await bitrix.tell(ringing(call(1), "101"))
    assert isinstance(answer, expected)
    assert words in getattr(answer, "reason", "")
    if "TIME_LIMIT" in words:
        assert isinstance(answer, Snooze)
        assert answer.after == timedelta(seconds=90)


async def test_a_lost_answer_to_a_task_makes_no_second_one(bitrix: Bitrix) -> None:
    bitrix.portal.drop_after = "crm.activity.todo.add"
    missed = CallEnded(call(1, answered=False), NOW)
    assert isinstance(await bitrix.tell(missed), Retry)
    assert isinstance(await bitrix.tell(missed), Delivered)
    assert len(bitrix.portal.todos) == 1


async def test_the_recording_is_attached_once_the_call_is_finished(bitrix: Bitrix, pool: Pool) -> None:
    teller = Teller(bitrix.adapter)
    await call_waits(pool, "bitrix24", "pbx:1763.1")
    assert isinstance(await teller.recorded("pbx:1763.1"), Snooze), "its call was not told yet"
    await call_waits(pool, "bitrix24", "pbx:1763.1", state="delivered")
    await bitrix.tell(CallEnded(call(1), NOW))
    assert isinstance(await teller.recorded("pbx:1763.1"), Delivered)
    assert bitrix.portal.calls[CRM_ID]["record"] == "https://calls.example/6"


async def test_a_customer_who_was_reached_leaves_nothing_to_do_and_one_who_was_not_does(bitrix: Bitrix) -> None:
    teller = Teller(bitrix.adapter)
    await bitrix.tell(CallEnded(call(1, answered=False), NOW))
    bitrix.portal.drop_after = "crm.activity.todo.updateDescription"
    assert isinstance(await teller.called_back("pbx:1763.1", "done", "reached"), Retry)
    assert isinstance(await teller.called_back("pbx:1763.1", "done", "reached"), Delivered)
    (todo,) = bitrix.portal.todos
    assert todo["COMPLETED"] == "Y"
    assert todo["description"].count("Reached, 2026-11-21 14:00") == 1

    await bitrix.tell(CallEnded(call(2, answered=False), NOW))
    assert isinstance(await teller.called_back("pbx:1763.2", "discarded", "attempts_spent"), Delivered)
    assert "COMPLETED" not in bitrix.portal.todos[1]
    assert "Not reached" in bitrix.portal.todos[1]["description"]


async def test_a_task_that_somebody_deleted_is_nobodys_to_close(bitrix: Bitrix) -> None:
    await bitrix.tell(CallEnded(call(1, answered=False), NOW))
    bitrix.portal.todos.clear()
    bitrix.portal.failures = [(400, {"error": "NOT_FOUND"}), (400, {"error": "NOT_FOUND"})]
    assert isinstance(await Teller(bitrix.adapter).called_back("pbx:1763.1", "done", "reached"), Delivered)


async def test_tokens_renew_themselves_once_even_if_two_ask(bitrix: Bitrix, pool: Pool) -> None:
    portal = bitrix.portal
    ours = OAuthApplication("client", "client-secret")
    renewal = Renewal(bitrix.http, f"{bitrix.url}/oauth/token/", ours, lambda: NOW, how=Posting.QUERY)
    tokens = TokenStore(pool, "bitrix24", lambda: NOW, renewal)
    await tokens.begin("refresh-1")
    portal.access = "not ours"
    adapters = [
        bitrix_sync(BitrixClient(bitrix.http, f"{bitrix.url}/rest", tokens.access, lambda: NOW, Unpaced()), pool)
        for _ in range(2)
    ]
    assert [await adapter.gateway.find(CUSTOMER) for adapter in adapters] == [None, None]
    assert portal.renewed == 1

    portal.access = "expired under us"
    portal.refresh = "refresh-2"
    assert await adapters[0].gateway.find(CUSTOMER) is None
    assert portal.renewed == 2

    await tokens.begin("refresh-1")  # a restart with the same settings
    assert await adapters[1].gateway.find(CUSTOMER) is None
    assert portal.renewed == 2, "the renewed tokens outlive a restart"


async def test_examine_tells_what_lacks_and_the_cure(bitrix: Bitrix) -> None:
    assert not [finding for finding in await bitrix.adapter.gateway.examine() if finding.cure]
    bitrix.portal.refusals["telephony.externalLine.get"] = {"error": "insufficient_scope"}
    findings = await bitrix.adapter.gateway.examine()
    assert findings[0].cure == ""
    assert "telephony" in findings[1].cure
