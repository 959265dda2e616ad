"""A review's life has the rows of its table and no others."""

import pytest

from crm_bridge.reviews.lifecycle import HEARD, ReviewState, ReviewVerb, after, knows
from telephony.errors import UnexpectedTransition

EVERY = [(state, verb) for state in ReviewState for verb in ReviewVerb]


@pytest.mark.parametrize(("state", "verb"), [pair for pair in EVERY if not knows(*pair)])
def test_what_the_table_does_not_have_is_refused(state: ReviewState, verb: ReviewVerb) -> None:
    with pytest.raises(UnexpectedTransition, match=f"{state} cannot be asked to {verb}"):
        after(state, verb)


def test_a_review_goes_its_whole_way() -> None:
    way = [ReviewVerb.CLAIM, ReviewVerb.SCORE, ReviewVerb.CORRECT, ReviewVerb.DISPUTE, ReviewVerb.SETTLE]
    state = ReviewState.OPEN
    for verb in way:
        state = after(state, verb)
    assert state is ReviewState.SETTLED


def test_what_was_heard_is_never_unheard() -> None:
    leads = {after(state, verb) for state in HEARD for verb in ReviewVerb if knows(state, verb)}
    assert leads <= set(HEARD)
