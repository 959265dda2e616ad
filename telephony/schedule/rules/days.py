"""Days on which other hours hold than the week's: holidays, shortened and moved working days.

A day is told in ISO 8601: ``2026-12-25``, a span ``2026-12-31/2027-01-08`` (both ends count), or without a year, then
it comes back every year: ``12-25``, ``12-31/01-02``.
"""

import calendar as months
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from telephony.schedule.errors import ScheduleUnreadable

_DAY: Final = re.compile(r"(?:(\d{4})-)?(\d{2})-(\d{2})", re.ASCII)
_SPAN: Final = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d|24:00)", re.ASCII)
_MOST_SPANS: Final = 12
_LEAP_YEAR: Final = 2024
"""In which every month and day exists, for checking days without a year."""


@dataclass(frozen=True, slots=True, order=True)
class Day:
    """One day; year 0 is every year."""

    year: int
    month: int
    day: int

    def date(self) -> date:
        """Return the day of a year that is told."""
        return date(self.year, self.month, self.day)

    def __str__(self) -> str:
        """As OSM's opening_hours writes it: ``2026 Dec 25``, ``Dec 25``."""
        month = months.month_abbr[self.month]  # the C locale's: Python's own, unless the program sets another
        return f"{self.year} {month} {self.day:02}" if self.year else f"{month} {self.day:02}"


@dataclass(frozen=True, slots=True)
class DayRule:
    """Other hours on some days."""

    first: Day
    last: Day
    hours: str
    """In OSM syntax, ``10:00-14:00``; empty is closed."""
    note: str
    """What it is, for whoever asks why: ``Christmas``."""
    source: str
    """Where it was told: a setting or a file."""

    def covers(self, day: date) -> bool:
        """Return whether the rule speaks of a day of the schedule's own zone."""
        if self.first.year:
            at = Day(day.year, day.month, day.day)
            return self.first <= at <= self.last
        at = Day(0, day.month, day.day)
        if self.first <= self.last:
            return self.first <= at <= self.last
        return at >= self.first or at <= self.last  # over the turn of the year

    def expression(self) -> str:
        """Write it as a rule of OSM's opening_hours, to stand behind those it overrides."""
        days = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return f"{days} {self.hours or 'off'}"

    def __str__(self) -> str:
        """For people: ``2026 Dec 25 off (Christmas), told in hours.days``."""
        note = f" ({self.note})" if self.note else ""
        return f"{self.expression()}{note}, told in {self.source}"


def day_rule(days: str, hours: str = "", note: str = "", source: str = "hours.days") -> DayRule:
    """Read a rule.

    Raises:
        ScheduleUnreadable: the days are not of the form told above, do not exist, or end before they begin.
    """
    first, _, last = days.strip().partition("/")
    begins = _day(first, days)
    ends = _day(last, days) if last else begins
    if bool(begins.year) != bool(ends.year) or (begins.year and ends < begins):
        raise ScheduleUnreadable(f"{days!r}: the last day comes before the first, or only one has a year")
    return DayRule(begins, ends, hours.strip(), note, source)


def on(day: date) -> Day:
    """Return one day of one year."""
    return Day(day.year, day.month, day.day)


def hours_of_day(text: str) -> str:
    """Read the hours of one day as somebody outside told them: nothing but times, for they become a part of a schedule.

    They end at midnight: whether a night goes on into the next day depends on what is told of that day.

    Returns:
        The hours in one spelling, ``10:00-13:00,14:00-18:00``; empty for closed.

    Raises:
        ScheduleUnreadable: it is anything else.
    """
    spans = [span.strip() for span in text.split(",")] if text.strip() else []
    found = [_SPAN.fullmatch(span) for span in spans]
    if len(spans) > _MOST_SPANS or any(one is None or one[1] >= one[2] for one in found):
        raise ScheduleUnreadable(
            f"{text[:60]!r} are no hours of a day: write 10:00-14:00, or 09:00-13:00,14:00-24:00, or nothing for closed"
        )
    return ",".join(spans)


def joined(rules: Iterable[DayRule]) -> Iterator[DayRule]:
    """Join rules that follow one another, say the same, and lie side by side: a schedule is slower for each rule."""
    last: DayRule | None = None
    for rule in rules:
        if last is not None and _goes_on(last, rule):
            last = replace(last, last=max(last.last, rule.last))
            continue
        if last is not None:
            yield last
        last = rule
    if last is not None:
        yield last


def _goes_on(one: DayRule, following: DayRule) -> bool:
    if not (one.first.year and following.first.year) or one.hours != following.hours:
        return False
    return one.first <= following.first and following.first <= on(one.last.date() + timedelta(days=1))


def _day(text: str, whole: str) -> Day:
    found = _DAY.fullmatch(text.strip())
    if found is None:
        raise ScheduleUnreadable(
            f"{whole!r} is no day: write 2026-12-25, 12-25 for every year, or 2026-12-31/2027-01-08"
        )
    year, month, day = int(found[1] or 0), int(found[2]), int(found[3])
    try:
        date(year or _LEAP_YEAR, month, day)
    except ValueError:
        raise ScheduleUnreadable(f"{whole!r}: there is no such day") from None
    return Day(year, month, day)
