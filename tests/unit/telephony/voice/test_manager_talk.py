"""The manager's conversation: which key leads where, and that nobody accepts by saying nothing."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.callback.policy.dialling import DialCustomer
from telephony.callback.policy.model import WithdrawnReason
from telephony.errors import UnexpectedTransition
from telephony.voice.dialogs.manager_dialog import (
    Ask,
    Broken,
    Dial,
    Gone,
    Happening,
    Leave,
    ManagerDialog,
    ManagerDialogState,
    Pressed,
    Silent,
    Step,
    Tell,
)
from telephony.voice.dialogs.manager_port import AnswerNoted, ManagerAnswer, ManagerBriefing, Withdrawn
from telephony.voice.words.moments import moment
from telephony.voice.words.phrases import Language, LaterNoted, Line, MissedCall

AT = datetime(2026, 12, 18, 9, 5, tzinfo=UTC)
ORDER = DialCustomer("+380671234567", "+380442000101")


def talk() -> ManagerDialog:
    return ManagerDialog(ManagerBriefing(Language.RU, "Анна", "+380671234567", AT, 2), moment(AT, AT))


def last_step(*happenings: Happening) -> Step:
    conversation = talk()
    step = conversation.start()
    for happening in happenings:
        step = conversation.receive(happening)
    return step


def test_who_called_is_told_first_and_then_the_menu() -> None:
    step = talk().start()
    assert isinstance(step, Ask)
    assert step.phrases[0] == MissedCall("Анна", "+380671234567", moment(AT, AT), 2)
    assert len(step.phrases) == 5


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("1", ManagerAnswer.ACCEPTED),
        ("2", ManagerAnswer.LATER),
        ("3", ManagerAnswer.HAND_OVER),
        ("9", ManagerAnswer.DEALT),
    ],
)
def test_each_key_of_the_menu_is_its_answer_at_any_hearing(key: str, answer: ManagerAnswer) -> None:
    assert last_step(Pressed(key)) == Tell(answer)
    assert last_step(Silent(), Silent(), Pressed(key)) == Tell(answer)


def test_without_a_key_it_is_repeated_twice_and_then_not_accepted() -> None:
    assert isinstance(last_step(Silent()), Ask)
    assert isinstance(last_step(Silent(), Silent()), Ask)
    assert last_step(Silent(), Silent(), Silent()) == Tell(ManagerAnswer.NO_KEY)


def test_a_key_that_is_not_on_the_menu_counts_as_none() -> None:
    assert isinstance(last_step(Pressed("5")), Ask)
    assert last_step(Pressed("5"), Pressed("#"), Pressed("0")) == Tell(ManagerAnswer.NO_KEY)


def test_who_hangs_up_has_answered_so() -> None:
    assert last_step(Gone()) == Tell(ManagerAnswer.HUNG_UP)
    assert last_step(Gone(), AnswerNoted()) == Leave(())


def test_an_acceptance_dials_the_customer() -> None:
    assert last_step(Pressed("1"), ORDER) == Dial(Line.CONNECTING, ORDER)


@pytest.mark.parametrize(("key", "said"), [("2", LaterNoted(15)), ("3", Line.HANDED_OVER), ("9", Line.DEALT)])
def test_other_answers_are_confirmed(key: str, said: Line | LaterNoted) -> None:
    assert last_step(Pressed(key), AnswerNoted()) == Leave((said,))


@pytest.mark.parametrize("reason", list(WithdrawnReason))
def test_who_listens_to_a_withdrawn_attempt_hears_why(reason: WithdrawnReason) -> None:
    said = Leave((Line(f"withdrawn_{reason.value}"),))
    assert last_step(Withdrawn(reason)) == said
    assert last_step(Pressed("1"), Withdrawn(reason)) == said


def test_when_the_desk_cannot_be_asked_there_is_an_apology() -> None:
    assert last_step(Pressed("1"), Broken()) == Leave((Line.APOLOGY,))


@pytest.mark.parametrize(
    "happenings", [(ORDER,), (AnswerNoted(),), (Pressed("2"), ORDER), (Pressed("1"), AnswerNoted()), (Gone(), Gone())]
)
def test_what_cannot_happen_is_an_error_and_leaves_the_state(happenings: tuple[Happening, ...]) -> None:
    conversation = talk()
    conversation.start()
    for happening in happenings[:-1]:
        conversation.receive(happening)
    before = conversation.state
    with pytest.raises(UnexpectedTransition):
        conversation.receive(happenings[-1])
    assert conversation.state is before


_HAPPENINGS = st.one_of(
    st.builds(Pressed, st.sampled_from("0123456789*#")),
    st.sampled_from([Silent(), Gone(), Broken(), AnswerNoted(), ORDER, Withdrawn(WithdrawnReason.TAKEN)]),
)


@given(st.lists(_HAPPENINGS, max_size=20))
def test_whatever_happens_it_ends_after_three_hearings_and_only_key_1_dials(happenings: list[Happening]) -> None:
    conversation = talk()
    steps = [conversation.start()]
    accepted = []
    for happening in happenings:
        listening = conversation.state is ManagerDialogState.LISTENING
        try:
            steps.append(conversation.receive(happening))
        except UnexpectedTransition:
            continue
        if listening and happening == Pressed("1"):
            accepted.append(happening)
    assert sum(isinstance(step, Ask) for step in steps) <= 3
    assert sum(isinstance(step, Tell) for step in steps) <= 1
    assert sum(isinstance(step, Dial | Leave) for step in steps) <= 1
    if any(isinstance(step, Dial) for step in steps):
        assert accepted
