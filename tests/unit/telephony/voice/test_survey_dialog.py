"""The conversation of a survey: nothing before a key 1, each answer kept as it comes, everything ends."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.errors import UnexpectedTransition
from telephony.voice.dialogs.manager_dialog import Gone, Pressed, Silent
from telephony.voice.dialogs.survey_dialog import (
    AnswerRecorded,
    AskKey,
    ListenTo,
    SayGoodbye,
    SurveyDialog,
    SurveyDialogState,
    SurveyHappening,
    SurveyStep,
)
from telephony.voice.dialogs.survey_port import SpokenAnswer, SurveyBriefing, SurveyProgress, SurveyTalkEnd
from telephony.voice.words.moments import moment
from telephony.voice.words.phrases import Language, Line

THEN, NOW = datetime(2026, 11, 12, 11, tzinfo=UTC), datetime(2026, 11, 29, 11, tzinfo=UTC)
SPOKEN = AnswerRecorded(4.0, "/spool/one.wav")


def dialog() -> SurveyDialog:
    return SurveyDialog(SurveyBriefing(Language.UK, "Сад і дім", THEN, bought=True), moment(THEN, NOW))


def after(*happenings: SurveyHappening) -> tuple[SurveyStep, SurveyProgress]:
    conversation = dialog()
    step = conversation.start()
    for happening in happenings:
        step = conversation.receive(happening)
    return step, conversation.progress


def keys(digits: str) -> list[Pressed]:
    return [Pressed(digit) for digit in digits]


def test_who_presses_9_is_never_asked_again() -> None:
    step, progress = after(Pressed("9"))
    assert step == SayGoodbye((Line.SURVEY_NEVER,))
    assert progress == SurveyProgress(end=SurveyTalkEnd.NEVER_AGAIN)


def test_who_presses_nothing_twice_did_not_agree() -> None:
    assert isinstance(after(Silent())[0], AskKey)
    assert after(Silent(), Silent())[1] == SurveyProgress(end=SurveyTalkEnd.NO_CONSENT)


def test_who_hangs_up_before_they_agreed_refused_and_after_it_hung_up() -> None:
    assert after(Gone())[1].end is SurveyTalkEnd.REFUSED
    assert after(Pressed("1"), Gone())[1] == SurveyProgress(consented=True, end=SurveyTalkEnd.HUNG_UP)


@pytest.mark.parametrize("score", range(10))
def test_one_digit_and_a_pause_is_a_score(score: int) -> None:
    step, progress = after(Pressed("1"), Pressed(str(score)), Silent())
    assert progress.score == score
    assert isinstance(step, ListenTo)


def test_ten_is_two_digits_and_a_hash_ends_a_score() -> None:
    assert after(Pressed("1"), *keys("10"))[1].score == 10
    assert after(Pressed("1"), *keys("7#"))[1].score == 7


@pytest.mark.parametrize("digits", ["11", "99", "01", "00", "*"])
def test_what_is_no_score_is_asked_again(digits: str) -> None:
    step, progress = after(Pressed("1"), *keys(digits))
    assert step == AskKey((Line.SURVEY_SCORE_AGAIN,), 8.0)
    assert progress.score is None


def test_after_three_scores_that_are_none_the_questions_come_all_the_same() -> None:
    step, progress = after(Pressed("1"), Silent(), Pressed("*"), *keys("75"))
    assert step == ListenTo((Line.SURVEY_LIKED, Line.SURVEY_HOW_TO_ANSWER), 1)
    assert progress.score is None


def test_a_hang_up_between_two_digits_keeps_the_first() -> None:
    assert after(Pressed("1"), Pressed("3"), Gone())[1].score == 3


def test_answers_are_kept_as_they_come_and_silence_is_none() -> None:
    step, progress = after(Pressed("1"), *keys("9#"), SPOKEN, AnswerRecorded(0.4, "/spool/two.wav"))
    assert step == ListenTo((Line.SURVEY_BETTER,), 3)
    assert progress.answers == (SpokenAnswer(1, "/spool/one.wav", 4.0),)


@pytest.mark.parametrize("score", range(7))
def test_0_to_6_is_offered_a_person(score: int) -> None:
    asked = after(Pressed("1"), Pressed(str(score)), Silent(), SPOKEN, SPOKEN, SPOKEN)[0]
    assert asked == AskKey((Line.SURVEY_PERSON,), 8.0)
    step, progress = after(Pressed("1"), Pressed(str(score)), Silent(), SPOKEN, SPOKEN, SPOKEN, Pressed("1"))
    assert step == SayGoodbye((Line.SURVEY_PERSON_COMES,))
    assert progress.person_wanted


@pytest.mark.parametrize("digits", ["7#", "8#", "9#", "10"])
def test_7_to_10_is_thanked(digits: str) -> None:
    step, progress = after(Pressed("1"), *keys(digits), SPOKEN, SPOKEN, SPOKEN)
    assert step == SayGoodbye((Line.SURVEY_THANKS,))
    assert progress.end is SurveyTalkEnd.FINISHED
    assert not progress.person_wanted


def test_what_cannot_happen_changes_nothing() -> None:
    conversation = dialog()
    conversation.start()
    with pytest.raises(UnexpectedTransition):
        conversation.receive(SPOKEN)
    assert conversation.state is SurveyDialogState.LEAVE


@given(st.lists(st.sampled_from([*keys("0123456789*#"), Silent(), SPOKEN, AnswerRecorded(0, "")]), min_size=40))
def test_every_conversation_ends_and_nothing_is_recorded_without_consent(happenings: list[SurveyHappening]) -> None:
    conversation = dialog()
    step = conversation.start()
    steps = 0
    for happening in happenings:
        if isinstance(step, SayGoodbye):
            break
        fits = isinstance(happening, AnswerRecorded) == isinstance(step, ListenTo)
        given_now: SurveyHappening = happening if fits else (SPOKEN if isinstance(step, ListenTo) else Silent())
        step = conversation.receive(given_now)
        assert conversation.progress.consented or not isinstance(step, ListenTo)
        steps += 1
    assert isinstance(step, SayGoodbye)
    assert steps <= 16
    assert conversation.progress.end is not None
