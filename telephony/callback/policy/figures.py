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
from typing import Final

from telephony.callback.policy.model import ClosedReason
from telephony.schedule.rules.hours import Calendar


class TargetState(StrEnum):
    """How the target stands."""

    OPEN = "open"
    MET = "met"
    MISSED = "missed"
    NOT_NEEDED = "not_needed"


class MissFate(StrEnum):
    """What became of a customer who was missed; each is exactly one of these."""

    ANSWERED_LATER = "answered_later"
    """We called them, or dealt with it otherwise."""
    GOT_THROUGH = "got_through"
    """They called again, and somebody answered."""
    OWED = "owed"
    """Still to be called: the request is open."""
    LOST = "lost"
    """We never spoke with them: given up, cancelled by hand, or no number to call (`ClosedReason.HIDDEN`)."""
    NEVER_CALL = "never_call"
    """Not to be called: our own people, who does not want it, bait, numbers that a rule of `[toll]` forbids."""


_FATES: Final = {
    ClosedReason.REACHED: MissFate.ANSWERED_LATER,
    ClosedReason.DEALT: MissFate.ANSWERED_LATER,
    ClosedReason.CALLED_BY_US: MissFate.ANSWERED_LATER,
    ClosedReason.GOT_THROUGH: MissFate.GOT_THROUGH,
    ClosedReason.BY_HAND: MissFate.LOST,
    ClosedReason.ATTEMPTS_SPENT: MissFate.LOST,
    ClosedReason.BAD_NUMBER: MissFate.LOST,
    ClosedReason.TOO_OLD: MissFate.LOST,
    ClosedReason.HIDDEN: MissFate.LOST,
    ClosedReason.UNDIALABLE: MissFate.LOST,
    ClosedReason.OWN_NUMBER: MissFate.NEVER_CALL,
    ClosedReason.EMPLOYEE: MissFate.NEVER_CALL,
    ClosedReason.DO_NOT_CALL: MissFate.NEVER_CALL,
    ClosedReason.SHORT_RING: MissFate.NEVER_CALL,
    ClosedReason.TOLL_NO_NUMBER: MissFate.NEVER_CALL,
    ClosedReason.TOLL_COUNTRY: MissFate.NEVER_CALL,
    ClosedReason.TOLL_KIND: MissFate.NEVER_CALL,
    ClosedReason.TOLL_PREFIX: MissFate.NEVER_CALL,
}


def fate_of(closed_for: ClosedReason | None, *, talked: bool) -> MissFate:
    """Return what became of a customer; ``talked``: whether manager and customer were ever bridged for this request."""
    if closed_for is None:
        return MissFate.OWED
    fate = _FATES[closed_for]
    return MissFate.ANSWERED_LATER if fate is MissFate.LOST and talked and closed_for is ClosedReason.BY_HAND else fate


@dataclass(frozen=True, slots=True)
class Moments:
    """When things happened to a request; None if they have not."""

    hung_up_at: datetime
    rang_at: datetime | None = None
    accepted_at: datetime | None = None
    talked_at: datetime | None = None
    closed_at: datetime | None = None
    ring_by: datetime | None = None
    """When the target's time is up, as it was reckoned while the request was open; None reckons it anew."""


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

    deadline = moments.ring_by or calendar.after(moments.hung_up_at, target_seconds)
    target = target_state(moments, deadline, now)
    return Figures(
        to_first_ring=since_hangup(moments.rang_at),
        to_acceptance=since_hangup(moments.accepted_at),
        to_talk=since_hangup(moments.talked_at),
        target=target,
        why_not=_why(reasons, calendar, moments.hung_up_at, deadline) if target is TargetState.MISSED else "",
    )


def target_state(moments: Moments, deadline: datetime | None, now: datetime) -> TargetState:
    """Return how the target stands; the query ``filter_target`` of the API says the same of rows.

    ``deadline`` is None for hours that never open: nothing is late then.
    """
    if moments.rang_at is not None:
        return TargetState.MET if _in_time(moments.rang_at, deadline) else TargetState.MISSED
    if moments.closed_at is not None:
        return TargetState.NOT_NEEDED if _in_time(moments.closed_at, deadline) else TargetState.MISSED
    return TargetState.OPEN if _in_time(now, deadline) else TargetState.MISSED


def _in_time(at: datetime, deadline: datetime | None) -> bool:
    return deadline is None or at <= deadline


def _why(reasons: Sequence[Reason], calendar: Calendar, since: datetime, deadline: datetime | None) -> str:
    """Return the reason that held for the longest working time before the target passed."""
    shares: dict[str, float] = {}
    for reason, following in zip_longest(reasons, reasons[1:]):
        begin = max(reason.at, since)
        end = deadline if following is None else min(following.at, deadline or following.at)
        if end is not None:
            shares[reason.reason] = shares.get(reason.reason, 0.0) + calendar.working_seconds(begin, end)
    known = {reason: share for reason, share in shares.items() if share > 0}
    return max(known, key=lambda reason: known[reason]) if known else "not_running"
