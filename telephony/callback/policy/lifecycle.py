"""The states of a callback request and the verbs that move it.

                        ┌──────────── pass_on, snooze ────────────┐
                        ▼                                         │
     (missed) ──▶  WAITING ──ring──▶ RINGING ──accept──▶ DIALLING ──bridge──▶ TALKING
                    │   ▲  ▲                                │  │                │  │
               hold │   │  └──────────── retry, snooze ─────┘  │                │  │
                    ▼   │ release, snooze   ▲                  │                │  │
                   HELD ┘                   └─── retry ────────┼────────────────┘  │
                     ▲                                         │                   │
                     └──────────────── hold ───────────────────┼───────────────────┤
                                                               ▼                   ▼
                    from every open state:  done ▶ DONE   cancel ▶ CANCELLED   discard ▶ DISCARDED

Forward only: the three closed states are final, and a customer who is missed again gets a new request. **Retry**
spends one of the customer's attempts, **snooze** and **pass_on** spend nothing; pass_on gives the turn to the next on
the ladder.
**Hold** waits for a person's word: it is too late to ring by surprise, or nobody knows whether they have talked.
**Cancel** means not wanted any more, **discard** that we gave up, **rank** changes
how urgent it is and nothing else. A verb that the table does not have is a typed error
and changes nothing.
"""

from enum import StrEnum
from typing import Final

from telephony.callback.policy.model import OPEN_STATES, RequestState
from telephony.errors import UnexpectedTransition


class Verb(StrEnum):
    """What can happen to a request."""

    MISS = "miss"
    """The customer was missed once more: counted, the state stays; but one that was held is no surprise any more."""
    REQUEST = "request"
    """A person asked for it: like a first miss, it opens the request."""
    RANK = "rank"
    """A person said how urgent it is; the state stays."""
    RING = "ring"
    PASS_ON = "pass_on"  # noqa: S105 - no password
    ACCEPT = "accept"
    BRIDGE = "bridge"
    RETRY = "retry"
    SNOOZE = "snooze"
    HOLD = "hold"
    RELEASE = "release"
    DONE = "done"
    CANCEL = "cancel"
    DISCARD = "discard"


_S = RequestState
TABLE: Final[dict[tuple[RequestState, Verb], RequestState]] = {
    (_S.WAITING, Verb.RING): _S.RINGING,
    (_S.WAITING, Verb.SNOOZE): _S.WAITING,
    (_S.WAITING, Verb.HOLD): _S.HELD,
    (_S.RINGING, Verb.ACCEPT): _S.DIALLING,
    (_S.RINGING, Verb.PASS_ON): _S.WAITING,
    (_S.RINGING, Verb.SNOOZE): _S.WAITING,
    (_S.DIALLING, Verb.BRIDGE): _S.TALKING,
    (_S.DIALLING, Verb.RETRY): _S.WAITING,
    (_S.DIALLING, Verb.SNOOZE): _S.WAITING,
    (_S.DIALLING, Verb.HOLD): _S.HELD,
    (_S.TALKING, Verb.RETRY): _S.WAITING,
    (_S.TALKING, Verb.SNOOZE): _S.WAITING,
    (_S.TALKING, Verb.HOLD): _S.HELD,
    (_S.HELD, Verb.RELEASE): _S.WAITING,
    (_S.HELD, Verb.SNOOZE): _S.WAITING,
    **{(state, Verb.MISS): state for state in OPEN_STATES},
    (_S.HELD, Verb.MISS): _S.WAITING,
    **{(state, Verb.RANK): state for state in OPEN_STATES},
    **{(state, Verb.DONE): _S.DONE for state in OPEN_STATES},
    **{(state, Verb.CANCEL): _S.CANCELLED for state in OPEN_STATES},
    **{(state, Verb.DISCARD): _S.DISCARDED for state in OPEN_STATES},
}


def follow(state: RequestState, verb: Verb) -> RequestState:
    """Return the state after ``verb``.

    Raises:
        UnexpectedTransition: the table has no such verb in this state.
    """
    try:
        return TABLE[state, verb]
    except KeyError:
        raise UnexpectedTransition(f"a request that is {state} cannot {verb}") from None


def allows(state: RequestState, verb: Verb) -> bool:
    """Return whether the table has ``verb`` in ``state``."""
    return (state, verb) in TABLE
