"""Closed days out of calendars that were written by others, well or badly."""

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.schedule.errors import ScheduleUnreadable
from telephony.schedule.rules.icalendar_files import MOST_BYTES, around, closed_days

TODAY = date(2026, 11, 21)


def calendar(*events: str) -> str:
    inside = "".join(
        f"BEGIN:VEVENT\r\nUID:{number}\r\nDTSTAMP:20260101T000000Z\r\n{event}\r\nEND:VEVENT\r\n"
        for number, event in enumerate(events)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{inside}END:VCALENDAR\r\n"


def multistatus(*texts: str, more: str = "") -> str:
    inside = "".join(
        f"<D:response><D:href>/{number}.ics</D:href><D:propstat><D:prop><C:calendar-data>{text}</C:calendar-data>"
        "</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
        for number, text in enumerate(texts)
    )
    names = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'
    return f'<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus {names}>{inside}{more}</D:multistatus>'


def days(text: str | bytes) -> list[str]:
    found = closed_days(text.encode() if isinstance(text, str) else text, around(TODAY), "h")
    return [f"{rule.first}..{rule.last}" if rule.first != rule.last else str(rule.first) for rule in found.days]


CHRISTMAS = "SUMMARY:Різдво\r\nDTSTART;VALUE=DATE:20201225\r\nRRULE:FREQ=YEARLY"


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("DTSTART;VALUE=DATE:20261225", ["2026 Dec 25"]),
        ("DTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261228", ["2026 Dec 25..2026 Dec 27"]),
        (CHRISTMAS, ["2026 Dec 25", "2027 Dec 25"]),
        ("DTSTART;VALUE=DATE:20261225\r\nTRANSP:TRANSPARENT", []),
        ("DTSTART;VALUE=DATE:20261225\r\nSTATUS:CANCELLED", []),
        ("DTSTART:20261225T090000Z\r\nDTEND:20261225T100000Z", []),
        ("DTSTART:20261225T090000Z\r\nRRULE:FREQ=SECONDLY", []),
        ("DTSTART;VALUE=DATE:20261225\r\nRRULE:FREQ=MINUTELY", []),
        ("DTSTART;VALUE=DATE:20200101\r\nDTEND;VALUE=DATE:20990101", ["2026 Sep 20..2027 Dec 26"]),
        ("DTSTART;VALUE=DATE:20300101", []),
        ("SUMMARY:no begin at all", []),
    ],
)
def test_an_event_is_a_closed_day_or_is_passed_over(event: str, expected: list[str]) -> None:
    assert days(calendar(event)) == expected


def test_one_occurrence_that_was_moved_to_an_hour_is_no_closed_day_any_more() -> None:
    text = calendar(CHRISTMAS).replace(
        "END:VCALENDAR",
        "BEGIN:VEVENT\r\nUID:0\r\nRECURRENCE-ID;VALUE=DATE:20261225\r\nDTSTART:20261225T100000Z\r\nEND:VEVENT\r\n"
        "END:VCALENDAR",
    )
    assert days(text) == ["2027 Dec 25"]


def test_a_byte_order_mark_and_plain_line_ends_are_read() -> None:
    assert days(b"\xef\xbb\xbf" + calendar(CHRISTMAS).replace("\r\n", "\n").encode()) == ["2026 Dec 25", "2027 Dec 25"]


def test_a_collections_answer_is_all_of_its_calendars() -> None:
    moving = "DTSTART;VALUE=DATE:20261202\r\nSUMMARY:Moving &amp; painting"
    text = multistatus(calendar(CHRISTMAS), calendar(moving).replace("UID:0", "UID:1"))
    assert days(text) == ["2026 Dec 02", "2026 Dec 25", "2027 Dec 25"]
    found = closed_days(text.encode(), around(TODAY), "h").days
    assert found[0].note == "Moving & painting"
    assert days(multistatus()) == [], "an empty calendar is a calendar"


def test_a_note_has_no_commands_to_terminals_in_it() -> None:
    (rule,) = closed_days(
        calendar("DTSTART;VALUE=DATE:20261225\r\nSUMMARY:a\x1b[2J\u202eb" + "x" * 200).encode(), around(TODAY), "h"
    ).days
    assert rule.note.isprintable()
    assert len(rule.note) == 80


BOMB = '<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
HALF = "<D:response><D:href>/</D:href><D:status>HTTP/1.1 507 Insufficient Storage</D:status></D:response>"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "BEGIN:VCALENDAR",
        "BEGIN:VEVENT\nEND:VEVENT",
        "<html><body>Log in</body></html>",
        "<!DOCTYPE html><html>",
        f'<?xml version="1.0"?>{BOMB}<D:multistatus xmlns:D="DAV:">&b;</D:multistatus>',
        '<multistatus xmlns="urn:other"/>',
        multistatus(calendar(CHRISTMAS))[:-20],
        multistatus(calendar(CHRISTMAS), more=HALF),
        multistatus("no calendar"),
        calendar("DTSTART;VALUE=DATE:16010101\r\nDTEND;VALUE=DATE:99990101"),
        calendar(*["DTSTART;VALUE=DATE:20261225"] * 20_001),
        calendar(*[f"DTSTART;VALUE=DATE:20261225\r\nSUMMARY:{n}" for n in range(2_001)]),
    ],
)
def test_what_is_no_calendar_of_holidays_is_told_by_its_name(text: str) -> None:
    with pytest.raises(ScheduleUnreadable, match=r"^h: "):
        days(text)


@pytest.mark.parametrize("body", [bytes(range(256)), b"\xff\xfe", b"x" * (MOST_BYTES + 1), b"BEGIN:VCALENDAR\r\n\xff"])
def test_what_is_no_text_or_too_much_is_told(body: bytes) -> None:
    with pytest.raises(ScheduleUnreadable, match=r"^h: "):
        days(body)


@given(st.binary(max_size=300))
def test_whatever_the_bytes_are_they_are_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(ScheduleUnreadable):
        days(body)


@given(st.lists(st.sampled_from([*calendar("DTSTART;VALUE=DATE:20261225\r\nSUMMARY:x").split("\r\n"), "BEGIN:VTODO"])))
def test_lines_in_any_order_are_read_or_refused(lines: list[str]) -> None:
    with contextlib.suppress(ScheduleUnreadable):
        days("\r\n".join(lines))
