"""Score cards: what is asked of a call, and the score of the answers. Pure.

A card has sections whose weights make 100. A question is answered by one of its choices, by "not applicable" where
the card allows that, or by a yes or no that is fatal: a fatal yes makes the score 0. What is not applicable is left
out: its weight goes to the other questions of its section, that of a section without any answer to the other
sections.
A form is never changed: a change is a further version.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from telephony.errors import Refused

_HUNDRED: Final = Decimal(100)
_CENT: Final = Decimal("0.01")
_MOST_QUESTIONS: Final = 40

NOT_APPLICABLE: Final = "n/a"
"""What an answer is of a question that the call gave no occasion for."""


class CardRefused(Refused):
    """Answers do not fit the card: look at the question that is named."""

    error_id: ClassVar[str] = "card-refused"


class Scale(StrEnum):
    """How a question is answered."""

    YES_NO = "yes_no"
    THREE = "three"
    """0, 1 or 2."""
    FIVE = "five"
    """1 to 5."""
    FATAL = "fatal"
    """Yes or no; yes makes the whole score 0."""


CHOICES: Final[Mapping[Scale, tuple[int, ...]]] = {
    Scale.YES_NO: (0, 1),
    Scale.THREE: (0, 1, 2),
    Scale.FIVE: (1, 2, 3, 4, 5),
    Scale.FATAL: (0, 1),
}
"""By scale, the worst first."""


class _CardPart(BaseModel):
    """A part of a card; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Words = Annotated[str, Field(min_length=1, max_length=300)]
QuestionId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class CardText(_CardPart):
    """A text in each language of the console."""

    en: Words
    ru: Words
    uk: Words


class Question(_CardPart):
    """One question."""

    question_id: QuestionId
    text: CardText
    scale: Scale = Scale.YES_NO
    weight: int = Field(1, ge=1, le=100, description="Against the other questions of its section.")
    may_not_apply: bool = False

    def share(self, choice: int) -> Decimal:
        """Return a choice as a share of the best, 0 to 1."""
        worst, best = CHOICES[self.scale][0], CHOICES[self.scale][-1]
        return Decimal(choice - worst) / (best - worst)


class CardSection(_CardPart):
    """Questions that are weighed together."""

    title: CardText
    weight: int = Field(ge=1, le=100)
    questions: tuple[Question, ...] = Field(min_length=1, max_length=_MOST_QUESTIONS)


class ScoreCard(_CardPart):
    """A form: sections whose weights make 100, and what is fatal."""

    sections: tuple[CardSection, ...] = Field(min_length=1, max_length=20)
    fatal: tuple[Question, ...] = Field((), max_length=20)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (weights := sum(section.weight for section in self.sections)) != _HUNDRED:
            raise ValueError(f"the sections' weights make {weights}, not 100")
        ids = [question.question_id for question in self.questions()]
        if len(ids) != len(set(ids)):
            raise ValueError("two questions have the same id")
        if len(ids) > _MOST_QUESTIONS:
            raise ValueError(f"a card has at most {_MOST_QUESTIONS} questions")
        if any((question.scale is Scale.FATAL) for section in self.sections for question in section.questions):
            raise ValueError("a question of a section is not fatal: put it under `fatal`")
        if any(question.scale is not Scale.FATAL or question.may_not_apply for question in self.fatal):
            raise ValueError("what stands under `fatal` is answered by yes or no: its scale is `fatal`")
        return self

    def questions(self) -> Iterator[Question]:
        """Return all, in the order in which they are asked."""
        for section in self.sections:
            yield from section.questions
        yield from self.fatal


Answers = Mapping[str, int | None]
"""A question's id and the choice; None is "not applicable"."""


class CardScore(_CardPart):
    """What a filled card is worth."""

    score: Decimal
    """0 to 100, two places."""
    fatal: bool


def checked(card: ScoreCard, answers: Answers) -> None:
    """See to it that answers fit their card.

    Raises:
        CardRefused: a question is unanswered, unknown, or answered by what is no choice of it.
    """
    questions = {question.question_id: question for question in card.questions()}
    for name in answers.keys() - questions.keys():
        raise CardRefused(f"the card has no question {name[:40]!r}")
    for name, question in questions.items():
        if name not in answers:
            raise CardRefused(f"the question {name!r} is not answered")
        choice = answers[name]
        if choice is None:
            if not question.may_not_apply:
                raise CardRefused(f"the question {name!r} must be answered: it always applies")
        elif choice not in CHOICES[question.scale]:
            raise CardRefused(f"{choice} is no answer to the question {name!r}")


def score(card: ScoreCard, answers: Answers) -> CardScore:
    """Return the score of answers.

    Raises:
        CardRefused: they do not fit the card, or nothing of it applies.
    """
    checked(card, answers)
    if any(answers[question.question_id] for question in card.fatal):
        return CardScore(score=Decimal("0.00"), fatal=True)
    parts = [(section.weight, share) for section in card.sections if (share := _share(section, answers)) is not None]
    if not parts:
        raise CardRefused("nothing of the card applies to this call: skip it")
    whole = _HUNDRED * _weighed(parts)
    return CardScore(score=whole.quantize(_CENT, ROUND_HALF_UP), fatal=False)


def _share(section: CardSection, answers: Answers) -> Decimal | None:
    """Return a section's share; None if nothing of it applies."""
    parts = [
        (question.weight, question.share(choice))
        for question in section.questions
        if (choice := answers[question.question_id]) is not None
    ]
    return _weighed(parts) if parts else None


def _weighed(parts: Sequence[tuple[int, Decimal]]) -> Decimal:
    return sum((weight * share for weight, share in parts), Decimal(0)) / sum(weight for weight, _ in parts)
