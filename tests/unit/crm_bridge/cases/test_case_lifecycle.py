"""A case's life: what may follow what."""

from itertools import product

import pytest

from crm_bridge.cases.lifecycle import CaseState, CaseVerb, follow
from telephony.errors import UnexpectedTransition

_OPEN = [state for state in CaseState if state is not CaseState.CLOSED]


@pytest.mark.parametrize("state", _OPEN)
def test_every_open_case_can_be_worked_on_given_and_closed(state: CaseState) -> None:
    assert follow(state, CaseVerb.ACT) is CaseState.IN_WORK
    assert follow(state, CaseVerb.CLOSE) is CaseState.CLOSED
    for verb in (CaseVerb.ADD, CaseVerb.GIVE):
        assert follow(state, verb) is state, "one more reason, or another owner, does not undo what was done"


def test_only_who_waits_for_a_first_action_is_escalated_and_once() -> None:
    assert follow(CaseState.NEW, CaseVerb.ESCALATE) is CaseState.ESCALATED
    for state in set(CaseState) - {CaseState.NEW}:
        with pytest.raises(UnexpectedTransition):
            follow(state, CaseVerb.ESCALATE)


def test_nothing_happens_to_a_closed_case_and_no_case_opens_twice() -> None:
    impossible = [*product([CaseState.CLOSED], CaseVerb), *product(_OPEN, [CaseVerb.OPEN])]
    for state, verb in impossible:
        with pytest.raises(UnexpectedTransition):
            follow(state, verb)
