"""Whether a call is recorded: manager before DID before direction before the default; "skip" wins within a kind."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.model import Direction
from telephony.recording.plan.policy import Rules, Wish, decide, wants_any
from tests.unit.telephony.recording.calls import inbound, internal, outbound

YES, NO = Wish.RECORD, Wish.SKIP


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (Rules(), YES),
        (Rules(record=False), NO),
        (Rules(record=False, record_directions=(Direction.INBOUND,)), YES),
        (Rules(record=False, record_directions=(Direction.OUTBOUND,)), NO),
        (Rules(skip_directions=(Direction.INBOUND,)), NO),
        (Rules(skip_directions=(Direction.INBOUND,), record_directions=(Direction.INBOUND,)), NO),
        (Rules(skip_directions=(Direction.INBOUND,), record_dids=("38044*",)), YES),
        (Rules(skip_dids=("+380442000101",)), NO),
        (Rules(skip_dids=("+38044*",), record_dids=("+380442000101",)), NO),
        (Rules(skip_dids=("044 200-01-01",)), NO),
        (Rules(skip_dids=("0442000101",)), NO),
        (Rules(skip_dids=("04420001*",)), NO),
        (Rules(record=False, record_dids=("+38 (044) 200 01 01",)), YES),
        (Rules(skip_dids=("*",), record_managers=("10?",)), YES),
        (Rules(record_dids=("*",), skip_managers=("101",)), NO),
        (Rules(record_managers=("1*",), skip_managers=("101",)), NO),
        (Rules(record_managers=("2*",), record=False), NO),
    ],
)
def test_an_answered_inbound_call(rules: Rules, expected: Wish) -> None:
    assert decide(rules, inbound()) is expected


def test_it_is_open_until_the_answer_only_if_a_managers_rule_could_change_it() -> None:
    ringing = inbound(answered=False)
    assert decide(Rules(record_dids=("*",)), ringing) is YES
    assert decide(Rules(skip_managers=("105",)), ringing) is Wish.UNDECIDED
    assert decide(Rules(skip_managers=("105",)), inbound(answered=False, ended=True)) is YES


def test_the_manager_of_an_outbound_call_is_its_caller_and_known_at_once() -> None:
    assert decide(Rules(skip_managers=("101",)), outbound(answered=False)) is NO
    assert decide(Rules(skip_managers=("102",)), outbound(answered=False)) is YES


def test_either_side_of_an_internal_call_may_ask_not_to_be_recorded() -> None:
    assert decide(Rules(skip_managers=("101",)), internal(answered=False)) is NO
    assert decide(Rules(skip_managers=("102",)), internal()) is NO
    assert decide(Rules(skip_managers=("103",)), internal()) is YES


def test_only_a_policy_that_can_want_nothing_keeps_the_dialplan_from_recording() -> None:
    assert not wants_any(Rules(record=False, skip_dids=("*",)))
    assert wants_any(Rules())
    assert wants_any(Rules(record=False, record_managers=("101",)))


@given(st.text(max_size=8), st.text(max_size=8), st.booleans())
def test_no_glob_and_no_number_raises(glob: str, number: str, record: bool) -> None:
    rules = Rules(record=record, skip_dids=(glob,), record_managers=(glob,))
    assert decide(rules, replace(inbound(), dialed=number)) in {YES, NO}
