"""Whom to ring now: the owner at once, then the deputy, then the whole group, then the head of sales.

The ladder is climbed in *working* seconds since the customer hung up (or since a later round began). A step's turn
comes at its time, or earlier when nobody on the steps before it can be rung any more in this round (refused, handed
over, not registered, away). Earlier steps stay in reach: an owner who is free again is rung although the deputy's turn
has begun, if the deputy cannot be. Who did not answer, was busy or pressed nothing is rung again after a pause, if
that does not make the next one's turn late. A
round is over when the last step was tried without success, or its time is up; the next one begins later, so that a
team whose phones nobody answers is not rung all day long.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from telephony.callback.policy.model import Outcome, Step, WaitReason
from telephony.directory.model import ManagerId
from telephony.settings import CallbackSettings


class Presence(Enum):
    """Whether a manager can be rung."""

    FREE = auto()
    BUSY = auto()
    """On a call, or being rung."""
    AWAY = auto()
    """Not registered and without a mobile, out of their own hours, or not in the directory."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A manager who was rung in this round already."""

    manager: ManagerId
    outcome: Outcome
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class People:
    """Who stands on which step; in each the order is that of the directory, and nobody need be there."""

    owner: tuple[ManagerId, ...] = ()
    deputy: tuple[ManagerId, ...] = ()
    group: tuple[ManagerId, ...] = ()
    head: tuple[ManagerId, ...] = ()


@dataclass(frozen=True, slots=True)
class RingThem:
    """Ring these now, all at once."""

    step: Step
    managers: tuple[ManagerId, ...]


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Nobody can be rung now; look again at ``at``."""

    at: datetime
    reason: WaitReason


@dataclass(frozen=True, slots=True)
class RoundOver:
    """The whole ladder was climbed in vain."""


Move = RingThem | LookAgain | RoundOver

_OUT = frozenset({Outcome.REFUSED, Outcome.HANDED_OVER, Outcome.UNREGISTERED})
"""Who ended so is not rung again in this round."""


@dataclass(frozen=True, slots=True)
class _Turn:
    step: Step
    after: float
    managers: tuple[ManagerId, ...]


def climb(
    now: datetime,
    elapsed: float,
    people: People,
    presence: Mapping[ManagerId, Presence],
    rung: Sequence[Rung],
    settings: CallbackSettings,
) -> Move:
    """Return the next move.

    Args:
        now: the moment.
        elapsed: working seconds since this round began.
        people: who stands where.
        presence: of each of them; who is not in it is away.
        rung: who was rung in this round and what came of it.
        settings: the steps' times and pauses.
    """
    out = {one.manager for one in rung if one.outcome in _OUT}
    turns = [turn for turn in _turns(people, settings) if _reachable(turn, presence, out)]
    if not turns:
        return _nobody(now, elapsed, settings)
    begun = [turn for turn in turns if turn.after <= elapsed] or turns[:1]
    resting = _resting(now, elapsed, rung, settings) | _no_room(elapsed, turns, rung, settings)
    for turn in reversed(begun) if rung else begun:  # a late start begins with the owner all the same
        ready = [one for one in turn.managers if presence.get(one) is Presence.FREE and one not in resting | out]
        if ready:
            return RingThem(turn.step, tuple(ready))
    if begun[-1] is turns[-1] and _spent(begun[-1], elapsed, rung, out, presence, settings):
        return RoundOver()
    return _look_again(now, elapsed, turns, rung, settings)


def _turns(people: People, settings: CallbackSettings) -> list[_Turn]:
    return [
        _Turn(Step.OWNER, 0.0, people.owner),
        _Turn(Step.DEPUTY, settings.deputy_after_seconds, people.deputy),
        _Turn(Step.GROUP, settings.group_after_seconds, people.group),
        _Turn(Step.HEAD, settings.head_after_seconds, people.head),
    ]


def _reachable(turn: _Turn, presence: Mapping[ManagerId, Presence], out: set[ManagerId]) -> bool:
    return any(one not in out and presence.get(one, Presence.AWAY) is not Presence.AWAY for one in turn.managers)


def _nobody(now: datetime, elapsed: float, settings: CallbackSettings) -> Move:
    if elapsed >= settings.target_seconds:
        return RoundOver()
    return LookAgain(now + timedelta(seconds=settings.again_seconds), WaitReason.NOBODY_FREE)


def _resting(now: datetime, elapsed: float, rung: Sequence[Rung], settings: CallbackSettings) -> set[ManagerId]:
    """Return those who were rung a moment ago; once the round's time is up, nobody is rung twice in it."""
    if elapsed >= settings.target_seconds:
        return {one.manager for one in rung}
    pause = timedelta(seconds=settings.again_seconds)
    return {one.manager for one in rung if one.ended_at + pause > now}


def _no_room(
    elapsed: float, turns: Sequence[_Turn], rung: Sequence[Rung], settings: CallbackSettings
) -> set[ManagerId]:
    """Return those who were rung already, if their ringing again would make the next one's turn late."""
    coming = [turn.after - elapsed for turn in turns if turn.after > elapsed]
    return {one.manager for one in rung} if coming and min(coming) < settings.ring_seconds else set()


def _spent(
    last: _Turn,
    elapsed: float,
    rung: Sequence[Rung],
    out: set[ManagerId],
    presence: Mapping[ManagerId, Presence],
    settings: CallbackSettings,
) -> bool:
    if elapsed >= settings.target_seconds:
        return True
    tried = {one.manager for one in rung}
    waited = [one for one in last.managers if presence.get(one, Presence.AWAY) is not Presence.AWAY and one not in out]
    return elapsed >= last.after and all(one in tried for one in waited)


def _look_again(
    now: datetime, elapsed: float, turns: Sequence[_Turn], rung: Sequence[Rung], settings: CallbackSettings
) -> LookAgain:
    pause = timedelta(seconds=settings.again_seconds)
    moments = [now + timedelta(seconds=turn.after - elapsed) for turn in turns if turn.after > elapsed]
    moments += [one.ended_at + pause for one in rung if one.ended_at + pause > now]
    moments.append(now + pause)
    return LookAgain(min(moments), WaitReason.LADDER if rung else WaitReason.NOBODY_FREE)
