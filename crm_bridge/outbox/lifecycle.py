"""A message's life: a table of states and answers, and the time of the next try as a pure function.

::

    waiting ──claim──▶ sending ──Delivered──▶ delivered
       ▲                  │ ├─────Discard───▶ dead ──replay──▶ waiting
       │                  │ └─────Retry, attempts spent ───▶ dead
       └──Retry, Snooze───┘      (a lease that runs out counts as Snooze: nobody knows whether it arrived)

Retry spends an attempt; snooze does not (a rate limit, a pause by the operator).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from telephony.errors import UnexpectedTransition


class MessageState(StrEnum):
    """Where a message stands."""

    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Delivered:
    """The target has it, or there was nothing to tell."""

    note: str = ""
    asked: bool = True
    """Whether the target was asked; if not, this says nothing of whether it can be reached."""


@dataclass(frozen=True, slots=True)
class Retry:
    """It failed now and may work later. ``after`` is the target's own wish (Retry-After), if it told one."""

    reason: str
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Snooze:
    """Not now, and not the message's fault: nothing is spent."""

    reason: str
    after: timedelta
    asked: bool = True
    """Whether the target was asked; if not, this says nothing of whether it can be reached."""


@dataclass(frozen=True, slots=True)
class Discard:
    """It will never work: keep it, with the target's words, for a person to look at."""

    reason: str
    asked: bool = True
    """As of `Delivered`."""


Answer = Delivered | Retry | Snooze | Discard


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long we go on trying.

    With the defaults the waits are 5 s, 10 s, 20 s ... up to an hour, and 30 attempts last about a day: a night's
    outage of a CRM loses nothing.
    """

    first: timedelta = timedelta(seconds=5)
    longest: timedelta = timedelta(hours=1)
    attempts: int = 30

    def wait(self, attempt: int, jitter: float) -> timedelta:
        """Return how long to wait after failed attempt number ``attempt`` (from 1).

        Args:
            attempt: how many have been spent, this one included.
            jitter: 0 to 1 from the caller's source of randomness; spreads the wait over 75 to 125 %.
        """
        doublings = min(attempt - 1, 30)
        wait = min(self.first * (1 << doublings), self.longest)
        return wait * (0.75 + jitter / 2)


@dataclass(frozen=True, slots=True)
class Next:
    """What to write down for a message after an answer."""

    state: MessageState
    attempts: int
    due_at: datetime | None
    reason: str


_ANSWERABLE = frozenset({MessageState.SENDING})


def after(
    state: MessageState, attempts: int, answer: Answer, *, now: datetime, policy: RetryPolicy, jitter: float
) -> Next:
    """Decide what becomes of a message.

    Args:
        state: where it stands; only a message that is being sent has an answer.
        attempts: how many were spent before this one.
        answer: what the target said.
        now: the time of the answer.
        policy: the target's patience.
        jitter: 0 to 1, see `RetryPolicy.wait`.

    Raises:
        UnexpectedTransition: the message was not being sent.
    """
    if state not in _ANSWERABLE:
        msg = f"a {state} message cannot get the answer {type(answer).__name__}"
        raise UnexpectedTransition(msg)
    match answer:
        case Delivered(note):
            return Next(MessageState.DELIVERED, attempts + 1, None, note)
        case Discard(reason):
            return Next(MessageState.DEAD, attempts + 1, None, reason)
        case Snooze(reason, wait):
            return Next(MessageState.WAITING, attempts, now + wait, reason)
        case Retry(reason, wished):
            return _retry(attempts + 1, reason, wished, now, policy, jitter)
        case _:
            assert_never(answer)


def _retry(
    spent: int, reason: str, wished: timedelta | None, now: datetime, policy: RetryPolicy, jitter: float
) -> Next:
    if spent >= policy.attempts:
        return Next(MessageState.DEAD, spent, None, f"gave up after {spent} attempts: {reason}")
    wait = max(policy.wait(spent, jitter), wished or timedelta())
    return Next(MessageState.WAITING, spent, now + wait, reason)
