"""The company's calendars: what overrides what, and why we are open or closed."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from telephony.schedule.errors import ScheduleUnreadable
from telephony.schedule.rules.assembly import Amendments, calendars
from telephony.schedule.rules.calendars import Calendars, Plan, Schedule
from telephony.schedule.rules.days import DayRule, day_rule
from telephony.schedule.rules.icalendar_files import around, closed_days
from telephony.settings import DaySettings, HoursSettings, OwnHours

KYIV = ZoneInfo("Europe/Kyiv")
TODAY = date(2026, 11, 21)
HOLIDAYS = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//test//EN\r
BEGIN:VEVENT\r
UID:1\r
SUMMARY:Різдво\r
DTSTART;VALUE=DATE:20251225\r
DTEND;VALUE=DATE:20251226\r
RRULE:FREQ=YEARLY\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:2\r
SUMMARY:Stand-up\r
DTSTART:20261123T090000Z\r
DTEND:20261123T091500Z\r
RRULE:FREQ=DAILY\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:3\r
SUMMARY:Somebody's birthday\r
TRANSP:TRANSPARENT\r
DTSTART;VALUE=DATE:20261124\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:4\r
SUMMARY:Moving to the new office\r
DTSTART;VALUE=DATE:20261202\r
DTEND;VALUE=DATE:20261204\r
END:VEVENT\r
END:VCALENDAR\r
"""


def made(settings: HoursSettings, file: str = HOLIDAYS) -> Calendars:
    told = [rule for path in settings.closed_days_files for rule in read(file, str(path))]
    return calendars(settings, Amendments(closed=tuple(told)))


def read(file: str, source: str) -> tuple[DayRule, ...]:
    return closed_days(file.encode(), around(TODAY), source).days


def kyiv(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KYIV)


def test_files_days_and_a_dids_own_days_override_the_week_in_that_order() -> None:
    company = made(
        HoursSettings(
            closed_days_files=(Path("holidays.ics"),),
            days=(
                DaySettings(days="2026-12-25", hours="10:00-14:00", note="we open on Christmas this year"),
                DaySettings(days="2026-12-26", hours="09:00-18:00", note="moved from Monday"),
            ),
            dids=(OwnHours(names=("+38044*",), days=(DaySettings(days="2026-12-25"),)),),
        )
    )
    christmas = kyiv("2026-12-25T11:00")
    assert company.general.explain(christmas).open
    assert "we open on Christmas" in company.general.explain(christmas).because
    assert not company.of_did("+380442000600").explain(christmas).open
    assert "hours.dids[0].days" in company.of_did("+380442000600").explain(christmas).because
    assert company.of_did("+380322000600").explain(christmas).open
    assert company.general.explain(kyiv("2026-12-26T11:00")).open, "a moved working Saturday"

    closed = company.general.explain(kyiv("2027-12-24T23:30"))  # the year after: the file's rule comes back
    assert closed.next_opening == kyiv("2027-12-27T09:00"), "the 25th is a holiday, then comes the week-end"


def test_a_meeting_and_somebodys_birthday_close_nothing() -> None:
    company = made(HoursSettings(closed_days_files=(Path("h.ics"),)))
    assert company.general.explain(kyiv("2026-11-23T11:05")).open
    assert company.general.explain(kyiv("2026-11-24T11:00")).open


def test_an_event_of_two_days_closes_both_and_not_the_third() -> None:
    company = made(HoursSettings(closed_days_files=(Path("h.ics"),)))
    told = company.general.explain(kyiv("2026-12-03T12:00"))
    assert (told.open, told.next_opening) == (False, kyiv("2026-12-04T09:00"))
    assert "Moving to the new office" in told.because
    assert "h.ics" in told.because


def test_a_group_of_its_own_in_a_half_hour_zone() -> None:
    company = made(
        HoursSettings(groups=(OwnHours(names=("india",), schedule="Mo-Sa 10:00-19:00", timezone="Asia/Kolkata"),))
    )
    told = company.of_group("india").explain(datetime(2026, 11, 21, 4, 29, tzinfo=UTC))
    assert (told.open, told.next_opening) == (False, datetime(2026, 11, 21, 4, 30, tzinfo=UTC))
    assert str(told.at.tzinfo) == "Asia/Kolkata"


@pytest.mark.parametrize(
    ("days", "inside", "outside"),
    [
        ("12-31/01-02", ["2026-12-31", "2027-01-01", "2030-01-02"], ["2026-12-30", "2027-01-03"]),
        ("2026-12-31/2027-01-08", ["2026-12-31", "2027-01-08"], ["2027-12-31", "2027-01-09"]),
        ("02-29", ["2028-02-29"], ["2027-02-28", "2027-03-01"]),
    ],
)
def test_spans_hold_over_the_turn_of_the_year(days: str, inside: list[str], outside: list[str]) -> None:
    rule = day_rule(days)
    company = made(HoursSettings(schedule="24/7", days=(DaySettings(days=days),)))
    for day in inside + outside:
        expected = day in inside
        assert rule.covers(date.fromisoformat(day)) is expected
        assert company.general.explain(kyiv(f"{day}T12:00")).open is not expected, "the library agrees with us"


def test_a_night_shift_that_spans_midnight_goes_on_in_the_morning() -> None:
    company = made(HoursSettings(schedule="Fr 22:00-06:00"))
    assert company.general.explain(kyiv("2026-11-28T05:59")).open
    assert not company.general.explain(kyiv("2026-11-28T06:00")).open


def test_the_clocks_change_at_night_and_the_opening_stays_at_nine() -> None:
    company = made(HoursSettings(schedule="Mo-Su 09:00-18:00"))
    for eve in ("2026-03-28T20:00", "2026-10-24T20:00"):
        opening = company.general.explain(kyiv(eve)).next_opening
        assert opening is not None
        assert (opening.hour, opening.minute) == (9, 0)


@pytest.mark.parametrize(
    "days", ["25.12.2026", "2026-13-01", "2026-02-30", "12-31/2027-01-02", "2027-01-02/2026-12-31", "", "tomorrow"]
)
def test_a_day_that_cannot_be_read_is_told(days: str) -> None:
    with pytest.raises(ScheduleUnreadable):
        day_rule(days)


@pytest.mark.parametrize("text", ["", "BEGIN:VCALENDAR", "<html>", "BEGIN:VEVENT\nEND:VEVENT"])
def test_a_file_that_is_no_calendar_is_told_by_its_name(text: str) -> None:
    with pytest.raises(ScheduleUnreadable, match=r"h\.ics"):
        made(HoursSettings(closed_days_files=(Path("h.ics"),)), text)


def test_a_days_hours_are_when_we_open_and_close_on_it_over_midnight_and_the_change_of_the_clocks() -> None:
    kyiv = Schedule(Plan("hours.schedule", "Sa 22:00-26:00, Su 12:00-13:00", "Europe/Kyiv"))
    saturday, sunday = date(2026, 3, 28), date(2026, 3, 29)  # at 3 o'clock of Sunday the clocks go forward
    assert [tuple(f"{at:%d %H:%M}" for at in span) for span in kyiv.hours_of(saturday)] == [("28 22:00", "29 00:00")]
    assert [tuple(f"{at:%d %H:%M}" for at in span) for span in kyiv.hours_of(sunday)] == [
        ("29 00:00", "29 02:00"),
        ("29 12:00", "29 13:00"),
    ]
    assert Schedule(Plan("hours.schedule", "24/7", "Europe/Kyiv")).hours_of(sunday)[0][1].day == 30
