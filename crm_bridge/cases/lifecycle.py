"""A case's life as a table. Pure.

::

    new ──act──▶ in_work ──close──▶ closed
     │  ▲           ▲
     │  └─give──┐   │
     └escalate─▶ escalated ──act───┘        (a new reason changes no state; each open one can be closed)
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from telephony.errors import UnexpectedTransition


class CaseState(StrEnum):
    """Where a case stands."""

    NEW = "new"
    """Nobody has done anything yet."""
    ESCALATED = "escalated"
    """Nobody has, and the time for it is over: the heads were told."""
    IN_WORK = "in_work"
    CLOSED = "closed"


class CaseVerb(StrEnum):
    """What happens to a case."""

    OPEN = "open"
    ADD = "add"
    """One more reason."""
    ACT = "act"
    """Somebody does something for the customer: a talk, or what they wrote."""
    GIVE = "give"
    """It gets another owner."""
    ESCALATE = "escalate"
    CLOSE = "close"


class CaseWhy(StrEnum):
    """Why a customer may be unhappy."""

    LOW_SCORE = "low_score"
    """They said so, with 0 to 6 of 10."""
    LATE_PROMISE = "late_promise"
    """A time was promised, and not kept."""
    MISSED_AGAIN = "missed_again"
    """They were missed several times before anybody talked with them."""
    LOST_AGAIN = "lost_again"
    """Nobody called them back, and they call again."""
    REVIEW = "review"
    """Whoever listened to their call says so."""
    BY_HAND = "by_hand"
    """Somebody of ours says so."""


class CaseCause(StrEnum):
    """What it was in the end."""

    NOT_ANSWERED = "not_answered"
    LATE = "late"
    TALK = "talk"
    """How they were spoken with."""
    ORDER = "order"
    """The order, the delivery, the papers."""
    PRODUCT = "product"
    PRICE = "price"
    NOTHING = "nothing"
    """There was nothing: the reason was wrong."""
    OTHER = "other"


_TABLE: Final[Mapping[CaseState, Mapping[CaseVerb, CaseState]]] = {
    CaseState.NEW: {
        CaseVerb.ADD: CaseState.NEW,
        CaseVerb.ACT: CaseState.IN_WORK,
        CaseVerb.GIVE: CaseState.NEW,
        CaseVerb.ESCALATE: CaseState.ESCALATED,
        CaseVerb.CLOSE: CaseState.CLOSED,
    },
    CaseState.ESCALATED: {
        CaseVerb.ADD: CaseState.ESCALATED,
        CaseVerb.ACT: CaseState.IN_WORK,
        CaseVerb.GIVE: CaseState.ESCALATED,
        CaseVerb.CLOSE: CaseState.CLOSED,
    },
    CaseState.IN_WORK: {
        CaseVerb.ADD: CaseState.IN_WORK,
        CaseVerb.ACT: CaseState.IN_WORK,
        CaseVerb.GIVE: CaseState.IN_WORK,
        CaseVerb.CLOSE: CaseState.CLOSED,
    },
    CaseState.CLOSED: {},
}


def follow(state: CaseState, verb: CaseVerb) -> CaseState:
    """Return the state after a verb.

    Raises:
        UnexpectedTransition: a case in that state has no such verb.
    """
    after = _TABLE[state].get(verb)
    if after is None:
        raise UnexpectedTransition(f"a case that is {state} cannot {verb}")
    return after
