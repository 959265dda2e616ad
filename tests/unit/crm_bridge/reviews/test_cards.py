"""A card's score: weights, what is not applicable, what is fatal."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crm_bridge.reviews.cards import CHOICES, CardRefused, CardSection, CardText, Question, Scale, ScoreCard, score
from crm_bridge.reviews.default_card import DEFAULT_CARD

WORDS = CardText(en="x", ru="x", uk="x")


def question(name: str, scale: Scale = Scale.YES_NO, weight: int = 1, *, may_not_apply: bool = True) -> Question:
    return Question(question_id=name, text=WORDS, scale=scale, weight=weight, may_not_apply=may_not_apply)


def section(weight: int, *questions: Question) -> CardSection:
    return CardSection(title=WORDS, weight=weight, questions=questions)


CARD = ScoreCard(
    sections=(
        section(60, question("a"), question("b", Scale.THREE, 2)),
        section(40, question("c", Scale.FIVE)),
    ),
    fatal=(question("f", Scale.FATAL, may_not_apply=False),),
)

filled = st.fixed_dictionaries(
    {
        one.question_id: st.sampled_from(
            [*CHOICES[one.scale], None] if one.may_not_apply else CHOICES[one.scale]
        )
        for one in DEFAULT_CARD.questions()
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"a": 1, "b": 2, "c": 5, "f": 0}, "100.00"),
        ({"a": 0, "b": 0, "c": 1, "f": 0}, "0.00"),
        ({"a": 1, "b": 0, "c": 1, "f": 0}, "20.00"),  # a third of 60
        ({"a": 0, "b": 1, "c": 3, "f": 0}, "40.00"),  # (2 x 1/2)/3 of 60, a half of 40
        ({"a": 1, "b": None, "c": 1, "f": 0}, "60.00"),  # b's weight goes to a
        ({"a": 1, "b": 1, "c": None, "f": 0}, "66.67"),  # the second section's goes to the first
        ({"a": None, "b": None, "c": 2, "f": 0}, "25.00"),
    ],
)
def test_what_answers_are_worth(answers: dict[str, int | None], expected: str) -> None:
    found = score(CARD, answers)
    assert (found.score, found.fatal) == (Decimal(expected), False)


def test_a_fatal_yes_makes_it_nothing() -> None:
    found = score(CARD, {"a": 1, "b": 2, "c": 5, "f": 1})
    assert (found.score, found.fatal) == (Decimal("0.00"), True)


@pytest.mark.parametrize(
    ("answers", "about"),
    [
        ({"a": 1, "b": 2, "f": 0}, "'c' is not answered"),
        ({"a": 1, "b": 2, "c": 6, "f": 0}, "6 is no answer"),
        ({"a": 1, "b": 2, "c": 0, "f": 0}, "0 is no answer"),
        ({"a": 1, "b": 2, "c": 5, "f": None}, "always applies"),
        ({"a": 1, "b": 2, "c": 5, "f": 0, "z": 1}, "no question 'z'"),
        ({"a": None, "b": None, "c": None, "f": 0}, "nothing of the card applies"),
    ],
)
def test_answers_that_do_not_fit_are_refused(answers: dict[str, int | None], about: str) -> None:
    with pytest.raises(CardRefused, match=about):
        score(CARD, answers)


@pytest.mark.parametrize(
    ("sections", "fatal", "about"),
    [
        ((section(99, question("a")),), (), "make 99"),
        ((section(50, question("a")), section(50, question("a"))), (), "same id"),
        ((section(100, question("a", Scale.FATAL)),), (), "not fatal"),
        ((section(100, question("a")),), (question("f"),), "under `fatal`"),
    ],
)
def test_forms_that_make_no_sense_are_refused(
    sections: tuple[CardSection, ...], fatal: tuple[Question, ...], about: str
) -> None:
    with pytest.raises(ValidationError, match=about):
        ScoreCard(sections=sections, fatal=fatal)


@given(filled)
def test_any_card_is_worth_0_to_100_and_a_better_answer_never_less(answers: dict[str, int | None]) -> None:
    whole = score(DEFAULT_CARD, answers).score
    assert Decimal(0) <= whole <= Decimal(100)
    for one in DEFAULT_CARD.questions():
        choice = answers[one.question_id]
        if choice is not None and one.scale is not Scale.FATAL:
            assert score(DEFAULT_CARD, answers | {one.question_id: CHOICES[one.scale][-1]}).score >= whole
