"""What the dialplan is told to dial: composed of checked parts, or not at all."""

import pytest

from telephony.callback.policy.dialling import DialCustomer, Dialling, dial_variables
from telephony.errors import Refused

ORDER = DialCustomer("+380671234567", "+380442000101", "PJSIP/carrier", ring_seconds=30)


def test_the_customer_is_dialled_on_the_trunk_of_their_call_and_sees_the_did() -> None:
    assert dial_variables(ORDER, Dialling()) == {
        "RINGBACK_DIAL": "PJSIP/+380671234567@carrier",
        "RINGBACK_DIAL_SECONDS": "30",
        "RINGBACK_DIAL_OPTIONS": "rf(+380442000101)",
        "RINGBACK_CALLER_ID": "+380442000101",
        "RINGBACK_NUMBER": "+380671234567",
    }


@pytest.mark.parametrize(
    ("trunk", "form", "dialled"),
    [
        ("SIP/old", "", "SIP/old/0671234567"),
        ("DAHDI/g1", "", "DAHDI/g1/0671234567"),
        ("PJSIP/carrier", "Local/{number}@from-internal/n", "Local/0671234567@from-internal/n"),
        ("", "Local/{number}@from-internal/n", "Local/0671234567@from-internal/n"),
    ],
)
def test_each_technology_has_its_form_and_the_operator_may_choose_another(trunk: str, form: str, dialled: str) -> None:
    order = DialCustomer("0671234567", "", trunk)
    assert dial_variables(order, Dialling(form=form))["RINGBACK_DIAL"] == dialled


def test_without_a_known_trunk_the_settings_say_which() -> None:
    order = DialCustomer("0671234567", "")
    assert dial_variables(order, Dialling("PJSIP/main"))["RINGBACK_DIAL"] == "PJSIP/0671234567@main"
    with pytest.raises(Refused, match=r"voice\.trunk"):
        dial_variables(order, Dialling())


@pytest.mark.parametrize(
    "order",
    [
        DialCustomer("", "+380442000101", "PJSIP/carrier"),
        DialCustomer("067&Local/x@y", "", "PJSIP/carrier"),
        DialCustomer("${SHELL(x)}", "", "PJSIP/carrier"),
        DialCustomer("0671234567", "1)U(evil", "PJSIP/carrier"),
        DialCustomer("0671234567", "", "PJSIP/a@b,60"),
        DialCustomer("٠٦٧١٢٣٤٥٦٧", "", "PJSIP/carrier"),
    ],
)
def test_anything_but_a_number_on_a_trunk_is_refused(order: DialCustomer) -> None:
    with pytest.raises(Refused):
        dial_variables(order, Dialling())
