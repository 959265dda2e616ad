"""A review's life as a table.

::

    open ──claim──▶ claimed ──score──▶ scored ──dispute──▶ disputed ──settle──▶ settled
     ▲ ▲               │ │               ⟲ correct             ⟲ correct          ⟲ correct
     │ └───release─────┘ └──skip──▶ skipped
     └────────────reopen───────────────┘

A claim holds for `LEASE`, and each saved draft begins it anew; after that anybody else may claim (`claim` of a claimed
review). What was scored is never changed: a correction is a further card that supersedes the one before.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

from telephony.errors import UnexpectedTransition

LEASE: Final = timedelta(minutes=15)


class ReviewState(StrEnum):
    """Where a review stands."""

    OPEN = "open"
    CLAIMED = "claimed"
    SCORED = "scored"
    DISPUTED = "disputed"
    SETTLED = "settled"
    SKIPPED = "skipped"


class ReviewVerb(StrEnum):
    """What people do with it."""

    CLAIM = "claim"
    RELEASE = "release"
    SCORE = "score"
    CORRECT = "correct"
    DISPUTE = "dispute"
    SETTLE = "settle"
    SKIP = "skip"
    REOPEN = "reopen"


HEARD: Final = (ReviewState.SCORED, ReviewState.DISPUTED, ReviewState.SETTLED)
"""A card stands; the manager sees it."""
_STATES, _VERBS = ReviewState, ReviewVerb
_TABLE: Final[Mapping[tuple[ReviewState, ReviewVerb], ReviewState]] = {
    (_STATES.OPEN, _VERBS.CLAIM): _STATES.CLAIMED,
    (_STATES.OPEN, _VERBS.SKIP): _STATES.SKIPPED,
    (_STATES.CLAIMED, _VERBS.CLAIM): _STATES.CLAIMED,
    (_STATES.CLAIMED, _VERBS.RELEASE): _STATES.OPEN,
    (_STATES.CLAIMED, _VERBS.SCORE): _STATES.SCORED,
    (_STATES.CLAIMED, _VERBS.SKIP): _STATES.SKIPPED,
    (_STATES.SCORED, _VERBS.CORRECT): _STATES.SCORED,
    (_STATES.SCORED, _VERBS.DISPUTE): _STATES.DISPUTED,
    (_STATES.DISPUTED, _VERBS.CORRECT): _STATES.DISPUTED,
    (_STATES.DISPUTED, _VERBS.SETTLE): _STATES.SETTLED,
    (_STATES.SETTLED, _VERBS.CORRECT): _STATES.SETTLED,
    (_STATES.SKIPPED, _VERBS.REOPEN): _STATES.OPEN,
}


def after(state: ReviewState, verb: ReviewVerb) -> ReviewState:
    """Return the state that a verb leads to.

    Raises:
        UnexpectedTransition: the table has no such row; nothing has changed.
    """
    found = _TABLE.get((state, verb))
    if found is None:
        raise UnexpectedTransition(f"a review that is {state} cannot be asked to {verb}")
    return found


def knows(state: ReviewState, verb: ReviewVerb) -> bool:
    """Return whether a verb may be asked of a review in that state."""
    return (state, verb) in _TABLE
