"""How a time is spoken of, seen from another time: today, tomorrow, on Monday, on a date."""

from datetime import date, datetime, time
from enum import Enum, auto
from typing import NamedTuple

_WEEK = 7


class DayWord(Enum):
    """The word for a day."""

    TODAY = auto()
    TOMORROW = auto()
    YESTERDAY = auto()
    WEEKDAY = auto()
    """One of the next six days: "on Monday"."""
    DATE = auto()
    """Anything else: "on the fifth of January"."""


class Moment(NamedTuple):
    """A local date and time of day, and the word to use for its day."""

    day: DayWord
    date: date
    clock: time


def moment(at: datetime, now: datetime) -> Moment:
    """Return how to speak of ``at`` at the time ``now``; both in the listener's own zone."""
    return Moment(_day((at.date() - now.date()).days), at.date(), at.time().replace(second=0, microsecond=0))


def _day(ahead: int) -> DayWord:
    match ahead:
        case 0:
            return DayWord.TODAY
        case 1:
            return DayWord.TOMORROW
        case -1:
            return DayWord.YESTERDAY
        case _:
            return DayWord.WEEKDAY if 0 < ahead < _WEEK else DayWord.DATE
