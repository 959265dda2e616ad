"""The figures of one request, in working seconds since the caller hung up, and its target: met or not, and why.

The target is that a manager's phone rings within five minutes of working time. It is *met* by a ring in time,
*missed* when the time passed without one, *not needed* when the request was closed in time by something else (the
customer got through), and *open* while neither is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import zip_longest

from telephony.schedule.rules.hours import Calendar


class TargetState(StrEnum):
    """How the target stands."""

    OPEN = "open"
    MET = "met"
    MISSED = "missed"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True, slots=True)
class Moments:
    """When things happened to a request; None if they have not."""

    hung_up_at: datetime
    rang_at: datetime | None = None
    accepted_at: datetime | None = None
    talked_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Since ``at`` the request stood so: ``nobody_free``, ``closed``, ``held``, ..."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Working seconds; None where it has not come to that."""

    to_first_ring: float | None
    to_acceptance: float | None
    to_talk: float | None
    target: TargetState
    why_not: str
    """For a missed target: what the request waited for while the time ran out; else empty."""


def measure(
    moments: Moments, reasons: Sequence[Reason], calendar: Calendar, target_seconds: float, now: datetime
) -> Figures:
    """Compute the figures of one request as of ``now``; ``reasons`` in order of time."""

    def since_hangup(at: datetime | None) -> float | None:
        return None if at is None else calendar.working_seconds(moments.hung_up_at, at)

    first_ring = since_hangup(moments.rang_at)
    target = _target(first_ring, since_hangup(moments.closed_at), since_hangup(now) or 0.0, target_seconds)
    return Figures(
        to_first_ring=first_ring,
        to_acceptance=since_hangup(moments.accepted_at),
        to_talk=since_hangup(moments.talked_at),
        target=target,
        why_not=_why(moments, reasons, calendar, target_seconds) if target is TargetState.MISSED else "",
    )


def _target(first_ring: float | None, closed: float | None, elapsed: float, target: float) -> TargetState:
    if first_ring is not None:
        return TargetState.MET if first_ring <= target else TargetState.MISSED
    if closed is not None:
        return TargetState.NOT_NEEDED if closed <= target else TargetState.MISSED
    return TargetState.OPEN if elapsed <= target else TargetState.MISSED


def _why(moments: Moments, reasons: Sequence[Reason], calendar: Calendar, target: float) -> str:
    """Give the reason that held for the longest working time before the target passed."""
    shares: dict[str, float] = {}
    for one, following in zip_longest(reasons, reasons[1:]):
        begin = calendar.working_seconds(moments.hung_up_at, one.at)
        end = target if following is None else calendar.working_seconds(moments.hung_up_at, following.at)
        shares[one.reason] = shares.get(one.reason, 0.0) + max(0.0, min(end, target) - min(begin, target))
    known = {reason: share for reason, share in shares.items() if share > 0}
    return max(known, key=lambda reason: known[reason]) if known else "not_running"
