"""Bitrix24's bad days, each by the words of the vendor's reference, and what rules decide of leads."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crm_bridge.crm.bitrix24.client import BitrixClient
from crm_bridge.crm.bitrix24.gateway import BitrixGateway
from crm_bridge.crm.links import Links
from crm_bridge.crm.policy.rules import LeadRule
from crm_bridge.crm.sync.dispatch import CrmSync
from crm_bridge.outbox.lifecycle import Answer, Delivered, Discard, Retry, Snooze
from crm_bridge.outbox.pace import Unpaced
from telephony.events import CallEnded
from telephony.model import Disposition
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.bitrix24_portal import CRM_ID, KNOWN, Bitrix, choices, ringing
from tests.integration.crm_bridge.crm.stories import CUSTOMER, NOW, Teller
from tests.integration.crm_bridge.test_api_calls import call


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
