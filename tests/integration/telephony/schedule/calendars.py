"""One daemon's calendar, for the tests of what changes under it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from telephony.daemon.parts.calendar import CalendarPart
from telephony.postgres.pool import Pool
from telephony.schedule.last_good import DaysCopy
from telephony.schedule.rules.almanac import Almanac
from telephony.schedule.rules.icalendar_files import ClosedDays, PlannedDays, closed_days
from telephony.schedule.watch import CalendarWatch
from telephony.settings import HoursSettings

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


CHRISTMAS_DAY = datetime(2026, 12, 25, 10, 0, tzinfo=UTC)


MOVING_DAY = datetime(2026, 12, 2, 10, 0, tzinfo=UTC)


async def here(body: bytes, window: PlannedDays, source: str) -> ClosedDays:
    """Read it in this process: what `unrolled` does is its own tests' business."""
    return closed_days(body, window, source)


@dataclass(slots=True)
class Daemon:
    """One daemon's calendar, looked at by hand."""

    pool: Pool | None
    settings: HoursSettings
    now: datetime = NOW
    copy: DaysCopy | None = None
    changes: int = 0
    almanac: Almanac = field(init=False)
    watch: CalendarWatch = field(init=False)

    def __post_init__(self) -> None:
        self.almanac = Almanac(self.settings)
        self.watch = CalendarWatch(
            self.pool,
            self.settings,
            self.almanac,
            lambda: self.now,
            on_change=self._changed,
            copy=self.copy,
            unroll=here,
        )

    async def _changed(self) -> None:
        self.changes += 1

    def open_at(self, at: datetime) -> bool:
        return self.almanac.calendars.general.calendar.open_at(at)

    def because(self, at: datetime) -> str:
        return self.almanac.calendars.general.explain(at).because

    def part(self) -> tuple[bool, str]:
        told = CalendarPart(self.watch, None).part()
        return told.healthy, told.said
