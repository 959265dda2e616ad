"""What an outcome is read from, and what it means."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.callback.policy.model import Attempt, AttemptKey, ChannelId, ClosedReason, Outcome, RequestId, Step
from telephony.callback.policy.outcomes import (
    Discard,
    Done,
    PassOn,
    Report,
    Retry,
    Settled,
    Snooze,
    answer_for,
    judge,
    of_report,
)
from telephony.directory.model import ManagerId
from telephony.model import (
    Call,
    CallKind,
    Disposition,
    Leg,
    PbxName,
)
from telephony.settings import CallbackSettings
from telephony.voice.dialogs.manager_port import WithdrawnReason
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
        (Report("CANCEL", 16, 0), Outcome.GAVE_UP),
        (Report("NOANSWER", 19, 0), Outcome.NO_ANSWER),
        (Report("BUSY", 17, 0), Outcome.BUSY),
        (Report("CHANUNAVAIL", 0, 0), Outcome.TRUNK_FAILED),
        (Report("CHANUNAVAIL", 20, 0), Outcome.NO_ANSWER),
        (Report("CONGESTION", 1, 0), Outcome.BAD_NUMBER),
        (Report("CONGESTION", 34, 0), Outcome.TRUNK_FAILED),
        (Report("INVALIDARGS", 0, 0), Outcome.BAD_NUMBER),
    ],
)
def test_the_dialplans_words(report: Report, outcome: Outcome) -> None:
    assert of_report(report, USUAL) is outcome


def answer(outcome: Outcome, *, accepted: bool = True, spent: int = 0) -> object:
    return answer_for(outcome, accepted=accepted, spent=spent, round_number=1, settings=USUAL)


def test_three_attempts_at_five_and_fifteen_minutes() -> None:
    assert [answer(Outcome.NO_ANSWER, spent=spent) for spent in range(3)] == [
        Retry(300),
        Retry(900),
        Discard(ClosedReason.ATTEMPTS_SPENT),
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
    assert isinstance(answer(Outcome.LATER, accepted=False), Snooze)
    assert isinstance(answer(Outcome.GAVE_UP), Snooze)
    assert isinstance(answer(Outcome.TRUNK_FAILED), Snooze)


@given(st.sampled_from(Outcome), st.booleans(), st.integers(0, 10), st.integers(1, 50))
def test_every_outcome_has_an_answer(outcome: Outcome, accepted: bool, spent: int, number: int) -> None:
    given_answer = answer_for(outcome, accepted=accepted, spent=spent, round_number=number, settings=USUAL)
    assert isinstance(given_answer, Done | Retry | Snooze | PassOn | Discard | Settled)
