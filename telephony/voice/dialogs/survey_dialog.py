"""The conversation of a survey, as a pure state machine.

Theory. Nothing is asked and nothing recorded before the customer agreed by key 1. Who presses nothing, twice, is a
machine or has no wish. What they say is told on as it comes (`SurveyDialog.progress`), so a hang-up loses nothing that
was said before. Everything that can be repeated has a limit.

    LEAVE ──1──▶ SCORE ──0 to 10──▶ LISTENING (1 to 3) ──▶ (0 to 6) PERSON ──▶ OVER
      └─9, silence twice, gone──▶ OVER ◀──────── gone ───────┴────────┘
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final

from telephony.errors import UnexpectedTransition
from telephony.voice.dialogs.manager_dialog import Gone, Pressed, Silent
from telephony.voice.dialogs.survey_port import SpokenAnswer, SurveyBriefing, SurveyProgress, SurveyTalkEnd
from telephony.voice.words.moments import Moment
from telephony.voice.words.phrases import Line, Phrase, SurveyHello

LEAVE_TRIES = SCORE_TRIES = 2
UNHAPPY_UP_TO: Final = 6
"""A score of 0 to 6 is a detractor's, by the definition of the Net Promoter Score."""
_HIGHEST: Final = 10
_SHORTEST_ANSWER: Final = 1.0
_QUESTIONS: Final = (Line.SURVEY_LIKED, Line.SURVEY_DISLIKED, Line.SURVEY_BETTER)


class SurveyDialogState(Enum):
    """Where the conversation stands."""

    LEAVE = auto()
    SCORE = auto()
    SECOND_DIGIT = auto()
    LISTENING = auto()
    PERSON = auto()
    OVER = auto()


@dataclass(frozen=True, slots=True)
class AnswerRecorded:
    """An answer was recorded, perhaps an empty one; the customer may be gone by now."""

    seconds: float
    file: str


