"""From a phrase to its sentence: ``sentence(language, phrase, region)``."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Protocol, assert_never

from telephony.voice.words import english, russian, ukrainian
from telephony.voice.words.clean import number_groups, spoken_name
from telephony.voice.words.moments import Moment
from telephony.voice.words.phrases import (
    Language,
    LaterNoted,
    Line,
    MissedCall,
    Phrase,
    PressLater,
    Promise,
    ReadBack,
    SurveyHello,
)
from telephony.voice.words.script_heads import ScriptHeads


class Tongue(Protocol):
    """What a language module has."""

    @property
    def LINES(self) -> Mapping[Line, str]: ...  # noqa: D102, N802 - a module's constant

    @property
    def SHEET(self) -> ScriptHeads: ...  # noqa: D102, N802

    def missed_call(self, who: str, at: Moment, count: int) -> str: ...  # noqa: D102 - each module says it
    def press_later(self, minutes: int) -> str: ...  # noqa: D102
    def later_noted(self, minutes: int) -> str: ...  # noqa: D102
    def promise(self, at: Moment) -> str: ...  # noqa: D102
    def read_back(self, groups: Sequence[str]) -> str: ...  # noqa: D102
    def survey_hello(self, company: str, at: Moment, *, bought: bool) -> str: ...  # noqa: D102
    def number(self, groups: Sequence[str]) -> str: ...  # noqa: D102


_TONGUES: dict[Language, Tongue] = {Language.RU: russian, Language.UK: ukrainian, Language.EN: english}


def sheet_heads(language: Language) -> ScriptHeads:
    """Return what the sheet to read aloud says around its sentences."""
    return _TONGUES[language].SHEET


@lru_cache(maxsize=4096)
def sentence(language: Language, phrase: Phrase, region: str) -> str:
    """Return the whole sentence; ``region`` (ISO 3166) is where our numbers are read without a country code.

    The text holds letters, digits, spaces and sentence punctuation only, whatever a caller called himself.
    """
    tongue = _TONGUES[language]
    match phrase:
        case Line():
            return tongue.LINES[phrase]
        case MissedCall():
            who = spoken_name(phrase.name) or tongue.number(number_groups(phrase.number, region))
            return tongue.missed_call(who, phrase.at, max(phrase.count, 1))
        case PressLater():
            return tongue.press_later(phrase.minutes)
        case LaterNoted():
            return tongue.later_noted(phrase.minutes)
        case Promise():
            return tongue.promise(phrase.at)
        case ReadBack():
            return tongue.read_back(number_groups(phrase.number, region))
        case SurveyHello():
            return tongue.survey_hello(spoken_name(phrase.company), phrase.at, bought=phrase.bought)
        case _:
            assert_never(phrase)
