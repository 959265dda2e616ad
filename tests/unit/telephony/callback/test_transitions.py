"""What each verb leaves in a request's row."""

from dataclasses import replace
from datetime import timedelta

import pytest

from telephony.callback.policy import transitions
from telephony.callback.policy.lifecycle import Verb
from telephony.callback.policy.model import ClosedReason, Request, RequestState, WaitReason
from telephony.callback.policy.outcomes import AskPerson, DialAgain, Done, GiveUp, PassOn, Postpone, Settled
from telephony.callback.policy.transitions import Move
from telephony.directory.model import ManagerId
from telephony.errors import UnexpectedTransition
from telephony.model import Party
from tests.builders import NOON, after, callback_request, inbound

S = RequestState
OLENA = ManagerId("olena")
LATER = after(60)


def in_state(state: RequestState, **facts: object) -> Request:
    return callback_request(state=state, **facts)


def test_a_miss_keeps_the_first_time_and_takes_the_newest_facts() -> None:
    call = replace(inbound("1763.9", name="Nova"), caller=Party("380671234567", "Nova"))
    move = transitions.missed_again(in_state(S.RINGING), call, LATER)
    now = move.request
    assert (move.verb, move.at, now.misses, now.first_missed_at, now.last_missed_at) == (
        Verb.MISS,
        LATER,
        2,
        NOON,
        LATER,
    )
    assert (now.heard_number, now.name, now.last_call_id) == ("380671234567", "Nova", call.call_id)
    assert (now.state, now.due_at, now.round) == (S.RINGING, NOON, 1), "who is being rung is only counted"


def test_a_miss_that_is_told_late_moves_the_first_time_back() -> None:
    move = transitions.missed_again(callback_request(), inbound("1763.0"), NOON - timedelta(minutes=1))
    assert (move.request.first_missed_at, move.request.last_missed_at) == (NOON - timedelta(minutes=1), NOON)


def test_a_call_without_facts_takes_none_away() -> None:
    bare = replace(inbound("1763.9"), caller=Party("", ""), dialed="", trunk="")
    now = transitions.missed_again(
        callback_request(did="1", trunk="PJSIP/a", name="Олена"), replace(bare, dialed=""), LATER
    )
    assert (now.request.name, now.request.trunk, now.request.heard_number) == ("Олена", "PJSIP/a", "067 123-45-67")


@pytest.mark.parametrize("reason", [WaitReason.RETRY, WaitReason.NEXT_ROUND, WaitReason.ON_A_CALL])
def test_who_calls_while_we_wait_for_them_is_due_at_once(reason: WaitReason) -> None:
    waits = callback_request(waits_for=reason, due_at=after(3600), round=2)
    now = transitions.missed_again(waits, inbound(), LATER).request
    assert (now.due_at, now.waits_for, now.round, now.round_began_at) == (LATER, WaitReason.NEW, 3, LATER)


@pytest.mark.parametrize("reason", [WaitReason.LATER, WaitReason.BY_HAND, WaitReason.PROMISED])
def test_what_a_person_ordered_stands_whoever_calls(reason: WaitReason) -> None:
    waits = callback_request(waits_for=reason, due_at=after(3600))
    now = transitions.missed_again(waits, inbound(), LATER).request
    assert (now.due_at, now.waits_for, now.round) == (after(3600), reason, 1)


def test_a_miss_releases_what_is_held() -> None:
    now = transitions.missed_again(in_state(S.HELD, waits_for=WaitReason.STALE), inbound(), LATER).request
    assert (now.state, now.due_at, now.waits_for, now.round) == (S.WAITING, LATER, WaitReason.NEW, 2)


def test_ringing_changes_the_state_only() -> None:
    move = transitions.ring(callback_request(), LATER, "owner")
    assert move == Move(Verb.RING, in_state(S.RINGING), "owner", LATER)


def test_who_accepts_an_unowned_customer_owns_them_and_is_first_from_now_on() -> None:
    now = transitions.accept(in_state(S.RINGING, owner=None), OLENA, LATER)
    assert (now.request.owner, now.request.first, now.request.accepted_at, now.by) == (OLENA, OLENA, LATER, OLENA)


def test_an_owner_stays_the_owner_and_the_first_acceptance_counts() -> None:
    now = transitions.accept(in_state(S.RINGING, accepted_at=NOON), OLENA, LATER).request
    assert (now.owner, now.first, now.accepted_at, now.state) == (ManagerId("ivan"), OLENA, NOON, S.DIALLING)


def test_the_first_talk_counts() -> None:
    assert transitions.bridge(in_state(S.DIALLING), LATER).request.talked_at == LATER
    assert transitions.bridge(in_state(S.DIALLING, talked_at=NOON), LATER).request.talked_at == NOON


def test_an_answered_request_is_closed_with_its_reason() -> None:
    move = transitions.answer(in_state(S.TALKING), Done(ClosedReason.REACHED), OLENA, LATER, "olena")
    assert move
    assert (move.verb, move.request.state, move.request.closed_for) == (Verb.DONE, S.DONE, ClosedReason.REACHED)
    assert (move.request.closed_at, move.request.closed_by) == (LATER, "olena")


