"""Bitrix24, against a portal that behaves as its documents say: one card, one call, one task, whatever goes wrong."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from crm_bridge.crm.bitrix24.client import BitrixClient
from crm_bridge.crm.bitrix24.gateway import BitrixGateway
from crm_bridge.crm.errors import CrmError
from crm_bridge.crm.links import Links
from crm_bridge.crm.policy.rules import LeadRule
from crm_bridge.crm.policy.users import Users
from crm_bridge.crm.sync.dispatch import CrmSync
from crm_bridge.crm.sync.policy import Policy
from crm_bridge.crm.transport.oauth import OAuthApplication, Posting, Renewal
from crm_bridge.crm.transport.tokens import TokenStore
from crm_bridge.events import publish
from crm_bridge.outbox.lifecycle import Answer, Delivered, Discard, Retry, Snooze
from crm_bridge.outbox.pace import Unpaced
from crm_bridge.outbox.store import Message
from telephony.events import CallAnswered, CallEnded, CallEvent, CallRinging
from telephony.model import Answerer, Call, ChannelName, Direction, Disposition, Uniqueid
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.fake_bitrix24 import FakePortal
from tests.integration.crm_bridge.crm.quiet import quiet
from tests.integration.crm_bridge.crm.stories import Teller, call_waits, link
from tests.integration.crm_bridge.test_api_calls import call

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CUSTOMER = "+380671234567"
CRM_ID = "externalCall.pbx:1763.1"
KNOWN: dict[str, Any] = {
    "CRM_ENTITY_TYPE": "CONTACT",
    "CRM_ENTITY_ID": 17,
    "ASSIGNED_BY_ID": "7",
    "NAME": "Олена",
    "ASSIGNED_BY": {"ID": "7", "USER_PHONE_INNER": "102"},
}


@dataclass(slots=True)
class Bitrix:
    """The adapter and the portal it speaks to."""

    adapter: CrmSync
    portal: FakePortal
    url: str
    http: aiohttp.ClientSession

    async def tell(self, event: CallEvent, *, late: timedelta = timedelta()) -> Answer:
        kind, body = publish(event, "UA")
        message = Message(1, "bitrix24", event.call.call_id, kind, json.dumps(body), 0, NOW)
        return await self.adapter.send(message, NOW + late)


def choices() -> Policy:
    return Policy("UA", ZoneInfo("Europe/Kyiv"), staff=Users({"101": "6", "102": "7"}), default_user="1", link=link)


def sync_of(client: BitrixClient, pool: Pool) -> CrmSync:
    links = Links(pool, "bitrix24", lambda: NOW)
    return CrmSync(BitrixGateway(client, links, choices()), links, choices())


@pytest_asyncio.fixture
async def bitrix(pool: Pool) -> AsyncIterator[Bitrix]:
    portal = FakePortal()
    runner = web.AppRunner(portal.app())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession() as http:
        client = BitrixClient(http, f"{url}/rest/1/code", None, lambda: NOW, Unpaced())
        yield Bitrix(sync_of(client, pool), portal, url, http)
    await runner.cleanup()


def ringing(at: Call, number: str) -> CallRinging:
    return CallRinging(at, NOW, ChannelName(f"PJSIP/{number}-1"), Uniqueid("1.2"), number)


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
        sync_of(BitrixClient(bitrix.http, f"{bitrix.url}/rest", tokens.access, lambda: NOW, Unpaced()), pool)
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


# --- bad days: each by the words of the vendor's reference ------------------------------------------------------------


async def test_a_call_whose_finishing_was_lost_is_finished_once_and_has_its_task(bitrix: Bitrix) -> None:
    bitrix.portal.drop_after = "telephony.externalCall.finish"
    missed = CallEnded(call(1, answered=False), NOW)
    assert isinstance(await bitrix.tell(missed), Retry)
    assert isinstance(await bitrix.tell(missed), Delivered)
    assert len(bitrix.portal.todos) == 1


async def test_a_registration_whose_answer_was_lost_is_found_again_though_somebody_else_answered(
    bitrix: Bitrix,
) -> None:
    bitrix.portal.drop_after = "telephony.externalCall.register"
    assert isinstance(await bitrix.tell(CallEnded(call(1, answered=False), NOW)), Retry)
    assert isinstance(await bitrix.tell(CallEnded(call(1), NOW)), Delivered)
    assert list(bitrix.portal.calls) == [CRM_ID]


async def test_a_dismissed_owners_missed_call_is_the_default_users(bitrix: Bitrix) -> None:
    bitrix.portal.people["+380671234567"] = {
        "CRM_ENTITY_TYPE": "CONTACT", "CRM_ENTITY_ID": 17, "ASSIGNED_BY_ID": 99, "NAME": "",
    }  # fmt: skip
    bitrix.portal.users = {1, 6}
    assert isinstance(await bitrix.tell(CallEnded(call(1, answered=False), NOW)), Delivered)
    assert bitrix.portal.calls[CRM_ID]["finish"]["USER_ID"] == 1
    assert [todo["responsibleId"] for todo in bitrix.portal.todos] == [1]


async def test_a_to_do_that_a_person_ticked_off_does_not_keep_the_others_open(bitrix: Bitrix) -> None:
    for number in (1, 2):
        await bitrix.tell(CallEnded(call(number, answered=False), NOW))
    bitrix.portal.todos[0]["COMPLETED"] = "Y"
    assert isinstance(await Teller(bitrix.adapter).called_back("pbx:1763.1", "done", "reached"), Delivered)
    assert [todo["COMPLETED"] for todo in bitrix.portal.todos] == ["Y", "Y"]


async def test_a_deleted_lead_gives_way_to_the_customers_other_card(bitrix: Bitrix) -> None:
    missed = CallEnded(call(1, answered=False), NOW)
    bitrix.portal.drop_after = "telephony.externalCall.register"
    await bitrix.tell(missed)
    bitrix.portal.drop_after = "telephony.externalCall.finish"
    await bitrix.tell(missed)
    bitrix.portal.gone = {(1, bitrix.portal.leads)}
    bitrix.portal.people["+380671234567"] |= {"CRM_ENTITY_TYPE": "CONTACT", "CRM_ENTITY_ID": 17}
    assert isinstance(await bitrix.tell(missed), Delivered)
    assert [(todo["ownerTypeId"], todo["ownerId"]) for todo in bitrix.portal.todos] == [(3, 17)]


async def test_rules_that_ask_how_a_call_goes_decide_at_its_end(bitrix: Bitrix, pool: Pool) -> None:
    missed_only = LeadRule("missed", dispositions=(Disposition.MISSED,), owners=("6", "7"))
    told = replace(choices(), rules=[missed_only])
    client = BitrixClient(bitrix.http, f"{bitrix.url}/rest/1/code", None, lambda: NOW, Unpaced())
    links = Links(pool, "bitrix24", lambda: NOW)
    bitrix = replace(bitrix, adapter=CrmSync(BitrixGateway(client, links, told), links, told))
    for n in (1, 2):
        missed = call(n, answered=False, customer=f"067123456{n}")
        assert isinstance(await bitrix.tell(ringing(missed, "101")), Delivered)
        assert len(bitrix.portal.calls) == n - 1, "nothing of a stranger before it is known how it goes"
        assert isinstance(await bitrix.tell(CallEnded(missed, NOW)), Delivered)
    assert [each["USER_ID"] for each in bitrix.portal.calls.values()] == [6, 7]
    assert bitrix.portal.leads == 102
    answered = call(3, customer="0671234563")
    await bitrix.tell(ringing(answered, "101"))
    await bitrix.tell(CallEnded(answered, NOW))
    assert bitrix.portal.leads == 102, "a rule for missed calls makes no lead of a talk"


async def test_a_card_of_somebody_known_is_shown_whatever_the_rules_ask(bitrix: Bitrix, pool: Pool) -> None:
    bitrix.portal.people[CUSTOMER] = KNOWN
    told = replace(choices(), rules=[LeadRule("long", min_talk_seconds=60)])
    client = BitrixClient(bitrix.http, f"{bitrix.url}/rest/1/code", None, lambda: NOW, Unpaced())
    links = Links(pool, "bitrix24", lambda: NOW)
    bitrix = replace(bitrix, adapter=CrmSync(BitrixGateway(client, links, told), links, told))
    await bitrix.tell(ringing(call(1), "101"))
    assert bitrix.portal.shown == [(CRM_ID, [6])]


async def test_a_lead_that_could_not_be_made_is_a_dead_letter_and_no_secret(bitrix: Bitrix) -> None:
    bitrix.portal.no_lead = "Limit of leads is reached"
    answer = await bitrix.tell(CallEnded(call(1, answered=False), NOW))
    assert isinstance(answer, Discard)
    assert "Limit of leads is reached" in answer.reason
    assert isinstance(await Teller(bitrix.adapter).recorded("pbx:1763.1"), Delivered), "the call itself is there"


@pytest.mark.parametrize(
    ("code", "name", "words", "kind"),
    [
        (403, "user_access_error", "The user does not have access to the application.", Snooze),
        (403, "authorization_error", "Unable to authorize user", Snooze),
        (401, "some_new_error", "", Snooze),
        (400, "ERROR_CORE", "Server returns HTTP error code 502", Retry),
    ],
)
async def test_a_lock_out_spends_nothing_and_bitrix24s_own_trouble_is_tried_again(
    bitrix: Bitrix, code: int, name: str, words: str, kind: type[Answer]
) -> None:
    bitrix.portal.failures.append((code, {"error": name, "error_description": words}))
    assert isinstance(await bitrix.tell(CallEnded(call(1), NOW)), kind)


async def test_a_card_that_we_may_not_touch_is_a_dead_letter_not_a_lock_out(bitrix: Bitrix) -> None:
    bitrix.portal.people["+380671234567"] = {
        "CRM_ENTITY_TYPE": "CONTACT", "CRM_ENTITY_ID": 17, "ASSIGNED_BY_ID": 6, "NAME": "",
    }  # fmt: skip
    bitrix.portal.forbidden = {17}
    answer = await bitrix.tell(CallEnded(call(1, answered=False), NOW))
    assert isinstance(answer, Discard)
    assert "ACCESS_DENIED" in answer.reason


def with_rules(bitrix: Bitrix, pool: Pool, *rules: LeadRule) -> Bitrix:
    client = BitrixClient(bitrix.http, f"{bitrix.url}/rest/1/code", None, lambda: NOW, Unpaced())
    told, links = replace(choices(), rules=rules), Links(pool, "bitrix24", lambda: NOW)
    return replace(bitrix, adapter=CrmSync(BitrixGateway(client, links, told), links, told))


MISSED, ANSWERED = Disposition.MISSED, Disposition.ANSWERED


async def test_missed_new_callers_go_to_the_rules_owners_in_turn_though_other_phones_rang(
    bitrix: Bitrix, pool: Pool
) -> None:
    missed = LeadRule("missed", dispositions=(MISSED,), owners=("6", "7"))
    for rules in ((missed,), (missed, LeadRule("everybody"))):
        bitrix = with_rules(bitrix, pool, *rules)
        bitrix.portal.people.clear()
        bitrix.portal.todos.clear()
        for number in (1, 2):
            told = call(10 * len(rules) + number, answered=False, customer=f"067555{len(rules)}00{number}")
            await bitrix.tell(ringing(told, "101"))
            assert isinstance(await bitrix.tell(CallEnded(told, NOW)), Delivered)
        owners = [int(person["ASSIGNED_BY_ID"]) for person in bitrix.portal.people.values()]
        assert owners == [6, 7], rules
        assert [todo["responsibleId"] for todo in bitrix.portal.todos] == [6, 7], rules


@pytest.mark.parametrize(("wanted", "leads"), [(MISSED, [False, True]), (ANSWERED, [True, False])])
async def test_a_rule_for_one_end_makes_no_lead_of_the_other(
    bitrix: Bitrix, pool: Pool, wanted: Disposition, leads: list[bool]
) -> None:
    bitrix = with_rules(bitrix, pool, LeadRule("one", dispositions=(wanted,)))
    for answered, lead in zip((True, False), leads, strict=True):
        told = call(1 + answered, answered=answered, customer=f"06755566{answered:02}")
        await bitrix.tell(ringing(told, "101"))
        assert isinstance(await bitrix.tell(CallEnded(told, NOW)), Delivered)
        assert (f"+3806755566{answered:02}" in bitrix.portal.people) is lead
    assert len(bitrix.portal.calls) == 2, "the calls themselves are told"


async def test_a_known_caller_has_a_card_whatever_the_rules_say_of_new_ones(bitrix: Bitrix, pool: Pool) -> None:
    bitrix = with_rules(bitrix, pool, LeadRule("missed", dispositions=(MISSED,)))
    bitrix.portal.people[CUSTOMER] = KNOWN
    await bitrix.tell(ringing(call(1), "101"))
    assert bitrix.portal.shown == [(CRM_ID, [6])]


async def test_the_audit_finds_every_call_also_those_that_began_with_a_click(bitrix: Bitrix, pool: Pool) -> None:
    for number in range(60):
        crm_id = f"externalCall.{number}"
        bitrix.portal.calls[crm_id] = {"EXTERNAL_CALL_ID": f"pbx:9.{number}" if number else "", "finish": {}}
    await Links(pool, "bitrix24", lambda: NOW).keep("pbx:9.0", "call", "externalCall.0")
    bitrix.portal.calls["externalCall.not-ours"] = {"finish": {}}
    kept = await bitrix.adapter.gateway.kept_calls(NOW, NOW + timedelta(days=1))
    assert sorted(each.call_id for each in kept) == sorted(f"pbx:9.{number}" for number in range(60))


# --- a backlog --------------------------------------------------------------------------------------------------------


@pytest_asyncio.fixture
async def paced(bitrix: Bitrix, pool: Pool) -> AsyncIterator[Bitrix]:
    async with quiet(pool) as (pace, http):
        client = BitrixClient(http, f"{bitrix.url}/rest/1/code", None, lambda: NOW, pace)
        yield replace(bitrix, http=http, adapter=sync_of(client, pool))


async def all_at_once(bitrix: Bitrix, count: int) -> list[Answer]:
    missed = [call(number, answered=False, customer=f"0671234{number:03}") for number in range(count)]
    return await asyncio.gather(*(bitrix.tell(CallEnded(each, NOW)) for each in missed))


async def test_a_backlogs_commands_share_requests(paced: Bitrix) -> None:
    answers = await all_at_once(paced, 60)
    assert {type(answer) for answer in answers} == {Delivered}
    assert [len(paced.portal.calls), len(paced.portal.todos)] == [60, 60]
    assert len(paced.portal.called) >= 60 * 4
    assert "batch" in paced.portal.asked
    assert len(paced.portal.asked) < 120, "of 240"


async def test_one_refused_command_is_a_dead_letter_of_its_own_message(paced: Bitrix) -> None:
    paced.portal.forbidden = {101}
    answers = await all_at_once(paced, 5)
    dead = [answer for answer in answers if isinstance(answer, Discard)]
    assert [(type(answer), "ACCESS_DENIED" in answer.reason) for answer in dead] == [(Discard, True)]
    assert sum(isinstance(answer, Delivered) for answer in answers) == 4
    assert len(paced.portal.todos) == 4


async def test_a_batch_whose_answer_is_lost_makes_nothing_twice(paced: Bitrix) -> None:
    for lost in range(4):
        paced.portal.drop_after = "batch"
        answers = await all_at_once(paced, 5)
        assert Retry in {type(answer) for answer in answers}, f"try {lost}; each time the next batch is half as large"
    assert {type(answer) for answer in await all_at_once(paced, 5)} == {Delivered}
    assert sorted(paced.portal.calls) == [f"externalCall.pbx:1763.{number}" for number in range(5)]
    assert len(paced.portal.todos) == 5


async def test_a_limit_within_a_batch_is_waited_for_by_whom_it_meets(paced: Bitrix) -> None:
    reset = {"operating_reset_at": NOW.timestamp() + 77}
    told = {"error": "OPERATION_TIME_LIMIT", "error_description": "Method is blocked", "time": reset}
    paced.portal.refusals["crm.activity.todo.add"] = told
    assert {type(answer) for answer in await all_at_once(paced, 3)} == {Snooze}
    paced.portal.refusals.clear()
    assert {type(answer) for answer in await all_at_once(paced, 3)} == {Delivered}
    assert (len(paced.portal.calls), len(paced.portal.todos)) == (3, 3)


async def test_its_own_failure_within_a_batch_is_tried_again(paced: Bitrix) -> None:
    paced.portal.refusals["crm.activity.todo.add"] = {"error": "INTERNAL_SERVER_ERROR", "error_description": "oops"}
    assert {type(answer) for answer in await all_at_once(paced, 3)} == {Retry}
    paced.portal.refusals.clear()
    assert {type(answer) for answer in await all_at_once(paced, 3)} == {Delivered}
    assert (len(paced.portal.calls), len(paced.portal.todos)) == (3, 3)


async def test_a_caller_who_names_himself_like_a_result_learns_nothing_of_others(bitrix: Bitrix) -> None:
    comment = {"fields": {"ENTITY_ID": 1, "ENTITY_TYPE": "lead", "COMMENT": "$result[c0][CALL_ID]"}}
    client = BitrixClient(bitrix.http, f"{bitrix.url}/rest/1/code", None, lambda: NOW, Unpaced())
    await asyncio.gather(client.call("profile"), client.call("crm.timeline.comment.add", **comment))
    assert [each["COMMENT"] for each in bitrix.portal.comments.values()] == ["$result[c0][CALL_ID]"]
