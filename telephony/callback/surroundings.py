"""What stays the same while the daemon runs: hours, zones, the operator's country. Pure."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from telephony.callback.guards import Waking
from telephony.callback.roster import waking_hours
from telephony.schedule.hours import Calendar, weekly
from telephony.settings import TelephonySettings


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Read from the settings once. Made by `surroundings`."""

    calendar: Calendar
    waking: tuple[Waking, ...]
    zone: ZoneInfo
    """What "today" and spoken times are in."""
    region: str


def surroundings(settings: TelephonySettings) -> Surroundings:
    """Read them.

    Raises:
        ScheduleUnreadable: the hours, a customer's waking hours or a zone cannot be read.
    """
    return Surroundings(
        calendar=weekly(settings.hours.schedule, settings.hours.timezone),
        waking=waking_hours(settings.callback, settings.hours),
        zone=ZoneInfo(settings.hours.timezone),
        region=settings.numbers.region,
    )
