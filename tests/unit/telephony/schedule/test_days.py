"""Hours of a day as strangers tell them, and rules joined."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.schedule.errors import ScheduleUnreadable
from telephony.schedule.rules.days import DayRule, day_rule, hours_of_day, joined, on
from telephony.schedule.rules.hours import weekly


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("", ""),
        ("  ", ""),
        ("10:00-14:00", "10:00-14:00"),
        (" 09:00-13:00 , 14:00-18:00 ", "09:00-13:00,14:00-18:00"),
        ("22:00-24:00", "22:00-24:00"),
        ("00:00-24:00", "00:00-24:00"),
    ],
)
def test_hours_of_a_day_are_read(told: str, read: str) -> None:
    assert hours_of_day(told) == read
    weekly(f"2026 Dec 25 {read or 'off'}", "Europe/Kyiv")


@pytest.mark.parametrize(
    "told",
    [
        "off",
        "24/7",
        "10:00",
        "10:00-14:00; Mo-Su off",
        "10:00-14:00 || off",
        '10:00-14:00 "comment"',
        "10:00-10:00",
        "22:00-02:00",
        "24:00-24:00",
        "25:00-26:00",
        "10:00-14:60",
        "１０:00-14:00",
        "10:00-14:00\n",
        "10:00-14:00,",
        ",".join(["10:00-14:00"] * 13),
    ],
)
def test_nothing_but_times_becomes_a_part_of_a_schedule(told: str) -> None:
    if told == "10:00-14:00\n":  # a blank at the end is no harm
        assert hours_of_day(told) == "10:00-14:00"
        return
    with pytest.raises(ScheduleUnreadable):
        hours_of_day(told)


@given(st.text(max_size=40))
def test_whatever_is_told_is_either_refused_or_can_be_read_as_a_schedule(told: str) -> None:
    try:
        read = hours_of_day(told)
    except ScheduleUnreadable:
        return
    weekly(f"Mo-Fr 09:00-18:00; 2026 Dec 25 {read or 'off'}", "Europe/Kyiv")


FIRST = date(2026, 12, 20)
SPANS = st.tuples(st.integers(0, 30), st.integers(0, 5), st.sampled_from(["", "10:00-14:00"]))


@given(st.lists(SPANS, max_size=12))
def test_joined_rules_say_of_each_day_what_the_rules_said(spans: list[tuple[int, int, str]]) -> None:
    def rule(begin: int, days: int, hours: str) -> DayRule:
        first = FIRST + timedelta(days=begin)
        return DayRule(on(first), on(first + timedelta(days=days)), hours, "", "here")

    def of(rules: list[DayRule], day: date) -> str | None:
        return next((one.hours for one in reversed(rules) if one.covers(day)), None)

    rules = [rule(*span) for span in spans]
    fewer = list(joined(rules))
    assert len(fewer) <= len(rules)
    for number in range(40):
        day = FIRST + timedelta(days=number)
        assert of(rules, day) == of(fewer, day)


def test_a_row_of_closed_days_is_one_rule_and_days_of_every_year_stay_apart() -> None:
    days = [day_rule(f"2026-12-{number}") for number in range(24, 32)]
    assert [one.expression() for one in joined([*days, day_rule("2027-01-01")])] == ["2026 Dec 24-2027 Jan 01 off"]
    assert len(list(joined([day_rule("12-25"), day_rule("12-26")]))) == 2