def test_giving_up_discards() -> None:
    move = transitions.answer(in_state(S.DIALLING), GiveUp(ClosedReason.ATTEMPTS_SPENT), OLENA, LATER)
    assert move
    assert (move.verb, move.request.state) == (Verb.DISCARD, S.DISCARDED)


def test_a_dial_in_vain_spends_one_attempt_and_comes_back_to_the_same_manager() -> None:
    move = transitions.answer(in_state(S.DIALLING, spent=1), DialAgain(900), OLENA, LATER)
    assert move
    now = move.request
    assert (now.spent, now.first, now.due_at, now.waits_for) == (
        2,
        OLENA,
        LATER + timedelta(seconds=900),
        WaitReason.RETRY,
    )
    assert (move.verb, now.round) == (Verb.RETRY, 2)


@pytest.mark.parametrize(("same", "first"), [(True, OLENA), (False, None)])
def test_a_postponed_request_spends_nothing(same: bool, first: ManagerId | None) -> None:
    move = transitions.answer(in_state(S.RINGING), Postpone(120, WaitReason.LATER, same_first=same), OLENA, LATER)
    assert move
    now = move.request
    assert (now.spent, now.first, now.due_at, now.waits_for) == (
        0,
        first,
        LATER + timedelta(seconds=120),
        WaitReason.LATER,
    )


def test_passing_on_keeps_the_round_and_is_due_at_once() -> None:
    move = transitions.answer(in_state(S.RINGING, due_at=NOON), PassOn(), OLENA, LATER)
    assert move
    now = move.request
    assert (now.state, now.due_at, now.waits_for, now.round) == (S.WAITING, LATER, WaitReason.LADDER, 1)


def test_what_nobody_knows_is_held_for_a_person_who_is_to_be_the_same_manager() -> None:
    move = transitions.answer(in_state(S.TALKING), AskPerson(), OLENA, LATER)
    assert move
    assert (move.request.state, move.request.waits_for, move.request.first) == (S.HELD, WaitReason.UNSURE, OLENA)


def test_what_is_settled_changes_nothing() -> None:
    assert transitions.answer(in_state(S.RINGING), Settled(), OLENA, LATER) is None


def test_a_number_that_may_not_be_dialled_is_decided_anew_at_once() -> None:
    now = transitions.not_dialled(in_state(S.DIALLING), LATER).request
    assert (now.state, now.due_at, now.waits_for, now.spent) == (S.WAITING, LATER, WaitReason.TOLL, 0)


@pytest.mark.parametrize(
    ("state", "verb"), [(S.HELD, Verb.RELEASE), (S.WAITING, Verb.SNOOZE), (S.RINGING, Verb.SNOOZE)]
)
def test_a_persons_order_names_the_person_and_releases_what_is_held(state: RequestState, verb: Verb) -> None:
    move = transitions.postpone(in_state(state), after(600), LATER, "anna")
    assert (move.verb, move.by, move.request.due_at, move.request.waits_for) == (
        verb,
        "anna",
        after(600),
        WaitReason.BY_HAND,
    )


def test_nobody_postpones_a_talk() -> None:
    with pytest.raises(UnexpectedTransition, match="talking"):
        transitions.postpone(in_state(S.TALKING), after(600), LATER, "anna")


@pytest.mark.parametrize("state", [S.DIALLING, S.TALKING])
def test_a_vanished_attempt_that_had_dialled_the_customer_is_a_persons_question(state: RequestState) -> None:
    now = transitions.set_going(in_state(state), LATER).request
    assert (now.state, now.waits_for) == (S.HELD, WaitReason.UNSURE)


def test_a_vanished_attempt_that_had_not_goes_on_at_once() -> None:
    now = transitions.set_going(in_state(S.RINGING), LATER).request
    assert (now.state, now.waits_for, now.due_at) == (S.WAITING, WaitReason.LOST, LATER)


@pytest.mark.parametrize(("state", "verb"), [(S.HELD, Verb.RELEASE), (S.WAITING, Verb.SNOOZE)])
def test_a_promised_time_is_when_it_is_due(state: RequestState, verb: Verb) -> None:
    move = transitions.promise(in_state(state), after(7200), LATER)
    assert (move.verb, move.request.due_at, move.request.waits_for) == (verb, after(7200), WaitReason.PROMISED)


def test_nothing_is_closed_before_it_was_missed() -> None:
    """A clock that stepped back must not make a figure negative."""
    early = NOON - timedelta(seconds=5)
    assert transitions.close(callback_request(), Verb.CANCEL, ClosedReason.BY_HAND, early).request.closed_at == NOON


def test_a_closed_request_refuses_every_verb() -> None:
    with pytest.raises(UnexpectedTransition, match="done cannot ring"):
        transitions.ring(in_state(S.DONE), LATER, "owner")
