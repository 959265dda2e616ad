"""What an outcome is read from, and what it means."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.callback.policy.judging import judge, known, of_report
from telephony.callback.policy.model import (
    Attempt,
    AttemptKey,
    ChannelId,
    ClosedReason,
    Outcome,
    RequestId,
    Step,
    WithdrawnReason,
)
from telephony.callback.policy.outcomes import AskPerson, DialAgain, Done, GiveUp, PassOn, Postpone, Settled, answer_for
from telephony.callback.policy.witness import WitnessReport, read
from telephony.directory.model import ManagerId
from telephony.model import (
    Call,
    CallKind,
    Disposition,
    Leg,
    PbxName,
)
from telephony.settings import CallbackSettings
from tests import builders

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
USUAL = CallbackSettings()
ATTEMPT = Attempt(
    key=AttemptKey(1),
    request_id=RequestId(1),
    manager=ManagerId("ivan"),
    channel_id=ChannelId("rb-cb-1-x"),
    pbx=PbxName("pbx"),
    step=Step.OWNER,
    round=1,
    written_at=NOW,
    daemon=1,
    dialstring="PJSIP/101",
)
ACCEPTED = replace(ATTEMPT, answered_at=NOW, accepted_at=NOW)


def leg(uniqueid: str, cause: int | None, *, answered: bool = False) -> Leg:
    at = NOW if answered else None
    return replace(builders.leg(uniqueid, "1", NOW), answered_at=at, ended_at=NOW, hangup_cause=cause)


def call(*legs: Leg, talk: float | None = None) -> Call:
    begun = replace(builders.outbound("rb-cb-1-x", at=NOW), kind=CallKind.CALLBACK)
    over = replace(begun, ended_at=NOW, disposition=Disposition.NO_ANSWER, legs=legs)
    if talk is None:
        return over
    return replace(over, answered_at=NOW, disposition=Disposition.ANSWERED, talk=timedelta(seconds=talk))


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (19, Outcome.MANAGER_NO_ANSWER),
        (16, Outcome.MANAGER_NO_ANSWER),
        (17, Outcome.MANAGER_BUSY),
        (21, Outcome.REFUSED),
        (20, Outcome.UNREGISTERED),
        (3, Outcome.UNREGISTERED),
        (None, Outcome.LOST),
    ],
)
def test_a_managers_phone_is_told_by_its_cause(cause: int | None, outcome: Outcome) -> None:
    assert judge(ATTEMPT, call(leg("rb-cb-1-x", cause)), USUAL) is outcome


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (17, Outcome.BUSY),
        (19, Outcome.NO_ANSWER),
        (20, Outcome.NO_ANSWER),
        (1, Outcome.BAD_NUMBER),
        (28, Outcome.BAD_NUMBER),
        (34, Outcome.TRUNK_FAILED),
        (38, Outcome.TRUNK_FAILED),
    ],
)
def test_a_customers_phone_is_told_by_its_cause(cause: int, outcome: Outcome) -> None:
    ended = call(leg("rb-cb-1-x", 16, answered=True), leg("2", cause))
    assert judge(ACCEPTED, ended, USUAL) is outcome


@pytest.mark.parametrize(("talk", "outcome"), [(5, Outcome.REACHED), (4.9, Outcome.SHORT_TALK)])
def test_a_talk_of_five_seconds_reached_them(talk: float, outcome: Outcome) -> None:
    ended = call(leg("rb-cb-1-x", 16, answered=True), leg("2", 16, answered=True), talk=talk)
    assert judge(ACCEPTED, ended, USUAL) is outcome


def test_a_talk_whose_end_nobody_heard_reached_them_unless_the_dialplan_knows_better() -> None:
    ended = call(leg("rb-cb-1-x", 16, answered=True), leg("2", None, answered=True), talk=0)
    assert judge(ACCEPTED, ended, USUAL) is Outcome.REACHED
    told = replace(ACCEPTED, dialstatus="ANSWER", dial_cause=16, dial_talk=2.0)
    assert judge(told, ended, USUAL) is Outcome.SHORT_TALK


def test_what_the_ledger_heard_of_a_talk_since_a_resync_is_only_a_lower_bound() -> None:
    ended = replace(call(leg("rb-cb-1-x", 16, answered=True), leg("2", 16, answered=True), talk=1), repaired=True)
    assert known(ACCEPTED, ended, USUAL) is None
    assert judge(ACCEPTED, ended, USUAL) is Outcome.REACHED
    told = replace(ACCEPTED, dialstatus="ANSWER", dial_cause=16, dial_talk=12.0)
    assert judge(told, ended, USUAL) is Outcome.REACHED
    assert judge(replace(told, dial_talk=2.0), ended, USUAL) is Outcome.SHORT_TALK
    assert judge(ACCEPTED, ended, USUAL, read("rb-cb-1-x/ended/ANSWER/16/2", "rb-cb-1-x")) is Outcome.SHORT_TALK


def test_the_ledgers_own_figure_goes_before_the_dialplans_whole_seconds() -> None:
    ended = call(leg("rb-cb-1-x", 16, answered=True), leg("2", 16, answered=True), talk=4.2)
    told = replace(ACCEPTED, dialstatus="ANSWER", dial_cause=16, dial_talk=5.0)
    assert judge(told, ended, USUAL) is Outcome.SHORT_TALK


def test_a_talk_over_which_the_clock_was_set_back_has_no_length_and_reached_them() -> None:
    customer = leg("2", 16, answered=True)  # the ledger lets it end in the moment of its answer
    talked = call(leg("rb-cb-1-x", 16, answered=True), customer, talk=0)
    assert judge(ACCEPTED, talked, USUAL) is Outcome.REACHED
    reported = replace(ACCEPTED, dialstatus="ANSWER", dial_talk=0.0)
    assert judge(reported, talked, USUAL) is Outcome.REACHED


@pytest.mark.parametrize("heard", [None, "nothing of the customer"])
def test_a_talk_that_the_dialplan_measured_as_less_than_nothing_reached_them(heard: str | None) -> None:
    """Nobody else was there: the daemon was dead, and came back after the end."""
    known_call = leftover(leg("rb-cb-1-x", None, answered=True)) if heard else None
    note = read("rb-cb-1-x/ended/ANSWER/16/-3566", "rb-cb-1-x")
    assert judge(ACCEPTED, known_call, USUAL, note) is Outcome.REACHED
    reported = replace(ACCEPTED, dialstatus="ANSWER", dial_cause=16, dial_talk=-3566.0)
    assert judge(reported, known_call, USUAL) is Outcome.REACHED
    assert of_report(WitnessReport("ANSWER", 16, -3566), USUAL) is Outcome.REACHED


def leftover(*legs: Leg) -> Call:
    """A call as it is closed when nobody heard its end."""
    return replace(call(*legs), repaired=True)


def test_a_call_that_was_not_heard_to_its_end_does_not_say_that_nobody_was_dialled() -> None:
    ended = leftover(leg("rb-cb-1-x", None, answered=True))
    assert known(ACCEPTED, ended, USUAL) is None
    assert judge(ACCEPTED, ended, USUAL) is Outcome.LOST
    assert answer(Outcome.LOST, accepted=True) == AskPerson()


@pytest.mark.parametrize(
    ("note", "outcome"),
    [
        ("began", Outcome.TRUNK_FAILED),
        ("dialling", Outcome.LOST),
        ("answered", Outcome.REACHED),
        ("ended/ANSWER/16/12", Outcome.REACHED),
        ("ended/ANSWER//3", Outcome.SHORT_TALK),
        ("ended/NOANSWER/19/0", Outcome.NO_ANSWER),
        ("ended/CANCEL//0", Outcome.GAVE_UP),
        ("ended///0", Outcome.TRUNK_FAILED),
        ("ended//16/9", Outcome.REACHED),  # a transfer took the word away, but they talked
        ("", Outcome.LOST),
        ("ended", Outcome.LOST),
        ("nonsense/1", Outcome.LOST),
    ],
)
@pytest.mark.parametrize("of", [None, leftover(leg("rb-cb-1-x", None))], ids=["no call", "a leftover"])
def test_the_note_on_the_pbx_tells_what_nobody_heard(note: str, outcome: Outcome, of: Call | None) -> None:
    assert judge(ACCEPTED, of, USUAL, read(f"rb-cb-1-x/{note}", "rb-cb-1-x")) is outcome


@given(st.text(max_size=60))
def test_no_note_raises_and_one_of_another_attempt_is_nobodys(text: str) -> None:
    assert read(text, "rb-cb-1-x") is None or text.startswith("rb-cb-1-x/")
    assert read(f"rb-cb-1-y/{text}", "rb-cb-1-x") is None
    read(f"rb-cb-1-x/{text}", "rb-cb-1-x")


UNKNOWING = st.sampled_from(
    [
        None,
        leftover(leg("rb-cb-1-x", None)),
        leftover(leg("rb-cb-1-x", 16, answered=True)),
        leftover(leg("rb-cb-1-x", None), leg("2", None)),
        leftover(leg("rb-cb-1-x", 16, answered=True), leg("2", None)),
        replace(leftover(leg("rb-cb-1-x", None)), ended_at=None, disposition=Disposition.IN_PROGRESS),
    ]
)


@given(UNKNOWING, st.sampled_from(["", "rb-cb-1-x/dialling", "rb-cb-9-z/ended/BUSY/17/0"]))
def test_what_nobody_knows_is_a_persons_to_decide(of: Call | None, note: str) -> None:
    outcome = judge(ACCEPTED, of, USUAL, read(note, "rb-cb-1-x"))
    assert answer(outcome, accepted=True) == AskPerson()


def test_picked_up_and_nobody_there_to_talk_to_is_nobodys_fault() -> None:
    assert judge(ATTEMPT, call(leg("rb-cb-1-x", 16, answered=True)), USUAL) is Outcome.LOST


def test_accepted_and_never_dialled_is_the_trunks_fault() -> None:
    assert judge(ACCEPTED, call(leg("rb-cb-1-x", 16, answered=True)), USUAL) is Outcome.TRUNK_FAILED


def test_without_a_call_the_dialplans_report_is_believed() -> None:
    reported = replace(ACCEPTED, dialstatus="ANSWER", dial_cause=16, dial_talk=20.0)
    assert judge(reported, None, USUAL) is Outcome.REACHED
    assert judge(ACCEPTED, None, USUAL) is Outcome.LOST


def test_a_withdrawn_attempt_has_no_other_outcome_but_a_talk() -> None:
    withdrawn = replace(ACCEPTED, withdrawn=WithdrawnReason.GOT_THROUGH, withdrawn_at=NOW)
    legs = (leg("rb-cb-1-x", 16), leg("2", 16))
    assert judge(withdrawn, call(*legs), USUAL) is Outcome.WITHDRAWN
    assert judge(withdrawn, call(*legs, talk=30), USUAL) is Outcome.REACHED


@pytest.mark.parametrize(
    ("report", "outcome"),
    [
        (WitnessReport("CANCEL", 16, 0), Outcome.GAVE_UP),
        (WitnessReport("NOANSWER", 19, 0), Outcome.NO_ANSWER),
        (WitnessReport("BUSY", 17, 0), Outcome.BUSY),
        (WitnessReport("CHANUNAVAIL", 0, 0), Outcome.TRUNK_FAILED),
        (WitnessReport("CHANUNAVAIL", 20, 0), Outcome.NO_ANSWER),
        (WitnessReport("CONGESTION", 1, 0), Outcome.BAD_NUMBER),
        (WitnessReport("CONGESTION", 34, 0), Outcome.TRUNK_FAILED),
        (WitnessReport("INVALIDARGS", 0, 0), Outcome.BAD_NUMBER),
    ],
)
def test_the_dialplans_words(report: WitnessReport, outcome: Outcome) -> None:
    assert of_report(report, USUAL) is outcome


def answer(outcome: Outcome, *, accepted: bool = True, spent: int = 0) -> object:
    return answer_for(outcome, accepted=accepted, spent=spent, round_number=1, settings=USUAL)


def test_three_attempts_at_five_and_fifteen_minutes() -> None:
    assert [answer(Outcome.NO_ANSWER, spent=spent) for spent in range(3)] == [
        DialAgain(300),
        DialAgain(900),
        GiveUp(ClosedReason.ATTEMPTS_SPENT),
    ]


def test_nothing_that_is_a_managers_doing_spends_an_attempt() -> None:
    for outcome in (
        Outcome.MANAGER_BUSY,
        Outcome.REFUSED,
        Outcome.UNREGISTERED,
        Outcome.NO_KEY,
        Outcome.MANAGER_NO_ANSWER,
        Outcome.HANDED_OVER,
    ):
        assert answer(outcome, accepted=False) == PassOn()
    assert isinstance(answer(Outcome.LATER, accepted=False), Postpone)
    assert isinstance(answer(Outcome.GAVE_UP), Postpone)
    assert isinstance(answer(Outcome.TRUNK_FAILED), Postpone)


@given(st.sampled_from(Outcome), st.booleans(), st.integers(0, 10), st.integers(1, 50))
def test_every_outcome_has_an_answer(outcome: Outcome, accepted: bool, spent: int, number: int) -> None:
    given_answer = answer_for(outcome, accepted=accepted, spent=spent, round_number=number, settings=USUAL)
    assert isinstance(given_answer, Done | DialAgain | Postpone | PassOn | GiveUp | AskPerson | Settled)
