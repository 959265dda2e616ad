"""Everything that the voice can say, as values that are the same in every language.

A *line* is always the same sentence; the other phrases hold values. Each phrase has a title: the name of the file that
replaces it when the operator has recorded one (`telephony.voice.speech.sounds`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from telephony.voice.words.moments import Moment


class Line(StrEnum):
    """The sentences without values; the value is the title."""

    # to a manager
    MISSED_CALL_GENERAL = "missed_call_general"
    PRESS_NOW = "press_now"
    PRESS_HAND_OVER = "press_hand_over"
    PRESS_DEALT = "press_dealt"
    CONNECTING = "connecting"
    HANDED_OVER = "handed_over"
    DEALT = "dealt"
    NO_KEY = "no_key"
    WITHDRAWN_GOT_THROUGH = "withdrawn_got_through"
    WITHDRAWN_CALLED_BACK = "withdrawn_called_back"
    WITHDRAWN_TAKEN = "withdrawn_taken"
    WITHDRAWN_CANCELLED = "withdrawn_cancelled"
    CUSTOMER_NO_ANSWER = "customer_no_answer"
    CUSTOMER_BUSY = "customer_busy"
    CUSTOMER_UNREACHABLE = "customer_unreachable"
    APOLOGY = "apology"
    TEST_CALL = "test_call"
    # to a caller
    GREETING = "greeting"
    REGISTERED = "registered"
    CLOSED = "closed"
    RECORDING_NOTICE = "recording_notice"
    PRESS_ACCEPT = "press_accept"
    PRESS_OTHER_TIME = "press_other_time"
    PRESS_MESSAGE = "press_message"
    NO_OTHER_TIME = "no_other_time"
    PROMISE_ACCEPTED = "promise_accepted"
    LEAVE_MESSAGE = "leave_message"
    MESSAGE_TAKEN = "message_taken"
    ENTER_NUMBER = "enter_number"
    ENTER_NUMBER_AGAIN = "enter_number_again"
    PRESS_RIGHT = "press_right"
    CANNOT_CALL_BACK = "cannot_call_back"
    OFFER = "offer"
    OFFER_TAKEN = "offer_taken"
    # to a customer who is asked how it was
    SURVEY_LEAVE = "survey_leave"
    SURVEY_SCORE = "survey_score"
    SURVEY_SCORE_AGAIN = "survey_score_again"
    SURVEY_LIKED = "survey_liked"
    SURVEY_DISLIKED = "survey_disliked"
    SURVEY_BETTER = "survey_better"
    SURVEY_HOW_TO_ANSWER = "survey_how_to_answer"
    SURVEY_PERSON = "survey_person"
    SURVEY_PERSON_COMES = "survey_person_comes"
    SURVEY_THANKS = "survey_thanks"
    SURVEY_NEVER = "survey_never"
    SURVEY_GOODBYE = "survey_goodbye"


@dataclass(frozen=True, slots=True)
class MissedCall:
    """Who called, when, and how often that day. ``name`` and ``number`` are as the network told them."""

    name: str
    number: str
    at: Moment
    count: int


@dataclass(frozen=True, slots=True)
class PressLater:
    """The menu's key 2."""

    minutes: int


@dataclass(frozen=True, slots=True)
class LaterNoted:
    """The answer to key 2."""

    minutes: int


@dataclass(frozen=True, slots=True)
class Promise:
    """Your call is registered; we will call you back at this time."""

    at: Moment


@dataclass(frozen=True, slots=True)
class ReadBack:
    """The number that a caller keyed in."""

    number: str


@dataclass(frozen=True, slots=True)
class SurveyHello:
    """Who asks, and why: the purchase or the first talk of that day."""

    company: str
    """As the operator writes it."""
    at: Moment
    bought: bool


Phrase = Line | MissedCall | PressLater | LaterNoted | Promise | ReadBack | SurveyHello


def is_personal(phrase: Phrase) -> bool:
    """Return whether the sentence holds somebody's name or number."""
    return isinstance(phrase, MissedCall | ReadBack)


def title(phrase: Phrase) -> str:
    """Return the phrase's name: the file that replaces it has it."""
    match phrase:
        case Line():
            return phrase.value
        case MissedCall():
            return "missed_call"
        case PressLater():
            return "press_later"
        case LaterNoted():
            return "later_noted"
        case Promise():
            return "promise"
        case ReadBack():
            return "read_back"
        case SurveyHello():
            return "survey_hello"
        case _:
            assert_never(phrase)


# The languages that the voice speaks.
class Language(StrEnum):
    """ISO 639-1 code; also Asterisk's language code and the folder name of recorded prompts."""

    RU = "ru"
    UK = "uk"
    EN = "en"


def spoken_to(numbers: Sequence[str], languages: Mapping[str, Language], otherwise: Language) -> Language:
    """Return the language that somebody is spoken to in.

    Args:
        numbers: theirs and ours in E.164; the first one that a language fits decides.
        languages: by the beginning of a number; the longest that fits counts.
        otherwise: for all others.
    """
    for number in numbers:
        fitting = [prefix for prefix in languages if number.startswith(prefix)]
        if fitting:
            return languages[max(fitting, key=len)]
    return otherwise
