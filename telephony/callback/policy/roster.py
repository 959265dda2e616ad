"""The directory as callbacks need it: who stands on whose ladder, who is at work now, whose phone that was. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from telephony.callback.policy.guards import Barred, Waking
from telephony.callback.policy.ladder import People
from telephony.callback.policy.model import Request
from telephony.directory.model import Absence, ManagerEntry, ManagerId, endpoint_of
from telephony.model import PbxName
from telephony.numbers import Canonical, canonical
from telephony.schedule.rules.hours import Calendar, weekly
from telephony.settings import CallbackSettings, HoursSettings


@dataclass(frozen=True, slots=True)
class Roster:
    """All managers at one moment. Made by `roster`."""

    managers: tuple[ManagerEntry, ...]
    by_id: dict[ManagerId, ManagerEntry]
    own_hours: dict[ManagerId, Calendar]
    by_phone: dict[str, ManagerId]
    """Endpoints, extensions and mobiles (canonical) to whose they are."""
    barred: Barred
    settings: CallbackSettings
    absences: tuple[Absence, ...] = ()
    """Those of now and those to come."""

    def people_for(self, request: Request) -> People:
        """Return who stands on which step for this request."""
        owner = self._known(request.owner)
        first = self._known(request.first) or owner
        deputy = owner if owner != first else self._known(self.by_id[owner].deputy) if owner else None
        served_by = self.by_id[owner or first].group if owner or first else ""  # type: ignore[index]
        group = served_by or self.settings.default_group
        here = [one for one in self.managers if one.pbx in {"", request.pbx}]
        return People(
            owner=_those(first),
            deputy=_those(deputy),
            group=tuple(one.manager_id for one in here if one.group == group),
            head=_those(self._known(ManagerId(self.settings.head_of_sales))),
        )

    def at_work(self, manager: ManagerId, now: datetime) -> bool:
        """Return whether ``now`` is in the manager's own hours; without such, they work whenever the company does."""
        calendar = self.own_hours.get(manager)
        return calendar is None or calendar.open_at(now)

    def away(self, manager: ManagerId, now: datetime) -> Absence | None:
        """Return the absence by which a manager is away now, the one that ends last; None if they are here."""
        theirs = [one for one in self.absences if one.manager_id == manager and one.covers(now)]
        return max(theirs, key=lambda one: (one.until is None, one.until or now), default=None)

    def here(self, manager: ManagerId, now: datetime) -> bool:
        """Return whether a manager may be rung at ``now`` at all: at work, and not away."""
        return self.at_work(manager, now) and self.away(manager, now) is None

    def on(self, pbx: PbxName) -> tuple[ManagerEntry, ...]:
        """Return the managers whose phones are on a PBX."""
        return tuple(one for one in self.managers if one.pbx in {"", pbx})

    def whose(self, number: str, channel: str) -> ManagerId | None:
        """Return whose phone that was, by its channel or by its number (canonical)."""
        return self.by_phone.get(endpoint_of(channel)) or self.by_phone.get(number)

    def _known(self, manager: ManagerId | None) -> ManagerId | None:
        return manager if manager in self.by_id else None


def roster(
    managers: Sequence[ManagerEntry],
    settings: CallbackSettings,
    hours: HoursSettings,
    region: str,
    absences: Sequence[Absence] = (),
) -> Roster:
    """Read the directory's managers and the settings' lists.

    Raises:
        ScheduleUnreadable: somebody's own hours cannot be read.
    """
    by_phone: dict[str, ManagerId] = {}
    for one in managers:
        for phone in _phones(one, region):
            by_phone.setdefault(phone, one.manager_id)
    return Roster(
        managers=tuple(managers),
        by_id={one.manager_id: one for one in managers},
        own_hours={one.manager_id: weekly(one.hours, hours.timezone) for one in managers if one.hours},
        by_phone=by_phone,
        barred=Barred(
            own=_numbers(settings.own_numbers, region),
            employees=frozenset(Canonical(phone) for phone in by_phone if "/" not in phone),
            do_not_call=_numbers(settings.do_not_call, region),
        ),
        settings=settings,
        absences=tuple(absences),
    )


def waking_hours(settings: CallbackSettings, hours: HoursSettings) -> tuple[Waking, ...]:
    """Read the settings' waking hours.

    Raises:
        ScheduleUnreadable: one of them cannot be read.
    """
    return tuple(
        Waking(_plus(one.prefix), weekly(one.hours, one.timezone or hours.timezone)) for one in settings.waking_hours
    )


def _phones(manager: ManagerEntry, region: str) -> Iterable[str]:
    yield manager.endpoint
    yield canonical(manager.endpoint.partition("/")[2], region)
    if manager.mobile:
        yield canonical(manager.mobile, region)


def _numbers(spelled: Iterable[str], region: str) -> frozenset[Canonical]:
    return frozenset(canonical(number, region) for number in spelled)


def _plus(prefix: str) -> str:
    return f"+{prefix.removeprefix('+')}" if prefix else ""


def _those(manager: ManagerId | None) -> tuple[ManagerId, ...]:
    return (manager,) if manager else ()