@dataclass(frozen=True, slots=True)
class AskKey:
    """Say the phrases, then wait for ``seconds``; any key interrupts. Brings `Pressed`, `Silent` or `Gone`."""

    phrases: tuple[Phrase, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class ListenTo:
    """Say the phrases and record the answer to a question. Brings `AnswerRecorded` or `Gone`."""

    phrases: tuple[Phrase, ...]
    question: int


@dataclass(frozen=True, slots=True)
class SayGoodbye:
    """Say the phrases if anybody is there, then hang up. The end."""

    phrases: tuple[Phrase, ...]


SurveyStep = AskKey | ListenTo | SayGoodbye
SurveyHappening = Pressed | Silent | Gone | AnswerRecorded

_LEAVE_SECONDS, _SCORE_SECONDS, _SECOND_DIGIT_SECONDS = 8.0, 8.0, 2.0


class SurveyDialog:
    """One conversation. ``anchor`` is the purchase or the first talk as it is spoken now."""

    def __init__(self, briefing: SurveyBriefing, anchor: Moment) -> None:
        self.state = SurveyDialogState.LEAVE
        self.progress = SurveyProgress()
        """What was said up to now."""
        self._hello = SurveyHello(briefing.company, anchor, briefing.bought)
        self._leave_tries = self._score_tries = 0
        self._digit = ""
        self._question = 0

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        """What is said first."""
        return (self._hello, Line.SURVEY_LEAVE)

    def start(self) -> SurveyStep:
        """Return the first step."""
        return AskKey(self.phrases, _LEAVE_SECONDS)

    def receive(self, happening: SurveyHappening) -> SurveyStep:
        """Return the next step.

        Raises:
            UnexpectedTransition: this cannot happen now; the state is unchanged.
        """
        row = _TABLE.get((self.state, type(happening)))
        if row is None:
            raise UnexpectedTransition(f"{type(happening).__name__} while {self.state.name}")
        return row(self, happening)

    # --- the rows of the table -------------------------------------------------------------------------------------
    def _leave_given(self, happening: SurveyHappening) -> SurveyStep:
        key = happening.key if isinstance(happening, Pressed) else ""
        if key == "1":
            self.progress = replace(self.progress, consented=True)
            return self._ask_score(Line.SURVEY_SCORE)
        if key == "9":
            return self._over(SurveyTalkEnd.NEVER_AGAIN, Line.SURVEY_NEVER)
        self._leave_tries += 1
        if self._leave_tries == LEAVE_TRIES:
            return self._over(SurveyTalkEnd.NO_CONSENT, Line.SURVEY_GOODBYE)
        return AskKey((Line.SURVEY_LEAVE,), _LEAVE_SECONDS)

    def _ask_score(self, line: Line) -> SurveyStep:
        self.state, self._digit = SurveyDialogState.SCORE, ""
        return AskKey((line,), _SCORE_SECONDS)

    def _first_digit(self, happening: SurveyHappening) -> SurveyStep:
        """A ten has two digits, so after one another is waited for."""
        key = happening.key if isinstance(happening, Pressed) else ""
        if not key.isdecimal():
            return self._unclear()
        self.state, self._digit = SurveyDialogState.SECOND_DIGIT, key
        return AskKey((), _SECOND_DIGIT_SECONDS)

    def _second_digit(self, happening: SurveyHappening) -> SurveyStep:
        more = happening.key if isinstance(happening, Pressed) else ""
        digits = self._digit + (more if more.isdecimal() else "")
        if int(digits) > _HIGHEST or len(digits) > len(str(int(digits))):
            return self._unclear()
        self.progress = replace(self.progress, score=int(digits))
        return self._listen(1)

    def _unclear(self) -> SurveyStep:
        self._score_tries += 1
        if self._score_tries > SCORE_TRIES:
            return self._listen(1)  # the score is not known; what they say counts all the same
        return self._ask_score(Line.SURVEY_SCORE_AGAIN)

    def _listen(self, question: int) -> SurveyStep:
        self.state = SurveyDialogState.LISTENING
        self._question = question
        how = (Line.SURVEY_HOW_TO_ANSWER,) if question == 1 else ()
        return ListenTo((_QUESTIONS[question - 1], *how), question)

    def _answered(self, happening: SurveyHappening) -> SurveyStep:
        question = self._question
        if isinstance(happening, AnswerRecorded) and happening.seconds >= _SHORTEST_ANSWER:
            answer = SpokenAnswer(question, happening.file, happening.seconds)
            self.progress = replace(self.progress, answers=(*self.progress.answers, answer))
        if question < len(_QUESTIONS):
            return self._listen(question + 1)
        if self.progress.score is not None and self.progress.score <= UNHAPPY_UP_TO:
            self.state = SurveyDialogState.PERSON
            return AskKey((Line.SURVEY_PERSON,), _LEAVE_SECONDS)
        return self._over(SurveyTalkEnd.FINISHED, Line.SURVEY_THANKS)

    def _person(self, happening: SurveyHappening) -> SurveyStep:
        if isinstance(happening, Pressed) and happening.key == "1":
            self.progress = replace(self.progress, person_wanted=True)
            return self._over(SurveyTalkEnd.FINISHED, Line.SURVEY_PERSON_COMES)
        return self._over(SurveyTalkEnd.FINISHED, Line.SURVEY_THANKS)

    def _gone(self, _: SurveyHappening) -> SurveyStep:
        if self.state is SurveyDialogState.SECOND_DIGIT:
            self.progress = replace(self.progress, score=int(self._digit))
        return self._over(SurveyTalkEnd.HUNG_UP if self.progress.consented else SurveyTalkEnd.REFUSED)

    def _over(self, end: SurveyTalkEnd, *phrases: Phrase) -> SurveyStep:
        self.state = SurveyDialogState.OVER
        self.progress = replace(self.progress, end=end)
        return SayGoodbye(phrases)


_TABLE: dict[tuple[SurveyDialogState, type[SurveyHappening]], Callable[[SurveyDialog, SurveyHappening], SurveyStep]] = {
    (SurveyDialogState.LEAVE, Pressed): SurveyDialog._leave_given,  # noqa: SLF001 - the table is the class's other half
    (SurveyDialogState.LEAVE, Silent): SurveyDialog._leave_given,  # noqa: SLF001
    (SurveyDialogState.LEAVE, Gone): SurveyDialog._gone,  # noqa: SLF001
    (SurveyDialogState.SCORE, Pressed): SurveyDialog._first_digit,  # noqa: SLF001
    (SurveyDialogState.SCORE, Silent): SurveyDialog._first_digit,  # noqa: SLF001
    (SurveyDialogState.SCORE, Gone): SurveyDialog._gone,  # noqa: SLF001
    (SurveyDialogState.SECOND_DIGIT, Pressed): SurveyDialog._second_digit,  # noqa: SLF001
    (SurveyDialogState.SECOND_DIGIT, Silent): SurveyDialog._second_digit,  # noqa: SLF001
    (SurveyDialogState.SECOND_DIGIT, Gone): SurveyDialog._gone,  # noqa: SLF001
    (SurveyDialogState.LISTENING, AnswerRecorded): SurveyDialog._answered,  # noqa: SLF001
    (SurveyDialogState.LISTENING, Gone): SurveyDialog._gone,  # noqa: SLF001
    (SurveyDialogState.PERSON, Pressed): SurveyDialog._person,  # noqa: SLF001
    (SurveyDialogState.PERSON, Silent): SurveyDialog._person,  # noqa: SLF001
    (SurveyDialogState.PERSON, Gone): SurveyDialog._gone,  # noqa: SLF001
}
