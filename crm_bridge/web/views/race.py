"""The race for a callback: how it stands against the moment by which a manager's phone must ring."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from crm_bridge.schemas import CallbackShape

_SOON: Final = timedelta(seconds=90)
_ON_THE_CLOCK: Final = timedelta(minutes=30)
"""A deadline that is farther off lies behind hours in which nobody works: a day and a time say more than a clock."""


class RaceState(StrEnum):
    """How it stands."""

    OK = "ok"
    SOON = "soon"
    LATE = "late"
    LATER = "later"
    """Behind the next opening."""
    RANG = "rang"
    """In time."""
    RANG_LATE = "rang_late"
    OVER = "over"
    """Closed without a ring."""
    NONE = "none"
    """The hours never open."""


class Race(NamedTuple):
    """How one request stands."""

    state: RaceState
    until: datetime | None
    """What a clock counts to; None where nothing is to be counted."""
    seconds: float | None
    """To the first ring, of one that rang; else to ``until``, negative if that is over."""


def race(request: CallbackShape, now: datetime) -> Race:
    """Return how a request stands."""
    if request.rang_at is not None:
        late = request.ring_by is not None and request.rang_at > request.ring_by
        return Race(RaceState.RANG_LATE if late else RaceState.RANG, None, _between(request, request.rang_at))
    if request.closed_at is not None:
        return Race(RaceState.OVER, None, None)
    if request.ring_by is None:
        return Race(RaceState.NONE, None, None)
    left = request.ring_by - now
    if left > _ON_THE_CLOCK:
        return Race(RaceState.LATER, None, left.total_seconds())
    state = RaceState.LATE if left < timedelta() else RaceState.SOON if left < _SOON else RaceState.OK
    return Race(state, request.ring_by, left.total_seconds())


def _between(request: CallbackShape, at: datetime) -> float:
    return (at - request.first_missed_at).total_seconds()
