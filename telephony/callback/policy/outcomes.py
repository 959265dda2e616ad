"""What an attempt's outcome means for its request: work answers with a type. What came of an attempt is `judging`'s."""

from dataclasses import dataclass
from typing import assert_never

from telephony.callback.policy.model import ClosedReason, Outcome, WaitReason
from telephony.settings import CallbackSettings


@dataclass(frozen=True, slots=True)
class Done:
    """The request is served."""

    reason: ClosedReason


@dataclass(frozen=True, slots=True)
class DialAgain:
    """Dial the customer again; one of their attempts is spent."""

    after_seconds: float


@dataclass(frozen=True, slots=True)
class Postpone:
    """Later, and nothing is spent."""

    after_seconds: float
    reason: WaitReason
    same_first: bool = False
    """Whether the manager of this attempt is rung before anybody else then."""


@dataclass(frozen=True, slots=True)
class PassOn:
    """The next on the ladder, nothing is spent."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Give up."""

    reason: ClosedReason


@dataclass(frozen=True, slots=True)
class AskPerson:
    """Nobody knows whether customer and manager talked: a person decides, and the customer is not dialled till then."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The request has gone on already (whoever withdrew the attempt saw to it)."""


Answer = Done | DialAgain | Postpone | PassOn | GiveUp | AskPerson | Settled


def answer_for(
    outcome: Outcome, *, accepted: bool, spent: int, round_number: int, settings: CallbackSettings
) -> Answer:
    """Return what becomes of the request.

    Args:
        outcome: of the attempt.
        accepted: whether its manager pressed 1 before.
        spent: the customer's unanswered dials before this one.
        round_number: of the ladder, from 1.
        settings: spacing and numbers of attempts.
    """
    match outcome:
        case Outcome.REACHED | Outcome.DEALT:
            return Done(ClosedReason.REACHED if outcome is Outcome.REACHED else ClosedReason.DEALT)
        case Outcome.NO_ANSWER | Outcome.BUSY | Outcome.SHORT_TALK:
            return _spend(spent, settings)
        case Outcome.BAD_NUMBER:
            return GiveUp(ClosedReason.BAD_NUMBER)
        case Outcome.LATER:
            return Postpone(settings.later_seconds, WaitReason.LATER, same_first=True)
        case Outcome.TRUNK_FAILED | Outcome.GAVE_UP:
            return Postpone(next_round_in(round_number, settings), WaitReason.TRUNK, same_first=True)
        case Outcome.CALLS_US:
            return Postpone(settings.again_seconds, WaitReason.ON_A_CALL, same_first=True)
        case Outcome.LOST:
            return AskPerson() if accepted else PassOn()
        case (
            Outcome.MANAGER_NO_ANSWER
            | Outcome.MANAGER_BUSY
            | Outcome.REFUSED
            | Outcome.UNREGISTERED
            | Outcome.NO_KEY
            | Outcome.HANDED_OVER
        ):
            return PassOn()
        case Outcome.WITHDRAWN:
            return Settled()
        case _:
            assert_never(outcome)


def next_round_in(round_number: int, settings: CallbackSettings) -> float:
    """Return the seconds from the end of a round to the beginning of the next."""
    pauses = settings.next_round_seconds
    return pauses[min(round_number, len(pauses)) - 1]


def _spend(spent: int, settings: CallbackSettings) -> Answer:
    if spent + 1 >= settings.customer_attempts:
        return GiveUp(ClosedReason.ATTEMPTS_SPENT)
    spacing = settings.attempt_spacing_seconds
    return DialAgain(spacing[min(spent, len(spacing) - 1)])
