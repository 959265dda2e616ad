"""The table of states and verbs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.callback.policy.lifecycle import TABLE, Verb, allows, follow
from telephony.callback.policy.model import OPEN_STATES, RequestState
from telephony.errors import UnexpectedTransition

CLOSED = set(RequestState) - OPEN_STATES


@given(st.lists(st.sampled_from(Verb), max_size=40))
def test_any_verbs_in_any_order_end_in_a_state_and_a_closed_one_is_never_left(verbs: list[Verb]) -> None:
    state = RequestState.WAITING
    for verb in verbs:
        try:
            after = follow(state, verb)
        except UnexpectedTransition:
            assert not allows(state, verb)
            continue
        assert state not in CLOSED
        state = after


@pytest.mark.parametrize("state", sorted(OPEN_STATES))
@pytest.mark.parametrize(
    ("verb", "closed"),
    [(Verb.DONE, RequestState.DONE), (Verb.CANCEL, RequestState.CANCELLED), (Verb.DISCARD, RequestState.DISCARDED)],
)
def test_every_open_state_can_be_closed(state: RequestState, verb: Verb, closed: RequestState) -> None:
    assert follow(state, verb) is closed


def test_every_state_can_be_reached_from_waiting() -> None:
    reached, fresh = {RequestState.WAITING}, {RequestState.WAITING}
    while fresh:
        fresh = {after for (before, _), after in TABLE.items() if before in fresh} - reached
        reached |= fresh
    assert reached == set(RequestState)


def test_nobody_is_dialled_without_having_accepted() -> None:
    assert {before for (before, _), after in TABLE.items() if after is RequestState.DIALLING} <= {
        RequestState.RINGING,
        RequestState.DIALLING,
    }
