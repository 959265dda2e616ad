"""What came of an attempt, judged from every witness there is. Pure.

The witnesses of a customer's dial: the call as the ledger has it (heard, or read from CEL), the report that the
dialplan gave to the daemon, and the note that it left on the PBX (`witness`). Each may be missing,
and a call of which a part went unheard (``repaired``) knows only a lower bound of what was talked. So:

* a talk that any witness measured as long enough was one;
* that they did not talk, or too shortly, is believed only of a witness who was there from the beginning to the end;
* a talk in which the clock may have been set back may have been longer by as much, and is believed to have been;
* what nobody knows is never taken for "not reached": `known` says None, more witnesses are asked, and at last `judge`
  answers ``LOST`` (a person decides) or, when they did talk, nobody knows how long, ``REACHED``: better not called
  again than called twice.
"""

from dataclasses import dataclass
from datetime import timedelta

from telephony.callback.policy.model import Attempt, Outcome
from telephony.callback.policy.witness import DialStage, WitnessNote, WitnessReport
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


def judge(
    attempt: Attempt,
    call: Call | None,
    settings: CallbackSettings,
    witness: WitnessNote | None = None,
    set_back: timedelta = timedelta(),
) -> Outcome:
    """Return what came of an attempt that is over, as well as it will ever be known.

    Args:
        attempt: as it was written.
        call: as the ledger has it; None if the ledger never heard of it.
        settings: how long a talk must be.
        witness: the dialplan's note on the PBX; None if there is none.
        set_back: by how much the clock may have been set back in the talk's midst.
    """
    outcome = known(attempt, call, settings, witness, set_back)
    if outcome is not None:
        return outcome
    if attempt.accepted_at is not None and _answered(attempt, call, witness):
        return Outcome.REACHED
    return Outcome.LOST if attempt.withdrawn is None else Outcome.WITHDRAWN


def known(
    attempt: Attempt,
    call: Call | None,
    settings: CallbackSettings,
    witness: WitnessNote | None = None,
    set_back: timedelta = timedelta(),
) -> Outcome | None:
    """Return what came of an attempt that is over; None if these witnesses do not know it for certain."""
    if attempt.accepted_at is not None:
        outcome = _of_dial(_dial(attempt, call, witness), settings, set_back)
        return outcome if attempt.withdrawn is None or outcome in {None, Outcome.REACHED} else Outcome.WITHDRAWN
    if attempt.withdrawn is not None:
        return Outcome.WITHDRAWN
    if call is None:
        return Outcome.LOST
    mine = [leg for leg in call.legs if str(leg.uniqueid) == attempt.channel_id]
    if not mine or mine[0].hangup_cause is None:
        return Outcome.LOST  # rebuilt after an outage: nobody heard how it ended
    picked_up = attempt.answered_at is not None or any(leg.answered_at for leg in mine)
    return of_unaccepted(mine[0].hangup_cause, listened=picked_up)


def of_unaccepted(cause: int, *, listened: bool) -> Outcome:
    """Return what came of a phone whose manager pressed nothing, by its leg's Q.850 cause.

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


def of_report(report: WitnessReport, settings: CallbackSettings) -> Outcome:
    """Return what came of a customer's dial by DIALSTATUS, HANGUPCAUSE and the seconds of talk alone."""
    match report.dialstatus:
        case "ANSWER":
            return Outcome.REACHED if report.clock_went_back else _talked(report.talk_seconds, settings)
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


@dataclass(frozen=True, slots=True)
class _Dial:
    """A customer's dial as its witnesses have it."""

    call: Call | None
    customers: tuple[Leg, ...]
    """Every leg but the manager's, which is the one that was originated as the attempt's channel."""
    report: WitnessReport | None
    witness: WitnessNote | None

    @property
    def answered(self) -> bool:
        """Whether anybody saw the customer answer."""
        return (
            (self.call is not None and self.call.answered_at is not None)
            or any(leg.answered_at for leg in self.customers)
            or (self.report is not None and self.report.answered)
            or (self.witness is not None and self.witness.stage is DialStage.ANSWERED)
        )

    @property
    def heard_whole(self) -> bool:
        """Whether the ledger heard the call from its birth to its end, so that its figures are no lower bounds."""
        if self.call is None or self.call.ended_at is None or self.call.repaired:
            return False
        return not any(leg.answered_at and leg.hangup_cause is None for leg in self.customers)

    @property
    def clock_went_back(self) -> bool:
        """Whether the PBX's clock was set back while they talked: then no figure of the talk is its length.

        The ledger lets nothing end before it began, so such a talk ends in the moment of its answer; the dialplan
        measures less than nothing.
        """
        if self.report is not None and self.report.clock_went_back:
            return True
        measured = self.call is None or self.talk_seconds > 0
        ended = ((leg.answered_at, leg.ended_at) for leg in self.customers)
        return not measured and any(began and end and end <= began for began, end in ended)

    @property
    def talk_seconds(self) -> float:
        """The longest talk that anybody measured; the dialplan's whole seconds give way to the ledger's."""
        heard = self.call.talk_seconds if self.call is not None else 0.0
        reported = self.report.talk_seconds if self.report is not None else 0.0
        return heard if self.heard_whole and heard else max(heard, reported)


def _dial(attempt: Attempt, call: Call | None, witness: WitnessNote | None) -> _Dial:
    customers = tuple(leg for leg in call.legs if str(leg.uniqueid) != attempt.channel_id) if call else ()
    report = report_of(attempt) or (witness.report if witness is not None else None)
    return _Dial(call, customers, report, witness)


def report_of(attempt: Attempt) -> WitnessReport | None:
    """Return the dialplan's report, if it came."""
    if attempt.dialstatus is None:
        return None
    return WitnessReport(attempt.dialstatus, attempt.dial_cause or 0, attempt.dial_talk or 0.0)


def _answered(attempt: Attempt, call: Call | None, witness: WitnessNote | None) -> bool:
    return _dial(attempt, call, witness).answered


def _of_dial(dial: _Dial, settings: CallbackSettings, set_back: timedelta) -> Outcome | None:
    if dial.answered:
        return _of_answered(dial, settings, set_back.total_seconds())
    if dial.report is not None:  # it knows more than the legs: whether it was our manager who gave up
        return of_report(dial.report, settings)
    if dial.customers and all(leg.hangup_cause is not None for leg in dial.customers):
        return _unanswered(dial.customers[-1].hangup_cause or 0)
    if dial.witness is not None and dial.witness.stage is DialStage.BEGAN:
        return Outcome.TRUNK_FAILED  # accepted, but the dialplan never came to the dial
    return Outcome.TRUNK_FAILED if dial.heard_whole and not dial.customers else None


def _of_answered(dial: _Dial, settings: CallbackSettings, set_back: float) -> Outcome | None:
    if dial.clock_went_back or _talked(dial.talk_seconds + set_back, settings) is Outcome.REACHED:
        return Outcome.REACHED
    measured = dial.heard_whole or (dial.report is not None and dial.report.answered)
    return Outcome.SHORT_TALK if measured else None


def _talked(seconds: float, settings: CallbackSettings) -> Outcome:
    return Outcome.REACHED if seconds >= settings.reached_seconds else Outcome.SHORT_TALK


def _unanswered(cause: int) -> Outcome:
    if cause in _BUSY:
        return Outcome.BUSY
    if cause in _NO_SUCH_NUMBER:
        return Outcome.BAD_NUMBER
    return Outcome.NO_ANSWER if cause in _DID_NOT_ANSWER else Outcome.TRUNK_FAILED
