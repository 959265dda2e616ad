"""How each manager's phone stands: the calls that are up, the PBX's device states, absences, hours. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from telephony.callback.policy.roster import Roster
from telephony.directory.model import Endpoint, ManagerEntry, ManagerId
from telephony.model import CallId

_ON_A_CALL: Final = frozenset({"INUSE", "BUSY", "ONHOLD", "RINGINUSE"})
_GONE: Final = frozenset({"UNAVAILABLE", "INVALID"})


class PhoneState(StrEnum):
    """How a manager's phone stands, the first that holds."""

    RINGING = "ringing"
    ON_A_CALL = "on_a_call"
    AWAY = "away"
    """Absent, or the phone does not disturb (DND)."""
    OFF_HOURS = "off_hours"
    """Out of their own hours."""
    UNREGISTERED = "unregistered"
    UNKNOWN = "unknown"
    """The PBX has not told."""
    FREE = "free"


class Engagement(NamedTuple):
    """A phone's part in a call that is up."""

    call_id: CallId
    since: datetime
    rings: bool
    """It rings; else it talks, or dials."""


@dataclass(frozen=True, slots=True)
class PhonePresence:
    """One manager's phone at a moment."""

    manager_id: ManagerId
    name: str
    group: str
    endpoint: Endpoint
    state: PhoneState
    since: datetime
    """When this state was first seen."""
    until: datetime | None = None
    """Of an absence that has an end."""
    reason: str = ""
    """Of an absence; ``dnd`` if the phone says so."""
    call_id: CallId | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is known at a moment."""

    roster: Roster
    engaged: Mapping[Endpoint, Engagement]
    states: Mapping[Endpoint, str]
    """The PBX's device states, the kindest where there are several PBXs."""
    dnd: frozenset[ManagerId]
    now: datetime


class PresenceBoard:
    """Remembers how phones stood, and tells what has changed."""

    def __init__(self) -> None:
        self._shown: dict[ManagerId, PhonePresence] = {}

    def everybody(self) -> list[PhonePresence]:
        """Return all phones, in the directory's order."""
        return list(self._shown.values())

    def look(self, seen: Sighting) -> list[PhonePresence]:
        """Take in what is seen; give the phones whose state is another one than before."""
        shown, changed = {}, []
        for manager in seen.roster.managers:
            stand, before = stand_of(manager, seen), self._shown.get(manager.manager_id)
            if before is not None and _same(before, stand):
                stand = replace(stand, since=before.since)
            else:
                changed.append(stand)
            shown[manager.manager_id] = stand
        self._shown = shown
        return changed


def stand_of(manager: ManagerEntry, seen: Sighting) -> PhonePresence:
    """Return how one phone stands."""
    engagement = seen.engaged.get(manager.endpoint)
    absence = seen.roster.away(manager.manager_id, seen.now)
    device = seen.states.get(manager.endpoint, "")
    stand = PhonePresence(
        manager.manager_id, manager.name, manager.group, manager.endpoint, PhoneState.FREE, since=seen.now
    )
    if engagement is not None:
        state = PhoneState.RINGING if engagement.rings else PhoneState.ON_A_CALL
        return replace(stand, state=state, since=engagement.since, call_id=engagement.call_id)
    if device == "RINGING" or device in _ON_A_CALL:
        return replace(stand, state=PhoneState.RINGING if device == "RINGING" else PhoneState.ON_A_CALL)
    if absence is not None:
        return replace(stand, state=PhoneState.AWAY, until=absence.until, reason=absence.reason)
    if manager.manager_id in seen.dnd:
        return replace(stand, state=PhoneState.AWAY, reason="dnd")
    if not seen.roster.at_work(manager.manager_id, seen.now):
        return replace(stand, state=PhoneState.OFF_HOURS)
    if device in _GONE:
        return replace(stand, state=PhoneState.UNREGISTERED)
    return replace(stand, state=PhoneState.FREE if device else PhoneState.UNKNOWN)


def _same(before: PhonePresence, now: PhonePresence) -> bool:
    """Whether nothing has changed but the time. A call's own begin is known better later: that is no change."""
    return replace(before, since=now.since) == now
