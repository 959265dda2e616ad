"""The company's calendar kept current: what is read at the start, the loops, how it is."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

from telephony.daemon.health import HealthCheck
from telephony.daemon.supervisor import Supervisor
from telephony.ports import Clock
from telephony.postgres.pool import Pool
from telephony.schedule.fetching import CalendarFetching
from telephony.schedule.last_good import DaysCopy
from telephony.schedule.rules.almanac import Almanac
from telephony.schedule.watch import CalendarWatch
from telephony.settings import HoursSettings


class CalendarPart(NamedTuple):
    """What the rest of the daemon needs of it."""

    watch: CalendarWatch
    fetching: CalendarFetching | None
    """None if no calendar is asked over HTTP."""

    def start(self, supervisor: Supervisor) -> None:
        """Start its loops."""
        supervisor.spawn("calendar", self.watch.run())
        if self.fetching is not None:
            supervisor.spawn("calendars elsewhere", self.fetching.run())

    def part(self) -> HealthCheck:
        """Return how it is."""
        troubles = self.watch.troubles()
        summary = "; ".join(troubles) or self.watch.summary()
        return HealthCheck("calendar", healthy=not troubles, said=summary)


async def begin(
    pool: Pool,
    settings: HoursSettings,
    almanac: Almanac,
    clock: Clock,
    on_change: Callable[[], Awaitable[object]],
    copy: Path,
) -> CalendarPart:
    """Make it, and read everything once; ``copy`` is the file of what was known before.

    Raises:
        ScheduleUnreadable: a file cannot be read, and no good copy of it was kept.
    """
    watch = CalendarWatch(pool, settings, almanac, clock, on_change=on_change, copy=DaysCopy(copy))
    await watch.begin()
    return CalendarPart(watch, CalendarFetching(pool, settings.calendars, clock) if settings.calendars else None)
