"""The company's calendars: one for everybody, others for some of our numbers and groups; and why we are open or closed.

What overrides what, the later the stronger:

1. the weekly hours: those of the DID or the group where it has its own, else the general ones;
2. closed days from calendars kept elsewhere: iCalendar files, then those asked over HTTP;
3. the general days of the settings (holidays, shortened and moved days);
4. the general days told by the API;
5. the DID's or the group's own days in the settings;
6. the DID's or the group's own days told by the API.

Of two rules of one kind, the one told later wins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fnmatch import fnmatchcase
from hashlib import sha256
from zoneinfo import ZoneInfo

from telephony.schedule.rules.days import DayRule, joined
from telephony.schedule.rules.hours import Calendar, weekly


@dataclass(frozen=True, slots=True)
class Plan:
    """Weekly hours and the days that override them, in one zone."""

    name: str
    """Where the weekly hours were told: ``hours.schedule``."""
    schedule: str
    timezone: str
    days: tuple[DayRule, ...] = ()

    def calendar(self) -> Calendar:
        """Make the calendar.

        Raises:
            ScheduleUnreadable: the schedule, a day's hours or the zone cannot be read.
        """
        rules = "; ".join([self.schedule, *(rule.expression() for rule in joined(self.days))])
        return weekly(rules, self.timezone)

    def decides(self, day: date) -> str:
        """Return which rule decides over a day of this zone."""
        rule = next((rule for rule in reversed(self.days) if rule.covers(day)), None)
        return str(rule) if rule is not None else f"{self.schedule}, told in {self.name}"


@dataclass(frozen=True, slots=True)
class Answer:
    """Open or closed, and why."""

    open: bool
    at: datetime
    """In the plan's zone."""
    because: str
    next_opening: datetime | None
    """In the plan's zone; ``at`` itself if open, None if there is none."""
    next_change: datetime | None
    """When it opens or closes next, in the plan's zone."""


class Schedule:
    """One plan, with its calendar."""

    def __init__(self, plan: Plan) -> None:
        """Read the plan.

        Raises:
            ScheduleUnreadable: it cannot be read.
        """
        self.plan = plan
        self.calendar = plan.calendar()
        self.zone = ZoneInfo(plan.timezone)
        self.fingerprint = sha256(repr(plan).encode()).hexdigest()[:16]
        """Tells these hours from others: what was reckoned by them says so."""

    def explain(self, at: datetime) -> Answer:
        """Return whether we work at a moment, by which rule, and when that changes."""
        local = at.astimezone(self.zone)
        opening, change = self.calendar.next_opening(at), self.calendar.next_change(at)
        return Answer(
            open=self.calendar.open_at(at),
            at=local,
            because=self.plan.decides(local.date()),
            next_opening=opening.astimezone(self.zone) if opening else None,
            next_change=change.astimezone(self.zone) if change else None,
        )

    def hours_of(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """Return when we open and close on a day, in the zone; a day that begins open does so at midnight."""
        edges = (datetime.combine(edge, time(), self.zone) for edge in (day, day + timedelta(days=1)))
        at, last = (edge.astimezone(UTC) for edge in edges)
        found = []
        while at < last:
            change = self.calendar.next_change(at)
            end = last if change is None else min(change, last)
            if self.calendar.open_at(at):
                found.append((at.astimezone(self.zone), end.astimezone(self.zone)))
            at = end
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Special:
    """A schedule of its own, for the names that fit one of the globs."""

    names: tuple[str, ...]
    schedule: Schedule

    def fits(self, name: str) -> bool:
        """Return whether it is this one's."""
        return any(fnmatchcase(name, pattern) for pattern in self.names)


@dataclass(frozen=True, slots=True)
class Calendars:
    """All of the company's."""

    general: Schedule
    dids: Sequence[Special] = ()
    groups: Sequence[Special] = ()

    def of_did(self, did: str) -> Schedule:
        """Return the schedule of one of our numbers: the first that fits, else the general one."""
        return next((special.schedule for special in self.dids if special.fits(did)), self.general)

    def of_group(self, group: str) -> Schedule:
        """Return the schedule of a group of managers: the first that fits, else the general one."""
        return self.own_of_group(group) or self.general

    def own_of_group(self, group: str) -> Schedule | None:
        """Return a group's own schedule, if it has one."""
        return next((special.schedule for special in self.groups if special.fits(group)), None)
