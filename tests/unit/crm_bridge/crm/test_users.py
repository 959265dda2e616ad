"""Whose a call is in the CRM: who talked with the customer last, on a desk phone or a mobile."""

import pytest

from crm_bridge.crm.policy.follow_ups import duty_of
from crm_bridge.crm.policy.users import Users
from crm_bridge.schemas import CallShape
from telephony.model import Answerer, Call, ChannelName
from tests import builders
from tests.builders import NOON, after

USERS = Users({"101": "7", "102": "8", "+380501110103": "9"})


def answered(*numbers: str) -> CallShape:
    """An inbound call that these persons had, one after the other."""
    call = builders.inbound(at=NOON)
    people = [Answerer(number, "", ChannelName(f"PJSIP/{number}-1")) for number in numbers]
    return shape(call, people[0], people[-1])


def shape(call: Call, first: Answerer, last: Answerer) -> CallShape:
    whole = builders.answered(call, after(5), by=builders.leg("1.2", first.number))
    ended = builders.ended(whole, after(60), cause=16)
    changed = {name: getattr(ended, name) for name in ended.__slots__} | {"answered_by": first, "talked_last": last}
    return CallShape.of(Call(**changed), "UA")


@pytest.mark.parametrize("number", ["+380501110103", "0501110103", "380501110103"])
def test_a_mobile_is_known_in_whatever_form_it_was_dialled(number: str) -> None:
    assert USERS.user(number) == "9"


@pytest.mark.parametrize("number", ["103", "", "501110103999", "10"])
def test_a_stranger_is_nobody(number: str) -> None:
    assert USERS.user(number) == ""


def test_after_a_hand_over_the_call_is_the_last_ones() -> None:
    assert USERS.whose(answered("101")) == "7"
    assert USERS.whose(answered("101", "102")) == "8"
    assert USERS.whose(answered("101", "0501110103")) == "9"


def test_after_a_hand_over_to_a_stranger_it_stays_with_who_was_there_before() -> None:
    assert USERS.whose(answered("101", "199")) == "7"


def test_a_secretary_who_hands_over_to_the_owner_asks_nobody_for_a_review() -> None:
    handed_over = answered("101", "102")
    assert duty_of(handed_over, talked=USERS.whose(handed_over), owner="8", now=NOON) is None
    kept = answered("101")
    assert duty_of(kept, talked=USERS.whose(kept), owner="8", now=NOON) is not None
