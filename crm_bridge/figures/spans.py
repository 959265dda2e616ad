"""Days, and stretches of them, in the company's zone. Pure."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


class DaySpan(NamedTuple):
    """Days, both ends included."""

    first: date
    last: date

    @classmethod
    def of_day(cls, text: str) -> Self:
        """Return one day: ``2026-11-28``."""
        return cls(date.fromisoformat(text), date.fromisoformat(text))

    @property
    def days(self) -> int:
        """How many there are."""
        return (self.last - self.first).days + 1

    def before(self) -> Self:
        """Return as many days just before these."""
        return type(self)(self.first - timedelta(days=self.days), self.first - ONE_DAY)

    def moments(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the moment at which they begin, and the one at which they are over."""
        return begin_of(self.first, zone), begin_of(self.last + ONE_DAY, zone)


def begin_of(day: date, zone: ZoneInfo) -> datetime:
    """Return a day's first moment; where the clock skips midnight, the moment at which it does."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def stretches(span: DaySpan, held: Collection[date]) -> list[DaySpan]:
    """Return what is left of a span without some of its days, as few stretches as there are."""
    found: list[DaySpan] = []
    day = span.first
    while day <= span.last:
        if day not in held:
            if found and found[-1].last == day - ONE_DAY:
                found[-1] = DaySpan(found[-1].first, day)
            else:
                found.append(DaySpan(day, day))
        day += ONE_DAY
    return found
