"""A customer's first hundred days with us, as a strip of days. Pure."""

from collections.abc import Iterable
from datetime import date
from typing import Final, NamedTuple

from crm_bridge.queries.calls import CallSummary
from telephony.model import Disposition

DAYS: Final = 100


class StripDay(NamedTuple):
    """One day: how many calls were answered, and how many were missed."""

    number: int
    answered: int
    missed: int


class Hundred(NamedTuple):
    """The strip; ``today`` is the number of this day, which may be behind the hundred."""

    first: date
    today: int
    days: tuple[StripDay, ...]


def hundred(calls: Iterable[tuple[date, CallSummary]], today: date) -> Hundred | None:
    """Lay out calls by the days since the first of them; None if there was none."""
    placed = sorted(calls, key=lambda each: each[0])
    if not placed:
        return None
    first = placed[0][0]
    answered, missed = [0] * DAYS, [0] * DAYS
    for day, call in placed:
        number = (day - first).days
        if number < DAYS:
            counted = missed if call.disposition is Disposition.MISSED else answered
            counted[number] += 1
    days = tuple(StripDay(number + 1, answered[number], missed[number]) for number in range(DAYS))
    return Hundred(first, (today - first).days + 1, days)
