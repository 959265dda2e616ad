"""What may be dialled outside: by country, kind, prefix, and what was dialled before."""

import pytest
from pydantic import ValidationError

from telephony.numbers import canonical
from telephony.settings import TollSettings
from telephony.tolls.rules import DialledCounts, TollCause, TollRules, cap, refusal, rules_of


def rules(region: str = "UA", **settings: object) -> TollRules:
    return rules_of(TollSettings.model_validate(settings), region)


def cause(number: str, region: str = "UA", **settings: object) -> TollCause | None:
    found = refusal(canonical(number, region), rules(region, **settings))
    return found.cause if found else None


@pytest.mark.parametrize("number", ["0671234567", "+380442000600", "0800500100", "00380671234567", "671234567"])
def test_our_own_country_is_called(number: str) -> None:
    assert cause(number) is None


@pytest.mark.parametrize(
    "number",
    [
        "+88216123456",
        "88216123456",
        "+881612345678",
        "+870773123456",
        "+67571234567",
        "0067571234567",
        "+18765551234",
        "+18095551234",
        "+12025550123",
        "+37063333555",
        "+77012345678",
        "+74951234567",
    ],
)
def test_other_countries_and_satellites_are_not(number: str) -> None:
    assert cause(number) is TollCause.COUNTRY


@pytest.mark.parametrize(
    "number", ["0900123456", "01167571234567", "15551234567", "12345", "+97912345678", "810675123"]
)
def test_what_no_plan_of_numbers_has_is_not_called_since_a_trunk_may_make_anything_of_it(number: str) -> None:
    assert cause(number) is TollCause.NO_NUMBER


@pytest.mark.parametrize(
    ("number", "region"),
    [
        ("+380900312345", "UA"),
        ("+79091234567", "KZ"),
        ("+442071838750", "JE"),
        ("+12025550123", "CA"),
        ("+18765551234", "US"),
    ],
)
def test_countries_that_share_a_code_are_told_apart(number: str, region: str) -> None:
    assert cause(number, region) in {TollCause.COUNTRY, TollCause.KIND, TollCause.NO_NUMBER}


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("+449098790000", "premium rate"),
        ("+445512345678", "uan"),
        ("+447012345678", "personal number"),
        ("+491805123456", "shared cost"),
        ("+4990012345678", "premium rate"),
        ("+19002345678", "premium rate"),
    ],
)
def test_kinds_that_bill_the_caller_are_refused_even_where_every_country_is_called(number: str, kind: str) -> None:
    found = refusal(canonical(number, "UA"), rules(countries=("*",)))
    assert found is not None
    assert found.cause in {TollCause.KIND, TollCause.NO_NUMBER}
    if found.cause is TollCause.KIND:
        assert kind in found.said or "personal" in found.said


def test_a_satellite_is_called_only_by_its_prefix() -> None:
    assert cause("+881612345678", countries=("*",)) is TollCause.COUNTRY
    assert cause("+881612345678", prefixes=("+8816",)) is None


def test_prefixes_open_and_close() -> None:
    assert cause("+48221234567", prefixes=("+4822",)) is None
    assert cause("+48501234567", prefixes=("+4822",)) is TollCause.COUNTRY
    assert cause("12345", prefixes=("123",)) is None
    assert cause("0671234567", never_prefixes=("+38067",)) is TollCause.PREFIX
    assert cause("0671234567", never_prefixes=("+38067",), prefixes=("+38067",)) is TollCause.PREFIX


def test_an_opened_prefix_opens_no_kind() -> None:
    assert cause("+449098790000", prefixes=("+44",)) is TollCause.KIND


def test_a_refusal_says_what_would_allow_it() -> None:
    found = refusal(canonical("+37063333555", "UA"), rules())
    assert found is not None
    assert "toll.countries" in found.said
    assert "LT" in found.said


def test_limits_bite_when_they_are_reached() -> None:
    number, limits = canonical("0671234567", "UA"), rules(range_day_cap=2, day_cap=5)
    assert limits.range_of(number) == "+38067123"
    assert cap(number, DialledCounts(1, 4), limits) is None
    found = cap(number, DialledCounts(2, 4), limits)
    assert found is not None
    assert found.cause is TollCause.PREFIX_CAP
    assert "+38067123" in found.said
    whole = cap(number, DialledCounts(0, 5), limits)
    assert whole is not None
    assert whole.cause is TollCause.DAY_CAP


def test_a_country_that_is_none_is_an_error_of_the_settings() -> None:
    with pytest.raises(ValidationError, match="ISO 3166"):
        TollSettings(countries=("Ukraine",))
