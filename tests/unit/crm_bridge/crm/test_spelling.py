"""A number is found however it was written, and is nobody else's."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_bridge.crm.policy.phone_search import national, needle, same, spellings

_FORMATS = (
    phonenumbers.PhoneNumberFormat.E164,
    phonenumbers.PhoneNumberFormat.INTERNATIONAL,
    phonenumbers.PhoneNumberFormat.NATIONAL,
)


@given(st.integers(min_value=0, max_value=9_999_999), st.sampled_from(_FORMATS))
def test_every_spelling_of_a_mobile_has_the_needle_in_its_digits_and_is_the_same(line: int, form: int) -> None:
    number = f"+38067{line:07}"
    written = phonenumbers.format_number(phonenumbers.parse(number, None), form)
    assert needle(number) in "".join(filter(str.isdigit, written))
    assert same([None, "", written], number, "UA")


@pytest.mark.parametrize(
    ("number", "digits"),
    [("+380671234567", "671234567"), ("+12025550123", "2025550123"), ("+4915112345678", "5112345678"), ("101", "101")],
)
def test_the_needle_is_at_most_the_last_ten_national_digits(number: str, digits: str) -> None:
    assert needle(number) == digits
    assert national(number).endswith(digits)


def test_another_country_with_the_same_end_is_somebody_else() -> None:
    assert not same(["+48671234567"], "+380671234567", "UA")
    assert not same([], "+380671234567", "UA")


@pytest.mark.parametrize(
    "written",
    [
        "050 765-43-21, 067 123-45-67",
        "067 123 45 67 (мама)",
        "+380671234567 Viber",
        "0507654321/0671234567",
        "8 067 1234567",
    ],
)
def test_a_field_as_people_fill_it_is_the_number(written: str) -> None:
    assert same([written], "+380671234567", "UA")


@pytest.mark.parametrize(
    ("number", "digits"),
    [
        ("+380671234567", ["671234567", "0671234567", "380671234567"]),
        ("+79161234567", ["9161234567", "89161234567", "79161234567"]),
        ("+390612345678", ["0612345678", "390612345678"]),
        ("+48671234567", ["671234567", "48671234567"]),
        ("+999", ["999"]),
    ],
)
def test_the_digits_that_people_write_of_a_number_alone(number: str, digits: list[str]) -> None:
    assert spellings(number) == digits
