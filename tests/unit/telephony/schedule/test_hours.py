"""Working hours: open, next opening, working seconds."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.schedule.errors import ScheduleUnreadable
from telephony.schedule.rules.hours import Calendar, weekly

KYIV = weekly("Mo-Fr 09:00-13:00,14:00-18:00; 2026 Dec 25 off", "Europe/Kyiv")
FRIDAY = datetime(2026, 3, 27, 15, 58, tzinfo=UTC)  # 17:58 in Kyiv; on Sunday the clocks go forward
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001


def test_the_minute_of_closing_is_closed() -> None:
    assert KYIV.open_at(FRIDAY)
    assert not KYIV.open_at(FRIDAY + timedelta(minutes=2))


def test_a_call_missed_two_minutes_before_closing_is_five_working_minutes_old_on_monday_at_three_past_nine() -> None:
    monday = datetime(2026, 3, 30, 6, 3, tzinfo=UTC)  # 09:03 in summer time
    assert KYIV.working_seconds(FRIDAY, monday) == 300
    assert KYIV.next_opening(FRIDAY + timedelta(minutes=2)) == monday - timedelta(minutes=3)


def test_a_break_and_a_day_off_are_not_worked() -> None:
    christmas = datetime(2026, 12, 24, 7, 0, tzinfo=UTC)
    assert KYIV.working_seconds(christmas, christmas + timedelta(days=3)) == 8 * 3600


def test_a_night_shift_over_the_change_of_clocks_is_an_hour_shorter() -> None:
    night = weekly("Sa 22:00-06:00", "Europe/Kyiv")
    saturday = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    assert night.working_seconds(saturday, saturday + timedelta(days=2)) == 7 * 3600


def test_always_open_and_never_open() -> None:
    assert weekly("24/7", "UTC").working_seconds(FRIDAY, FRIDAY + timedelta(days=9)) == 9 * 86400
    never = weekly("off", "UTC")
    assert never.next_opening(FRIDAY) is None
    assert never.working_seconds(FRIDAY, FRIDAY + timedelta(days=9)) == 0


@pytest.mark.parametrize(
    ("expression", "zone"),
    [("Mo-Fr 9 to 18", "UTC"), ("24/7", "Mars/Olympus"), ("24/7", "../../etc/passwd"), ("24/7", "")],
)
def test_what_cannot_be_read_is_told(expression: str, zone: str) -> None:
    with pytest.raises(ScheduleUnreadable):
        weekly(expression, zone)


@given(moments, st.integers(0, 20 * 86400), st.integers(0, 20 * 86400))
def test_working_seconds_add_up(start: datetime, first: int, second: int) -> None:
    middle = start + timedelta(seconds=first)
    end = middle + timedelta(seconds=second)
    parts = KYIV.working_seconds(start, middle) + KYIV.working_seconds(middle, end)
    assert abs(KYIV.working_seconds(start, end) - parts) < 1e-3


SCHEDULES = [
    KYIV,
    weekly("24/7", "Asia/Kathmandu"),
    weekly("Mo-Su 21:00-05:00", "America/New_York"),
    weekly("Sa,Su 00:00-04:00", "Europe/Kyiv"),
    weekly("Mo-Fr 09:15-17:45; 2026 May 1-2027 Jan 10 off", "Australia/Eucla"),
    weekly("Mo-Fr 09:00-18:00; PH off; week 10-12 off", "Australia/Lord_Howe"),
]
"""Zones of :00, :45 and half-hour summer time; nights over the change of clocks; months of holidays."""


@given(st.sampled_from(SCHEDULES), moments, st.integers(0, 40 * 86400), st.integers(0, 999_999))
def test_after_so_many_seconds_so_many_were_worked_and_not_a_moment_before(
    calendar: Calendar, since: datetime, seconds: int, micros: int
) -> None:
    wanted = timedelta(seconds=seconds, microseconds=micros)
    end = calendar.after(since, wanted.total_seconds())
    assert end is not None
    assert abs(calendar.working_seconds(since, end) - wanted.total_seconds()) < 1e-3
    if wanted >= timedelta(milliseconds=20):
        earlier = end - timedelta(milliseconds=10)
        assert calendar.working_seconds(since, earlier) < wanted.total_seconds()


@given(st.sampled_from(SCHEDULES), moments, st.integers(0, 20 * 86400))
def test_from_a_working_moment_and_back(calendar: Calendar, since: datetime, seconds: int) -> None:
    worked = since + timedelta(seconds=seconds)
    counted = calendar.working_seconds(since, worked)
    end = calendar.after(since, counted)
    assert end is not None
    assert end <= worked
    assert calendar.working_seconds(end, worked) < 1e-3


def test_the_time_after_a_closing_is_the_next_mornings_and_what_is_up_at_the_closing_ends_there() -> None:
    monday = datetime(2026, 3, 30, 6, 3, tzinfo=UTC)
    assert KYIV.after(FRIDAY, 300) == monday
    assert KYIV.after(FRIDAY, 120) == FRIDAY + timedelta(minutes=2)
    assert KYIV.after(FRIDAY + timedelta(hours=5), 0) == FRIDAY + timedelta(hours=5)


def test_who_never_opens_again_gives_no_such_time() -> None:
    assert weekly("off", "UTC").after(FRIDAY, 1) is None
    assert weekly("2026 Mar 27 00:00-16:00", "UTC").after(FRIDAY, 300) is None


@given(moments)
def test_the_next_opening_is_open_and_nothing_before_it_was(at: datetime) -> None:
    opening = KYIV.next_opening(at)
    assert opening is not None
    assert opening >= at
    assert KYIV.open_at(opening)
    assert KYIV.working_seconds(at, opening) == 0
