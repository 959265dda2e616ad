"""Whose a new caller is."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from crm_bridge.crm.policy.rules import NOT_KNOWN_YET, LeadRule, NewCaller, RuleHours, rule_for, rule_while_it_rings
from crm_bridge.schemas import CallShape
from crm_bridge.settings import LeadRuleSettings
from telephony.model import Disposition, MissedReason
from tests.integration.crm_bridge.test_api_calls import call

MISSED = CallShape.of(call(1, answered=False), "UA")
TALKED = CallShape.of(call(1), "UA")


def caller(shape: CallShape, *, is_open: bool = True, **more: object) -> NewCaller:
    return NewCaller(shape.model_copy(update=more), is_open, "UA")


@pytest.mark.parametrize(
    ("rule", "fitting", "other"),
    [
        (LeadRule("x", dids=("+380442000600",)), caller(MISSED, dialed="0442000600"), caller(MISSED, dialed="100")),
        (LeadRule("x", numbers=("067*",)), caller(MISSED), caller(MISSED, customer="+380501112233")),
        (LeadRule("x", dispositions=(Disposition.MISSED,)), caller(MISSED), caller(TALKED)),
        (
            LeadRule("x", reasons=(MissedReason.NO_ANSWER, MissedReason.BUSY)),
            caller(MISSED, missed_reason=MissedReason.BUSY),
            caller(MISSED, missed_reason=MissedReason.ABANDONED_MENU),
        ),
        (LeadRule("x", min_talk_seconds=10), caller(TALKED, talk_seconds=10.0), caller(TALKED, talk_seconds=9.9)),
        (LeadRule("x", min_wait_seconds=3), caller(MISSED, wait_seconds=3.0), caller(MISSED, wait_seconds=1.0)),
        (LeadRule("x", hours=RuleHours.OPEN), caller(MISSED), caller(MISSED, is_open=False)),
        (LeadRule("x", hours=RuleHours.CLOSED), caller(MISSED, is_open=False), caller(MISSED)),
    ],
)
def test_each_thing_that_a_rule_asks_for(rule: LeadRule, fitting: NewCaller, other: NewCaller) -> None:
    assert rule_for([rule], fitting) is rule
    assert rule_for([rule], other) is None


def test_what_is_asked_of_missed_calls_does_not_keep_talks_out_and_the_other_way_round() -> None:
    rule = LeadRule("x", reasons=(MissedReason.BUSY,), min_talk_seconds=10, min_wait_seconds=30)
    assert rule_for([rule], caller(TALKED, talk_seconds=11.0, wait_seconds=1.0)) is rule
    busy = caller(MISSED, missed_reason=MissedReason.BUSY, wait_seconds=31.0, talk_seconds=0.0)
    assert rule_for([rule], busy) is rule


def test_the_first_that_fits_decides_also_that_there_is_no_lead() -> None:
    spam, rest = LeadRule("spam", numbers=("+38067*",), lead=False), LeadRule("rest")
    assert rule_for([spam, rest], caller(MISSED)) is None
    assert rule_for([spam, rest], caller(MISSED, customer="+380501112233")) is rest


def test_while_it_rings_a_rule_that_asks_how_it_goes_is_not_known_yet() -> None:
    missed, rest = LeadRule("missed", dispositions=(Disposition.MISSED,)), LeadRule("rest")
    assert rule_while_it_rings([missed, rest], caller(MISSED)) is NOT_KNOWN_YET
    assert rule_while_it_rings([rest, missed], caller(MISSED)) is rest
    other_line = replace(missed, dids=("100",))
    assert rule_while_it_rings([other_line, rest], caller(MISSED)) is rest
    assert rule_while_it_rings([replace(rest, lead=False), missed], caller(MISSED)) is None
    assert rule_while_it_rings([other_line], caller(MISSED)) is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"dispositions": ["answered"], "reasons": ["busy"]}, "reasons are of missed calls"),
        ({"dispositions": ["busy"]}, "`answered` and `missed`"),
        ({"numbers": []}, "never fits"),
        ({"min_talk_seconds": -1}, "greater than or equal"),
        ({"hours": "sunday"}, "open"),
        ({"reasons": ["bored"]}, "abandoned_menu"),
    ],
)
def test_a_rule_that_cannot_fit_is_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        LeadRuleSettings.model_validate({"name": "x", **wrong})
