"""What is around every request: hours, zones, the operator's country. Only the hours change while the daemon runs."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry

from telephony.callback.policy.dialling import Dialling
from telephony.callback.policy.guards import Waking
from telephony.callback.policy.roster import waking_hours
from telephony.numbers import canonical
from telephony.schedule.rules.almanac import Almanac
from telephony.schedule.rules.calendars import Calendars, Schedule
from telephony.schedule.rules.hours import Calendar
from telephony.settings import TelephonySettings
from telephony.tolls.gate import TollGate


@dataclass(frozen=True, slots=True)
class CallbackContext:
    """Read from the settings once. Made by `surroundings`."""

    almanac: Almanac
    waking: tuple[Waking, ...]
    zone: ZoneInfo
    """What "today" and spoken times are in."""
    region: str
    tolls: TollGate
    """What may be dialled outside."""
    dialling: Dialling
    """How outside numbers are dialled."""

    @property
    def calendars(self) -> Calendars:
        """The company's, as they are now."""
        return self.almanac.calendars

    def schedule_of(self, did: str) -> Schedule:
        """The hours of one of our numbers."""
        return self.calendars.of_did(canonical(did, self.region))

    def calendar_of(self, did: str) -> Calendar:
        """When those work who answer one of our numbers."""
        return self.schedule_of(did).calendar

    def own_hours_of_group(self, group: str) -> Calendar | None:
        """When a group works, if it has hours of its own."""
        theirs = self.calendars.own_of_group(group)
        return theirs.calendar if theirs else None


def callback_context(
    settings: TelephonySettings, almanac: Almanac, registry: CollectorRegistry | None = None
) -> CallbackContext:
    """Read them; ``registry`` is where refusals of numbers are counted.

    Raises:
        ScheduleUnreadable: a customer's waking hours or a zone cannot be read.
    """
    return CallbackContext(
        almanac=almanac,
        waking=waking_hours(settings.callback, settings.hours),
        zone=ZoneInfo(settings.hours.timezone),
        region=settings.numbers.region,
        tolls=TollGate(settings.toll, settings.numbers.region, registry),
        dialling=Dialling(settings.voice.trunk, settings.voice.dial, settings.voice.dial_options),
    )
