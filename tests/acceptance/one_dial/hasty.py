"""``python -m tests.acceptance.one_dial.hasty WORDS...``: ``ringback`` whose judge takes "unknown" for "not reached".

The control of ``make one-dial``: this is how it was judged before every witness was heard (by what the ledger saw, and
by nothing else), and customers are dialled again by it. A run that does not notice would notice nothing.
"""

import sys
from datetime import timedelta

import service
from telephony.callback.policy import judging
from telephony.callback.policy.model import Attempt, Outcome
from telephony.callback.policy.witness import WitnessNote
from telephony.model import Call
from telephony.settings import CallbackSettings

_careful = judging.known


def hasty(
    attempt: Attempt,
    call: Call | None,
    settings: CallbackSettings,
    witness: WitnessNote | None = None,
    set_back: timedelta = timedelta(),
) -> Outcome | None:
    """Judge a customer's dial by the ledger alone, whose talk may be a lower bound; nothing seen is nothing done."""
    if attempt.accepted_at is None or attempt.withdrawn is not None:
        return _careful(attempt, call, settings, witness, set_back)
    if call is None or call.answered_at is None:
        return Outcome.TRUNK_FAILED
    return Outcome.REACHED if call.talk_seconds >= settings.reached_seconds else Outcome.SHORT_TALK


def main() -> int:
    """Put it in the judge's place before anybody takes that by name, and be ``ringback``."""
    assert "telephony.callback.reconcile" not in sys.modules
    judging.known = hasty
    return service.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
