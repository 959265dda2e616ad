"""What was really played: plain values, as JSON beside each transcript."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from deploy.lab.company import BY_EXTENSION
from deploy.lab.laboratory import Lab
from deploy.lab.telephones.leg import Leg


@dataclass(frozen=True, slots=True)
class PlayedTransfer:
    """One hand-over: ``kind`` is blind, attended or blonde; ``by`` and ``to`` are numbers."""

    kind: str
    by: str
    to: str


@dataclass(frozen=True, slots=True)
class PlayedCall:
    """One conversation, or one attempt at it. The words are those of telephony/model.py.

    ``wait_seconds`` and ``talk_seconds`` were measured by clock at the telephones (some 0.1 s more or less than the
    PBX saw), or are None where the scenario does not pin them down.
    """

    direction: str
    disposition: str
    caller: str
    dialed: str
    caller_name: str = ""
    kind: str = "ordinary"
    missed_reason: str | None = None
    answered_by: str | None = None
    """Number of the person who answered first."""
    answered_by_name: str | None = None
    wait_seconds: float | None = None
    talk_seconds: float | None = None
    rang: tuple[str, ...] = ()
    """Numbers of all telephones that rang, sorted."""
    transfers: tuple[PlayedTransfer, ...] = ()
    queue: str = ""
    recordings: int = 0
    """Files that the PBX's own dialplan wrote."""
    ami_cannot_tell: tuple[str, ...] = ()
    """Fields that no AMI listener can know here (the link was down when they were told)."""
    cel_cannot_tell: tuple[str, ...] = ()
    """Fields that the CEL rows alone do not hold."""


@dataclass(frozen=True, slots=True)
class Played:
    """All calls of one scenario, in order of their start."""

    calls: tuple[PlayedCall, ...]
    cut: bool = False
    """The AMI link was cut in mid-call: what is seen may be repaired, but must not be wrong."""


Scenario = Callable[[Lab], Awaitable[Played]]


def name_of(number: str) -> str | None:
    """Return the name on the telephone of an employee; None for others (the PBX knows no name)."""
    employee = BY_EXTENSION.get(number)
    return employee.name if employee else None


def seconds_between(earlier: Leg, later: Leg) -> float | None:
    """Return how long after the start of ``earlier`` the telephone ``later`` was answered."""
    if not earlier.trace.started_at or not later.trace.answered_at:
        return None
    return round((later.trace.answered_at - earlier.trace.started_at).total_seconds(), 3)


def talk_of(leg: Leg) -> float | None:
    """Return how long ``leg`` was connected."""
    if not leg.trace.answered_at or not leg.trace.ended_at:
        return None
    return round((leg.trace.ended_at - leg.trace.answered_at).total_seconds(), 3)


def lasted(leg: Leg) -> float | None:
    """Return how long ``leg`` existed."""
    if not leg.trace.started_at or not leg.trace.ended_at:
        return None
    return round((leg.trace.ended_at - leg.trace.started_at).total_seconds(), 3)


def all_that_rang(lab: Lab) -> tuple[str, ...]:
    """Return the numbers of all telephones that rang since the lab was last told to forget."""
    return tuple(sorted({leg.number for phone in lab.world.phones.values() for leg in phone.legs if leg.trace.rang_at}))
