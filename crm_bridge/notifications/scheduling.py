"""When an ordered report is due, and which days it is of. Pure; times are those of the company's zone."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import assert_never

from crm_bridge.figures.spans import ONE_DAY, DaySpan


class Every(StrEnum):
    """How often."""

    DAY = "day"
    """Of the day before."""
    WEEK = "week"
    """On Mondays, of the week before."""
    MONTH = "month"
    """On the first, of the month before."""


def last_due(every: Every, at: time, now: datetime) -> date:
    """Return the last day on which it was due by ``now``."""
    today = now.date() if now.time() >= at else now.date() - ONE_DAY
    match every:
        case Every.DAY:
            return today
        case Every.WEEK:
            return today - timedelta(days=today.weekday())
        case Every.MONTH:
            return today.replace(day=1)
        case _:
            assert_never(every)


def days_of(every: Every, due: date) -> DaySpan:
    """Return the days that a report due on a day is of."""
    last = due - ONE_DAY
    match every:
        case Every.DAY:
            return DaySpan(last, last)
        case Every.WEEK:
            return DaySpan(due - timedelta(days=7), last)
        case Every.MONTH:
            return DaySpan(last.replace(day=1), last)
        case _:
            assert_never(every)
