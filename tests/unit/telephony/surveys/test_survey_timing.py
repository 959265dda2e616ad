"""On which day a customer is asked: in the window, spread evenly, the second try on another half of another day."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.numbers import Canonical
from telephony.surveys.policy.model import HalfDay
from telephony.surveys.policy.timing import expiry, in_half, next_try, planned_for

KYIV = ZoneInfo("Europe/Kyiv")
ANCHOR = datetime(2026, 3, 2, 10, tzinfo=UTC)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
zones = st.sampled_from(["Europe/Kyiv", "Asia/Kathmandu", "America/Santiago", "America/Havana"]).map(ZoneInfo)


def number(count: int) -> Canonical:
    return Canonical(f"+3806712{count:05}")


@given(anchor=moments, zone=zones, count=st.integers(0, 99_999))
def test_the_day_lies_14_to_28_days_after_and_is_the_same_each_time(
    anchor: datetime, zone: ZoneInfo, count: int
) -> None:
    day = planned_for(number(count), anchor, zone)
    assert 14 <= (day.date() - anchor.astimezone(zone).date()).days <= 28
    assert day == planned_for(number(count), anchor, zone)
    assert day < expiry(anchor)


def test_one_day_of_many_sales_is_spread_over_all_days_of_the_window() -> None:
    days = Counter(planned_for(number(count), ANCHOR, KYIV).date() for count in range(1500))
    assert len(days) == 15
    assert max(days.values()) < 2 * 100


@given(at=moments, zone=zones)
def test_the_second_try_is_on_the_next_day_in_the_other_half(at: datetime, zone: ZoneInfo) -> None:
    again, half = next_try(at, zone)
    local = at.astimezone(zone)
    assert again.astimezone(zone).date() == local.date() + timedelta(days=1)
    assert half is (HalfDay.AFTERNOON if local.hour < 13 else HalfDay.MORNING)


@pytest.mark.parametrize(
    ("half", "at", "expected"),
    [
        (HalfDay.ANY, "12:00", "02 12:00"),
        (HalfDay.MORNING, "12:59", "02 12:59"),
        (HalfDay.MORNING, "13:00", "03 00:00"),
        (HalfDay.AFTERNOON, "09:00", "02 13:00"),
        (HalfDay.AFTERNOON, "18:00", "02 18:00"),
    ],
)
def test_a_try_waits_for_its_half_of_the_day(half: HalfDay, at: str, expected: str) -> None:
    hour, minute = map(int, at.split(":"))
    asked = datetime(2026, 3, 2, hour, minute, tzinfo=KYIV)
    assert f"{in_half(asked, half, KYIV):%d %H:%M}" == expected
