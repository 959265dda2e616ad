"""What an attempt's outcome means for its request: work answers with a type.

An outcome is told by the strongest witness there is: what the manager pressed, then the call as the ledger has it, then
the dialplan's report. Here they are only read; who asks and when is the hook's and the search's business.
"""

from dataclasses import dataclass
from typing import assert_never

from telephony.callback.policy.model import Attempt, ClosedReason, Outcome, WaitReason
from telephony.model import Call, Leg
from telephony.settings import CallbackSettings

_NO_SUCH_NUMBER = frozenset({1, 2, 22, 28})
_BUSY = frozenset({17})
_REJECTED = frozenset({21, 23})
_NOT_THERE = frozenset({1, 2, 3, 20, 22, 27, 28, 38, 41, 42, 50, 58, 66, 88, 127})
"""Causes of a manager's phone that could not be rung at all."""
_DID_NOT_ANSWER = frozenset({0, 16, 18, 19, 20, 21, 23, 26, 31})
"""Causes of a customer who could be dialled: 20 is a switched-off mobile, 0 and 16 come from our own hang-up after the
ring time. Everything else is the trunk's fault."""


@dataclass(frozen=True, slots=True)
class Done:
    """The request is served."""

    reason: ClosedReason


@dataclass(frozen=True, slots=True)
class Retry:
    """Dial the customer again; one of their attempts is spent."""

    after_seconds: float


@dataclass(frozen=True, slots=True)
class Snooze:
    """Later, and nothing is spent."""

    after_seconds: float
    reason: WaitReason
    same_first: bool = False
    """Whether the manager of this attempt is rung before anybody else then."""


@dataclass(frozen=True, slots=True)
class PassOn:
    """The next on the ladder, nothing is spent."""


@dataclass(frozen=True, slots=True)
class Discard:
    """Give up."""

    reason: ClosedReason


@dataclass(frozen=True, slots=True)
class Settled:
    """The request has gone on already (whoever withdrew the attempt saw to it)."""


Answer = Done | Retry | Snooze | PassOn | Discard | Settled


def answer_for(
    outcome: Outcome, *, accepted: bool, spent: int, round_number: int, settings: CallbackSettings
) -> Answer:
    """Tell what becomes of the request.

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
            return Discard(ClosedReason.BAD_NUMBER)
        case Outcome.LATER:
            return Snooze(settings.later_seconds, WaitReason.LATER, same_first=True)
        case Outcome.TRUNK_FAILED | Outcome.GAVE_UP:
            return Snooze(next_round_in(round_number, settings), WaitReason.TRUNK, same_first=True)
        case Outcome.CALLS_US:
            return Snooze(settings.again_seconds, WaitReason.ON_A_CALL, same_first=True)
        case Outcome.LOST:
            return _spend(spent, settings) if accepted else PassOn()
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
    """Give the seconds from the end of a round to the beginning of the next."""
    pauses = settings.next_round_seconds
    return pauses[min(round_number, len(pauses)) - 1]


def _spend(spent: int, settings: CallbackSettings) -> Answer:
    if spent + 1 >= settings.customer_attempts:
        return Discard(ClosedReason.ATTEMPTS_SPENT)
    spacing = settings.attempt_spacing_seconds
    return Retry(spacing[min(spent, len(spacing) - 1)])


@dataclass(frozen=True, slots=True)
class Report:
    """The dialplan's own words about the customer's dial."""

    dialstatus: str
    cause: int
    talk_seconds: float


def judge(attempt: Attempt, call: Call | None, settings: CallbackSettings) -> Outcome:
    """Tell what came of an attempt that is over.

    Args:
        attempt: as it was written.
        call: as the ledger has it, ended; None if the ledger never heard of it (then the rest is guessed with care).
        settings: how long a talk must be.
    """
    report = report_of(attempt)
    if attempt.accepted_at is not None:
        outcome = of_accepted(call, attempt.channel_id, report, settings) if call else _untold(report, settings)
        return outcome if attempt.withdrawn is None or outcome is Outcome.REACHED else Outcome.WITHDRAWN
    if attempt.withdrawn is not None:
        return Outcome.WITHDRAWN
    if call is None:
        return Outcome.LOST
    mine = [leg for leg in call.legs if str(leg.uniqueid) == attempt.channel_id]
    if not mine or mine[0].hangup_cause is None:
        return Outcome.LOST  # rebuilt after an outage: nobody heard how it ended
    picked_up = attempt.answered_at is not None or any(leg.answered_at for leg in mine)
    return of_unaccepted(mine[0].hangup_cause, listened=picked_up)


def report_of(attempt: Attempt) -> Report | None:
    """Give the dialplan's report, if it came."""
    if attempt.dialstatus is None:
        return None
    return Report(attempt.dialstatus, attempt.dial_cause or 0, attempt.dial_talk or 0.0)


