"""Days put into months and weeks, as a wall calendar has them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Protocol, TypeVar


class HasDay(Protocol):
    """Something of one day."""

    @property
    def day(self) -> date:
        """Which."""
        ...


_D = TypeVar("_D", bound=HasDay)


@dataclass(frozen=True, slots=True)
class Month:
    """A month's weeks; each has seven places from Monday on, None where no day is shown."""

    first: date
    weeks: tuple[tuple[object | None, ...], ...]


def by_month(days: Sequence[_D]) -> list[Month]:
    """Put days that follow each other into months."""
    months = [list(group) for _, group in groupby(days, key=lambda each: (each.day.year, each.day.month))]
    return [Month(month[0].day.replace(day=1), _weeks(month)) for month in months]


def _weeks(days: Sequence[_D]) -> tuple[tuple[object | None, ...], ...]:
    places: list[object | None] = [None] * days[0].day.weekday()
    places += days
    places += [None] * (-len(places) % 7)
    return tuple(tuple(places[start : start + 7]) for start in range(0, len(places), 7))
