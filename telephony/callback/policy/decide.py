"""What to do with a request that is due: ring, wait, hold or discard. The order of the questions is the policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from telephony.callback.policy.guards import Barred, Waking, awake_at, guard
from telephony.callback.policy.ladder import LookAgain, People, Presence, RingThem, RoundOver, Rung, climb
from telephony.callback.policy.model import ClosedReason, Request, Step, WaitReason
from telephony.callback.policy.outcomes import next_round_in
from telephony.directory.model import ManagerId
from telephony.schedule.rules.hours import Calendar
from telephony.settings import CallbackSettings
from telephony.tolls.rules import TollRefusal

_ON_A_CALL_SECONDS = 2.0
_NO_OPENING_DAYS = 1


@dataclass(frozen=True, slots=True)
class TrunkPace:
    """What the trunk still bears: ``left`` originates now; ``frees_at``: the minute's first slot after those."""

    left: int
    frees_at: datetime


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All that a decision looks at besides the request."""

    calendar: Calendar
    opening: datetime | None
    """The calendar's next opening as of now: now itself while we work, None if there is none."""
    waking: Sequence[Waking]
    barred: Barred
    people: People
    presence: Mapping[ManagerId, Presence]
    """Of everybody in the directory."""
    rung: Sequence[Rung]
    """Who was rung for this request in this round."""
    on_a_call: bool
    """Whether a call with the customer is up now."""
    pace: TrunkPace
    toll: TollRefusal | None
    """Why the number is never dialled outside."""
    toll_cap: TollRefusal | None
    """Which limit of a day is reached."""


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring these managers' phones now."""

    step: Step
    managers: tuple[ManagerId, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """Look again at ``until``; nothing is spent. ``new_round``: the ladder begins anew then."""

    until: datetime
    reason: WaitReason
    new_round: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """Wait for a manager's word."""

    reason: WaitReason = WaitReason.STALE


@dataclass(frozen=True, slots=True)
class CloseRequest:
    """Give up."""

    reason: ClosedReason


Decision = Ring | Wait | Hold | CloseRequest


def decide(now: datetime, request: Request, world: Circumstances, settings: CallbackSettings) -> Decision:
    """Return what to do with a request that is due at ``now``."""
    return (
        _give_up(now, request, world, settings)
        or _not_now(now, request, world, settings)
        or _ring(now, request, world, settings)
    )


def _give_up(now: datetime, request: Request, world: Circumstances, settings: CallbackSettings) -> CloseRequest | None:
    if now - request.first_missed_at >= timedelta(days=settings.life_days):
        return CloseRequest(ClosedReason.TOO_OLD)
    reason = guard(request, world.barred)
    if reason is None and world.toll is not None:
        reason = ClosedReason(world.toll.cause)
    return CloseRequest(reason) if reason else None


def _not_now(now: datetime, request: Request, world: Circumstances, settings: CallbackSettings) -> Wait | Hold | None:
    late = now - request.due_at > timedelta(seconds=settings.stale_seconds)
    if late and world.calendar.working_seconds(request.due_at, now) > settings.stale_seconds:
        return Hold()
    if world.opening != now:
        return Wait(world.opening or now + timedelta(days=_NO_OPENING_DAYS), WaitReason.CLOSED)
    awake = awake_at(request.customer, now, world.waking)
    if awake != now:
        return Wait(awake or now + timedelta(days=_NO_OPENING_DAYS), WaitReason.ASLEEP, new_round=True)
    if world.on_a_call:
        return Wait(now + timedelta(seconds=_ON_A_CALL_SECONDS), WaitReason.ON_A_CALL)
    return None


def _ring(now: datetime, request: Request, world: Circumstances, settings: CallbackSettings) -> Decision:
    elapsed = world.calendar.working_seconds(request.round_began_at, now)
    move = climb(now, elapsed, world.people, world.presence, world.rung, settings)
    match move:
        case RingThem(step, managers):
            return _within_limits(now, step, managers, world, settings)
        case LookAgain(at, reason):
            return Wait(at, reason)
        case RoundOver():
            pause = next_round_in(request.round, settings)
            return Wait(now + timedelta(seconds=pause), WaitReason.NEXT_ROUND, new_round=True)
        case _:
            assert_never(move)


def _within_limits(
    now: datetime, step: Step, managers: tuple[ManagerId, ...], world: Circumstances, settings: CallbackSettings
) -> Decision:
    if world.pace.left < 1:
        return Wait(world.pace.frees_at, WaitReason.PACE)
    free = sum(presence is Presence.FREE for presence in world.presence.values())
    allowed = managers[: max(0, free - settings.keep_free_managers)]
    if allowed and world.toll_cap is not None:
        return Hold(WaitReason(world.toll_cap.cause))
    if not allowed:
        return Wait(now + timedelta(seconds=settings.again_seconds), WaitReason.LIVE_CALLERS)
    return Ring(step, allowed)