def _untold(report: Report | None, settings: CallbackSettings) -> Outcome:
    return of_report(report, settings) if report else Outcome.LOST


def of_unaccepted(cause: int, *, listened: bool) -> Outcome:
    """Tell what came of a phone whose manager pressed nothing, by its leg's Q.850 cause.

    Args:
        cause: as Asterisk told it.
        listened: whether it was picked up: then the conversation broke off (a daemon was gone): nobody's fault.
    """
    if listened:
        return Outcome.LOST
    if cause in _BUSY:
        return Outcome.MANAGER_BUSY
    if cause in _REJECTED:
        return Outcome.REFUSED
    if cause in _NOT_THERE:
        return Outcome.UNREGISTERED
    return Outcome.MANAGER_NO_ANSWER


def of_accepted(call: Call, channel_id: str, report: Report | None, settings: CallbackSettings) -> Outcome:
    """Tell what came of a customer's dial, by the ended call and, if it came, the dialplan's report.

    The call is the witness of a talk. Unanswered, the report knows more: whether it was our manager who gave up.
    The manager's leg is the one that was originated as ``channel_id``; the customer's is any other.
    """
    customers = [leg for leg in call.legs if leg.uniqueid != channel_id]
    if call.answered_at is not None and not _ended_unheard(customers):
        return _talked(call.talk_seconds, settings)
    if report is not None:
        return of_report(report, settings)
    if call.answered_at is not None:
        return Outcome.REACHED  # they talked, nobody knows how long: better not called again than called twice
    if not customers:
        return Outcome.TRUNK_FAILED  # accepted, but the dialplan never came to the dial
    return _unanswered(customers[-1].hangup_cause or 0)


def _ended_unheard(customers: list[Leg]) -> bool:
    """Whether the talk's length is a lower bound only: the end of who talked was neither heard nor found in CEL."""
    return any(leg.answered_at and leg.hangup_cause is None for leg in customers)


def of_report(report: Report, settings: CallbackSettings) -> Outcome:
    """Tell what came of a customer's dial by DIALSTATUS, HANGUPCAUSE and ANSWEREDTIME alone."""
    match report.dialstatus:
        case "ANSWER":
            return _talked(report.talk_seconds, settings)
        case "BUSY":
            return Outcome.BUSY
        case "CANCEL":
            return Outcome.GAVE_UP
        case "NOANSWER":
            return _unanswered(report.cause) if report.cause in _NO_SUCH_NUMBER else Outcome.NO_ANSWER
        case "INVALIDARGS":
            return Outcome.BAD_NUMBER
        case _:
            return _unanswered(report.cause) if report.cause else Outcome.TRUNK_FAILED


def _talked(seconds: float, settings: CallbackSettings) -> Outcome:
    return Outcome.REACHED if seconds >= settings.reached_seconds else Outcome.SHORT_TALK


def _unanswered(cause: int) -> Outcome:
    if cause in _BUSY:
        return Outcome.BUSY
    if cause in _NO_SUCH_NUMBER:
        return Outcome.BAD_NUMBER
    return Outcome.NO_ANSWER if cause in _DID_NOT_ANSWER else Outcome.TRUNK_FAILED
