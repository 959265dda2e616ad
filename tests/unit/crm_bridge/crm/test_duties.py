"""Whose task, until when, and what closes it: decided once for every CRM."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm_bridge.crm.policy.follow_ups import Role, duty_of, ending_of, is_told
from crm_bridge.crm.policy.users import Users
from crm_bridge.schemas import CallShape
from telephony.model import Direction
from tests.integration.crm_bridge.test_api_calls import call

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
KYIV = ZoneInfo("Europe/Kyiv")
NOT_REACHED = "Not reached (attempts spent), 3 dials without answer, 2026-11-21 14:00, 101"


def shape(*, answered: bool) -> CallShape:
    return CallShape.of(call(1, answered=answered), "UA")


def test_a_missed_call_is_to_be_called_back_within_five_minutes_of_its_end_however_late_we_are() -> None:
    missed = shape(answered=False)
    duty = duty_of(missed, talked="", owner="7", now=NOW + timedelta(hours=9))
    assert duty is not None
    assert missed.ended_at is not None
    assert (duty.role, duty.owner, duty.due) == (Role.CALL_BACK, "7", missed.ended_at + timedelta(minutes=5))


@pytest.mark.parametrize(
    ("answered_by", "owner", "reviewed"),
    [("6", "7", True), ("7", "7", False), ("", "7", False), ("6", "", False)],
)
def test_only_a_known_owner_looks_at_what_a_known_other_answered(
    answered_by: str, owner: str, *, reviewed: bool
) -> None:
    duty = duty_of(shape(answered=True), talked=answered_by, owner=owner, now=NOW)
    assert (duty is not None and duty.role is Role.REVIEW) == reviewed


def test_an_outbound_call_leaves_nothing_to_look_at() -> None:
    outbound = shape(answered=True).model_copy(update={"direction": Direction.OUTBOUND})
    assert duty_of(outbound, talked="6", owner="7", now=NOW) is None


def test_no_crm_hears_of_internal_calls_and_hidden_callers() -> None:
    told = shape(answered=True)
    assert is_told(told)
    assert not is_told(told.model_copy(update={"direction": Direction.INTERNAL}))
    assert not is_told(told.model_copy(update={"customer": ""}))


@pytest.mark.parametrize("state", ["waiting", "ringing", "dialling", "talking", "held"])
def test_a_request_that_goes_on_ends_nothing(state: str) -> None:
    assert ending_of("+380671234567", state, "", "", 0, NOW, KYIV) is None


@pytest.mark.parametrize(
    ("state", "reason", "closes", "words"),
    [
        ("done", "reached", True, "Reached, 2026-11-21 14:00, 101"),
        ("cancelled", "got_through", True, "The customer got through, 2026-11-21 14:00, 101"),
        ("discarded", "attempts_spent", False, NOT_REACHED),
        ("done", "some_new_reason", True, "Some new reason, 2026-11-21 14:00, 101"),
    ],
)
def test_what_ends_a_request_closes_its_tasks_unless_nobody_was_reached(
    state: str, reason: str, words: str, *, closes: bool
) -> None:
    ending = ending_of("+380671234567", state, reason, "101", 3, NOW, KYIV)
    assert ending is not None
    assert (ending.closes, ending.words) == (closes, words)


def test_a_user_with_two_extensions_is_found_by_both_and_has_the_first() -> None:
    staff = Users({"101": "6", "151": "6", "102": "7"})
    assert (staff.user("101"), staff.user("151"), staff.user("999")) == ("6", "6", "")
    assert (staff.extension("6"), staff.extension("8"), staff.extension("")) == ("101", "", "")


def test_an_outbound_call_is_the_callers_an_inbound_one_the_answerers() -> None:
    staff = Users({"101": "6", "102": "7"})
    inbound = shape(answered=True)
    assert staff.whose(inbound) == "6"
    caller = replace(call(1), direction=Direction.OUTBOUND, caller=replace(call(1).caller, number="102"))
    assert staff.whose(CallShape.of(caller, "UA")) == "7"
