"""One weekly schedule in a time zone: open or not, the next opening, working seconds between two moments and back.

The expression is OSM's (``Mo-Fr 09:00-13:00,14:00-18:00; 2026 Dec 25 off``); its smallest unit is a minute. All times
that go in and come out are aware; arithmetic is done in UTC, because the difference of two wall clocks is wrong on the
two days a year when the clocks are changed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from opening_hours import OpeningHours, ParserError  # type: ignore[attr-defined]  # its stub forgets the error

from telephony.schedule.errors import ScheduleUnreadable

_NO_TIME = timedelta(0)
_UTC = ZoneInfo("UTC")  # the library wants zones with a key, which datetime.UTC has not


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working hours. Made by `weekly`."""

    _hours: OpeningHours

    def open_at(self, at: datetime) -> bool:
        """Return whether we work at this moment. The minute of closing is closed."""
        return self._hours.is_open(at.astimezone(_UTC))

    def next_opening(self, at: datetime) -> datetime | None:
        """Return ``at`` itself if open, else the first moment of the next opening (UTC); None if there is none."""
        if self.open_at(at):
            return at
        following = self._hours.next_change(at.astimezone(_UTC))
        while following is not None and not self._hours.is_open(following):
            following = self._hours.next_change(following)
        return following.astimezone(UTC) if following else None

    def next_change(self, at: datetime) -> datetime | None:
        """Return the first moment after ``at`` at which we open or close (UTC); None if there is none."""
        following = self._hours.next_change(at.astimezone(_UTC))
        return following.astimezone(UTC) if following else None

    def working_seconds(self, since: datetime, until: datetime) -> float:
        """Count the working seconds in [since, until); 0 if ``until`` is not later."""
        total, at, last = 0.0, since.astimezone(_UTC), until.astimezone(_UTC)
        while at < last:
            following = self._hours.next_change(at)
            end = last if following is None else min(following.astimezone(_UTC), last)
            if self._hours.is_open(at):
                total += (end - at).total_seconds()
            at = end
        return total

    def after(self, since: datetime, seconds: float) -> datetime | None:
        """Return the first moment (UTC) by which so many seconds were worked since ``since``: `working_seconds` undone.

        Seconds that are up at a closing are up at that closing, not at the next opening. None if we never work so long.
        """
        at, left = since.astimezone(_UTC), timedelta(seconds=seconds)
        while left > _NO_TIME:
            following = self._hours.next_change(at)
            end = None if following is None else following.astimezone(_UTC)
            if self._hours.is_open(at):
                if end is None or end - at >= left:
                    return (at + left).astimezone(UTC)
                left -= end - at
            if end is None:
                return None
            at = end
        return at.astimezone(UTC)


def weekly(expression: str, timezone: str) -> Calendar:
    """Read a schedule.

    Args:
        expression: in OSM opening_hours syntax.
        timezone: an IANA name, ``Europe/Kyiv``.

    Raises:
        ScheduleUnreadable: one of them cannot be read.
    """
    try:
        return Calendar(OpeningHours(expression, timezone=ZoneInfo(timezone)))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ScheduleUnreadable(f"unknown time zone {timezone!r}: use an IANA name like Europe/Kyiv") from error
    except ParserError as error:
        raise ScheduleUnreadable(f"not an opening_hours expression: {expression!r} ({_first_line(error)})") from error


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[-1].strip(" =")
