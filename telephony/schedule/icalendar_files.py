"""Closed days from iCalendar files (RFC 5545): a holiday calendar that a person or a program keeps.

All-day events that are not marked free (``TRANSP:TRANSPARENT``) or cancelled are closed days. Recurring ones are
unrolled over the years we plan for. Events with hours are meetings, not holidays: they are passed over and counted.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import recurring_ical_events
from icalendar import Calendar as ICalendar
from icalendar import Event

from telephony.schedule.days import Day, DayRule
from telephony.schedule.errors import ScheduleUnreadable

_YEARS_BACK, _YEARS_AHEAD = 1, 3
_LONGEST_NOTE = 80
_MOST_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """What a file told."""

    days: tuple[DayRule, ...]
    passed_over: int
    """Events that are no closed days."""


def closed_days(text: str, around: date, source: str) -> ClosedDays:
    """Read a file's closed days for the years around ``around``.

    Args:
        text: the file.
        around: today; a year before and three years after it are planned for.
        source: the file's name, for whoever asks why we are closed.

    Raises:
        ScheduleUnreadable: it is no iCalendar file.
    """
    if len(text) > _MOST_BYTES:
        raise ScheduleUnreadable(f"{source}: larger than {_MOST_BYTES:,} bytes: that is no calendar of holidays")
    first = date(around.year - _YEARS_BACK, 1, 1)
    last = date(around.year + _YEARS_AHEAD + 1, 1, 1)
    try:
        found = recurring_ical_events.of(ICalendar.from_ical(text)).between(first, last)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise ScheduleUnreadable(f"{source}: no iCalendar file: {error}") from error
    rules = [rule for rule in (_rule(event, source) for event in found) if rule is not None]
    rules.sort(key=lambda rule: (rule.first, rule.last))
    return ClosedDays(tuple(rules), len(found) - len(rules))


def _rule(event: Event, source: str) -> DayRule | None:
    start = event.start
    if isinstance(start, datetime) or _is_free(event):
        return None
    end = event.end - timedelta(days=1)  # DTEND is the first day that does not belong to it
    note = " ".join(str(event.get("SUMMARY", "")).split())[:_LONGEST_NOTE]
    return DayRule(_day(start), _day(max(start, end)), "", note, source)


def _is_free(event: Event) -> bool:
    return str(event.get("TRANSP", "")).upper() == "TRANSPARENT" or str(event.get("STATUS", "")).upper() == "CANCELLED"


def _day(day: date) -> Day:
    return Day(day.year, day.month, day.day)
