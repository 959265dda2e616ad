"""How a customer's number is dialled, and what of their name reaches a display."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from telephony.callback.originate import outcome_of
from telephony.callback.policy.dialling import Dialling
from telephony.callback.policy.guards import Waking, awake_at, dialled_number
from telephony.callback.scheduler import on_trunk
from telephony.errors import Refused
from telephony.numbers import Canonical
from telephony.pbx.requests import OriginateEnd
from telephony.schedule.rules.hours import weekly
from telephony.settings import CallbackSettings
from tests.builders import callback_request

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
REQUEST = callback_request(customer=Canonical("+380671234567"), heard_number="067 123-45-67")


@pytest.mark.parametrize(
    ("form", "prefix", "number"),
    [
        ("heard", "", "0671234567"),
        ("e164", "", "+380671234567"),
        ("digits", "", "380671234567"),
        ("national", "", "0671234567"),
        ("e164", "9", "9380671234567"),
        ("national", "9", "90671234567"),
    ],
)
def test_a_number_is_dialled_as_the_trunk_wants_it(form: Any, prefix: str, number: str) -> None:  # noqa: ANN401
    settings = CallbackSettings(number_form=form, number_prefix=prefix)
    assert dialled_number(REQUEST, "UA", settings) == number


def test_a_foreign_number_stays_international() -> None:
    foreign = replace(REQUEST, customer=Canonical("+37063333555"))
    assert dialled_number(foreign, "UA", CallbackSettings(number_form="national")) == "+37063333555"


def test_what_was_heard_and_is_no_number_is_not_dialled() -> None:
    odd = replace(REQUEST, heard_number="067,1&${X}")
    assert dialled_number(odd, "UA", CallbackSettings()) == "+380671234567"


def test_the_longest_prefix_tells_the_waking_hours() -> None:
    waking = [Waking("+", weekly("off", "UTC")), Waking("+380", weekly("24/7", "UTC"))]
    assert awake_at(Canonical("+380671234567"), NOW, waking) == NOW
    assert awake_at(Canonical("+37063333555"), NOW, waking) is None
    assert awake_at(Canonical("0800"), NOW, waking) == NOW


def test_a_mobile_is_dialled_on_the_callers_trunk() -> None:
    assert on_trunk("PJSIP/carrier", "+380", Dialling()) == "PJSIP/+380@carrier"
    assert on_trunk("SIP/carrier", "380", Dialling()) == "SIP/carrier/380"


def test_a_mobile_without_the_callers_trunk_is_dialled_as_the_settings_say() -> None:
    assert on_trunk("", "+380", Dialling("PJSIP/carrier")) == "PJSIP/+380@carrier"
    assert on_trunk("", "+380", Dialling(form="Local/{number}@from-internal/n")) == "Local/+380@from-internal/n"
    with pytest.raises(Refused):
        on_trunk("", "+380", Dialling())


def test_digits_that_a_trunk_could_read_as_another_country_are_dialled_with_ours() -> None:
    """441234567 after a plus is a number of Britain; here it was heard of a customer of ours."""
    theirs = replace(REQUEST, customer=Canonical("+380441234567"), heard_number="441234567")
    assert dialled_number(theirs, "UA", CallbackSettings()) == "441234567"


@pytest.mark.parametrize(
    ("said", "outcome"),
    [("5", "manager_busy"), ("3", "manager_no_answer"), ("1", "manager_no_answer"), ("0", "unregistered")]
    + [(odd, "unregistered") for odd in ("8", "", "none")],
)
def test_how_an_originate_ended_is_an_outcome(said: str, outcome: str) -> None:
    assert outcome_of(OriginateEnd.read(said)) == outcome
