"""What stays the same while the daemon runs: hours, zones, the operator's country."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from telephony.callback.guards import Waking
from telephony.callback.roster import waking_hours
from telephony.numbers import canonical
from telephony.schedule.assembly import calendars
from telephony.schedule.calendars import Calendars
from telephony.schedule.hours import Calendar
from telephony.settings import TelephonySettings


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Read from the settings once. Made by `surroundings`."""

    calendars: Calendars
    waking: tuple[Waking, ...]
    zone: ZoneInfo
    """What "today" and spoken times are in."""
    region: str

    @property
    def calendar(self) -> Calendar:
        """When the company works, whichever number was called."""
        return self.calendars.general.calendar

    def calendar_of(self, did: str) -> Calendar:
        """When those work who answer one of our numbers."""
        return self.calendars.of_did(canonical(did, self.region)).calendar

    def own_hours_of_group(self, group: str) -> Calendar | None:
        """When a group works, if it has hours of its own."""
        theirs = (special.schedule.calendar for special in self.calendars.groups if special.fits(group))
        return next(theirs, None)


def surroundings(settings: TelephonySettings, today: date) -> Surroundings:
    """Read them; ``today`` is around which years calendar files are unrolled.

    Raises:
        ScheduleUnreadable: the hours, a day, a calendar file, a customer's waking hours or a zone cannot be read.
    """
    return Surroundings(
        calendars=calendars(settings.hours, today),
        waking=waking_hours(settings.callback, settings.hours),
        zone=ZoneInfo(settings.hours.timezone),
        region=settings.numbers.region,
    )
