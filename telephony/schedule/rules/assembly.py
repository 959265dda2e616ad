"""The company's calendars from its settings and from what was told elsewhere. Pure: who read it is `watch`."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from telephony.schedule.rules.calendars import Calendars, Plan, Schedule, Special
from telephony.schedule.rules.days import DayRule, day_rule, on
from telephony.settings import DaySettings, HoursSettings, OwnHours


@dataclass(frozen=True, slots=True)
class ToldDay:
    """A day that was told by the API."""

    day: date
    hours: str
    """In OSM syntax for one day; empty is closed."""
    note: str
    by: str
    """The name of the key."""
    did: str = ""
    """Canonical, if it is only this number's."""
    group: str = ""
    """The group, if it is only theirs."""

    def rule(self) -> DayRule:
        """Return it as a rule like any other."""
        return DayRule(on(self.day), on(self.day), self.hours, self.note, f"the API by {self.by}")


@dataclass(frozen=True, slots=True)
class Amendments:
    """All that is told outside the settings."""

    closed: tuple[DayRule, ...] = ()
    """By calendars kept elsewhere."""
    days: tuple[ToldDay, ...] = ()
    """By the API."""


NOTHING = Amendments()


def calendars(settings: HoursSettings, amendments: Amendments = NOTHING) -> Calendars:
    """Make them all.

    Args:
        settings: the section ``[hours]``.
        amendments: what is told elsewhere.

    Raises:
        ScheduleUnreadable: something cannot be read; the text names the setting.
    """
    everybodys = (one.rule() for one in amendments.days if not one.did and not one.group)
    shared = (*amendments.closed, *_rules(settings.days, "hours.days"), *everybodys)
    plan = Plan("hours.schedule", settings.schedule, settings.timezone, shared)
    general = Schedule(plan)
    dids = _specials(settings.dids, "hours.dids", plan)
    groups = _specials(settings.groups, "hours.groups", plan)
    without = Calendars(general, dids, groups)
    return Calendars(
        general=general,
        dids=[*_by_api(((one.did, one) for one in amendments.days if one.did), without.of_did), *dids],
        groups=[*_by_api(((one.group, one) for one in amendments.days if one.group), without.of_group), *groups],
    )


def _specials(own: Iterable[OwnHours], source: str, general: Plan) -> list[Special]:
    return [Special(one.names, Schedule(_own(one, f"{source}[{index}]", general))) for index, one in enumerate(own)]


def _own(own: OwnHours, source: str, general: Plan) -> Plan:
    return Plan(
        name=f"{source}.schedule" if own.schedule else general.name,
        schedule=own.schedule or general.schedule,
        timezone=own.timezone or general.timezone,
        days=(*general.days, *_rules(own.days, f"{source}.days")),
    )


def _rules(days: Sequence[DaySettings], source: str) -> list[DayRule]:
    return [day_rule(one.days, one.hours, one.note, source) for one in days]


def _by_api(days: Iterable[tuple[str, ToldDay]], base: Callable[[str], Schedule]) -> list[Special]:
    """Make a schedule of its own for each name that a day was told for: what it had without, and those days."""
    of: dict[str, list[DayRule]] = {}
    for name, day in days:
        of.setdefault(name, []).append(day.rule())
    return [Special((_only(name),), _with(base(name).plan, rules)) for name, rules in of.items()]


def _with(plan: Plan, rules: Iterable[DayRule]) -> Schedule:
    return Schedule(replace(plan, days=(*plan.days, *rules)))


def _only(name: str) -> str:
    """Make a glob that nothing but this name fits."""
    return re.sub(r"([*?\[])", r"[\1]", name)
