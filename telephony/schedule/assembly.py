"""The company's calendars from its settings and calendar files."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path

from telephony.schedule.calendars import Calendars, Plan, Schedule, Special
from telephony.schedule.days import DayRule, day_rule
from telephony.schedule.errors import ScheduleUnreadable
from telephony.schedule.icalendar_files import closed_days
from telephony.settings import DaySettings, HoursSettings, OwnHours

ReadText = Callable[[Path], str]


def read_text(path: Path) -> str:
    """Read a calendar file.

    Raises:
        ScheduleUnreadable: it is not there, or no text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ScheduleUnreadable(f"hours.closed_days_files: {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ScheduleUnreadable(f"hours.closed_days_files: {path}: not UTF-8 text") from error


def calendars(settings: HoursSettings, today: date, read: ReadText = read_text) -> Calendars:
    """Make them all.

    Args:
        settings: the section ``[hours]``.
        today: around which years calendar files are unrolled.
        read: reads a calendar file.

    Raises:
        ScheduleUnreadable: something cannot be read; the text names the setting or the file.
    """
    from_files = [
        rule for path in settings.closed_days_files for rule in closed_days(read(path), today, str(path)).days
    ]
    shared = [*from_files, *_rules(settings.days, "hours.days")]
    general = Plan("hours.schedule", settings.schedule, settings.timezone, tuple(shared))
    return Calendars(
        general=Schedule(general),
        dids=_specials(settings.dids, "hours.dids", general),
        groups=_specials(settings.groups, "hours.groups", general),
    )


def _specials(own: Iterable[OwnHours], source: str, general: Plan) -> list[Special]:
    return [Special(one.names, Schedule(_plan(one, f"{source}[{index}]", general))) for index, one in enumerate(own)]


def _plan(own: OwnHours, source: str, general: Plan) -> Plan:
    return Plan(
        name=f"{source}.schedule" if own.schedule else general.name,
        schedule=own.schedule or general.schedule,
        timezone=own.timezone or general.timezone,
        days=(*general.days, *_rules(own.days, f"{source}.days")),
    )


def _rules(days: Sequence[DaySettings], source: str) -> list[DayRule]:
    return [day_rule(one.days, one.hours, one.note, source) for one in days]
