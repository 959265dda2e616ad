"""Periods of days, as people name them: today, last week, from one day to another; in the company's zone."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo


class PeriodName(StrEnum):
    """What can be chosen."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    WEEK = "7d"
    MONTH = "30d"
    THIS_MONTH = "month"
    LAST_MONTH = "last_month"
    ALL = "all"
    CUSTOM = "custom"


class Period(NamedTuple):
    """Days, both ends included; None is open."""

    name: PeriodName
    first: date | None
    last: date | None

    def since(self, zone: ZoneInfo) -> datetime | None:
        """Return the moment at which it begins."""
        return None if self.first is None else datetime.combine(self.first, time(), zone)

    def until(self, zone: ZoneInfo) -> datetime | None:
        """Return the moment before which it ends."""
        return None if self.last is None else datetime.combine(self.last + timedelta(days=1), time(), zone)


def period(name: str, first: str, last: str, today: date, otherwise: PeriodName) -> Period:
    """Read a period off an address; what cannot be read is as if it were not there.

    Args:
        name: a `PeriodName`; may be empty.
        first: ``2026-11-01``, of a period of one's own; may be empty.
        last: as ``first``.
        today: the day of now.
        otherwise: what is meant where nothing is told.
    """
    begins, ends = _day(first), _day(last)
    if begins is not None or ends is not None:
        return Period(PeriodName.CUSTOM, begins, ends)
    chosen = PeriodName(name) if name in set(PeriodName) - {PeriodName.CUSTOM} else otherwise
    return Period(chosen, *_days(chosen, today))


def _days(name: PeriodName, today: date) -> tuple[date | None, date | None]:
    match name:
        case PeriodName.YESTERDAY:
            return today - timedelta(days=1), today - timedelta(days=1)
        case PeriodName.WEEK:
            return today - timedelta(days=6), today
        case PeriodName.MONTH:
            return today - timedelta(days=29), today
        case PeriodName.THIS_MONTH:
            return today.replace(day=1), today
        case PeriodName.LAST_MONTH:
            last = today.replace(day=1) - timedelta(days=1)
            return last.replace(day=1), last
        case PeriodName.ALL | PeriodName.CUSTOM:
            return None, None
        case _:
            return today, today


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if date(2000, 1, 1) <= found <= date(2200, 1, 1) else None
