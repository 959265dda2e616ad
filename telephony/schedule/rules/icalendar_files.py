"""Closed days from iCalendar (RFC 5545): a holiday calendar that a person or a program keeps.

All-day events that are not marked free (``TRANSP:TRANSPARENT``) or cancelled are closed days. Recurring ones are
unrolled over the days we plan for. Events with hours are meetings, not holidays: they are passed over before anything
is unrolled (one that comes every second would take for ever), as are all-day events that come oftener than daily.

A calendar may be a file's or a link's text, or what a CalDAV server answers to a query: several texts in XML.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

import recurring_ical_events
from icalendar import Calendar as ICalendar
from icalendar import Event

from telephony.schedule.errors import ScheduleUnreadable
from telephony.schedule.rules.days import DayRule, on
from telephony.schedule.rules.multistatus import calendar_texts

MOST_BYTES = 5_000_000
MOST_DAYS = 2000
"""Closed days, or stretches of them, that one calendar may have in the time we plan for."""
_DAYS_BACK, _DAYS_AHEAD = 62, 400
"""Back as far as figures look; ahead a year's horizon of promises and the opening after it."""
_LONGEST_NOTE = 80
_LONGEST_REASON = 200
_MOST_EVENTS = 20_000
_UNROLLED = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})


class PlannedDays(NamedTuple):
    """The days we plan for; both ends count."""

    first: date
    last: date


def around(day: date) -> PlannedDays:
    """Return the days we plan for on a day."""
    first, last = day.toordinal() - _DAYS_BACK, day.toordinal() + _DAYS_AHEAD
    return PlannedDays(date.fromordinal(max(1, first)), date.fromordinal(min(date.max.toordinal() - 1, last)))


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """What a calendar told."""

    days: tuple[DayRule, ...]
    passed_over: int
    """Events that are no closed days."""


def closed_days(body: bytes, window: PlannedDays, source: str) -> ClosedDays:
    """Read a calendar's closed days.

    This takes as long as the text wants it to: a stranger's text is read in a process that can be ended (`unrolling`).

    Args:
        body: a file's or an answer's bytes.
        window: the days to plan for.
        source: its name, for whoever asks why we are closed.

    Raises:
        ScheduleUnreadable: it is no calendar.
    """
    if len(body) > MOST_BYTES:
        raise ScheduleUnreadable(f"{source}: larger than {MOST_BYTES:,} bytes: that is no calendar of holidays")
    try:
        return _closed_days(body, window, source)
    except ScheduleUnreadable:
        raise
    except Exception as error:  # whatever two libraries raise about a stranger's text, it cannot be read
        reason = _plain(str(error) or type(error).__name__, _LONGEST_REASON)
        raise ScheduleUnreadable(f"{source}: an event cannot be read: {reason}") from error


def _closed_days(body: bytes, window: PlannedDays, source: str) -> ClosedDays:
    events = [event for text in _texts(body, source) for event in _events(text, source)]
    if len(events) > _MOST_EVENTS:
        raise ScheduleUnreadable(f"{source}: more than {_MOST_EVENTS:,} events: that is no calendar of holidays")
    candidates = list(_all_day(events))
    found = _unrolled(candidates, window)
    rules = sorted(
        {rule for rule in (_rule(event, window, source) for event in found) if rule is not None},
        key=lambda rule: (rule.first, rule.last, rule.note),
    )
    if len(rules) > MOST_DAYS:
        raise ScheduleUnreadable(f"{source}: more than {MOST_DAYS:,} closed days: that is no calendar of holidays")
    return ClosedDays(tuple(rules), len(events) - len(candidates) + len(found) - len(rules))


def _texts(body: bytes, source: str) -> list[str]:
    bare = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if bare[:1] == b"<":
        return calendar_texts(bare, source)
    try:
        return [bare.decode()]
    except UnicodeDecodeError as error:
        raise ScheduleUnreadable(f"{source}: no iCalendar: not UTF-8 text (byte {error.start})") from None


def _events(text: str, source: str) -> list[Event]:
    try:
        found = ICalendar.from_ical(text, multiple=True)
    except Exception as error:  # as above
        raise ScheduleUnreadable(f"{source}: no iCalendar: {_plain(str(error), _LONGEST_REASON)}") from error
    if not found or not all(isinstance(one, ICalendar) for one in found):
        raise ScheduleUnreadable(f"{source}: no iCalendar: it must begin with BEGIN:VCALENDAR and end properly")
    return [event for calendar in found for event in calendar.walk("VEVENT") if isinstance(event, Event)]


def _all_day(events: Sequence[Event]) -> Iterator[Event]:
    """Keep the series of which some event is all-day: one occurrence may have been moved to an hour."""
    wanted = {_series(event) for event in events if _is_all_day(event)}
    return (event for event in events if _series(event) in wanted and not _too_often(event))


def _series(event: Event) -> object:
    return str(event["UID"]) if "UID" in event else id(event)


def _is_all_day(event: Event) -> bool:
    return "DTSTART" in event and not isinstance(getattr(event["DTSTART"], "dt", None), datetime)


def _too_often(event: Event) -> bool:
    rules = event.get("RRULE", [])
    frequencies = [word for rule in (rules if isinstance(rules, list) else [rules]) for word in rule.get("FREQ", [])]
    return any(str(word).upper() not in _UNROLLED for word in frequencies)


def _unrolled(events: Sequence[Event], window: PlannedDays) -> Sequence[Event]:
    whole = ICalendar()
    for event in events:
        whole.add_component(event)
    found: Sequence[Event] = recurring_ical_events.of(whole).between(window.first, window.last + timedelta(days=1))
    return found


def _rule(event: Event, window: PlannedDays, source: str) -> DayRule | None:
    start = event.start
    if isinstance(start, datetime) or _is_free(event):
        return None
    end = max(start, event.end - timedelta(days=1))  # DTEND is the first day that does not belong to it
    first, last = max(start, window.first), min(end, window.last)
    note = _plain(str(event.get("SUMMARY", "")), _LONGEST_NOTE)
    return DayRule(on(first), on(last), "", note, source) if first <= last else None


def _plain(text: str, longest: int) -> str:
    """Return a stranger's text without what would be a command to somebody's terminal, or turn the line around."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())[:longest]


def _is_free(event: Event) -> bool:
    return str(event.get("TRANSP", "")).upper() == "TRANSPARENT" or str(event.get("STATUS", "")).upper() == "CANCELLED"
