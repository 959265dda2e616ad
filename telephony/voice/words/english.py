"""English: twelve-hour clock, the part of the day said only where office hours do not tell it."""

from collections.abc import Sequence
from datetime import date, time
from typing import assert_never

from telephony.voice.words.moments import DayWord, Moment
from telephony.voice.words.phrases import Line
from telephony.voice.words.script_heads import ScriptHeads
from telephony.voice.words.slavic import words

_UNITS = words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_TENS = words("twenty thirty forty fifty sixty seventy eighty ninety")
_ORDINALS = words(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
_MONTHS = words("January February March April May June July August September October November December")
_WEEKDAYS = words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
_MOST = 20
_MORNING, _EVENING = 7, 19

LINES: dict[Line, str] = {
    Line.MISSED_CALL_GENERAL: "A missed call from a customer. Your display shows who called.",
    Line.PRESS_NOW: "Press one to call now.",
    Line.PRESS_HAND_OVER: "Press three to hand it over to a colleague.",
    Line.PRESS_DEALT: "Press nine if it is already dealt with.",
    Line.CONNECTING: "Connecting you.",
    Line.HANDED_OVER: "All right, a colleague will be asked.",
    Line.DEALT: "All right, it is closed.",
    Line.NO_KEY: "No answer was given. Goodbye.",
    Line.WITHDRAWN_GOT_THROUGH: "There is no need to call any more: the customer called again and got through.",
    Line.WITHDRAWN_CALLED_BACK: "There is no need to call any more: somebody has already spoken with the customer.",
    Line.WITHDRAWN_TAKEN: "There is no need to call any more: a colleague has taken the call.",
    Line.WITHDRAWN_CANCELLED: "There is no need to call any more: the request was cancelled.",
    Line.CUSTOMER_NO_ANSWER: "The customer does not answer.",
    Line.CUSTOMER_BUSY: "The customer's line is busy.",
    Line.CUSTOMER_UNREACHABLE: "The customer could not be reached.",
    Line.APOLOGY: "Sorry, something went wrong. Please try again later.",
    Line.TEST_CALL: "This is Ringback, with a test call. Press one, and say a few words after the beep.",
    Line.GREETING: "Hello. We are closed now.",
    Line.REGISTERED: "Your call is registered, and we will certainly call you back.",
    Line.CLOSED: "Hello. We are closed now. Your call is registered, and we will certainly call you back.",
    Line.RECORDING_NOTICE: "This call may be recorded.",
    Line.PRESS_ACCEPT: "Press one if that time suits you.",
    Line.PRESS_OTHER_TIME: "Press two for another time.",
    Line.PRESS_MESSAGE: "Press zero to leave a message.",
    Line.NO_OTHER_TIME: "There is no other time yet.",
    Line.PROMISE_ACCEPTED: "Thank you, we will call you. Goodbye.",
    Line.LEAVE_MESSAGE: "Please leave your message after the tone, then press the hash key.",
    Line.MESSAGE_TAKEN: "Thank you, your message is recorded. Goodbye.",
    Line.ENTER_NUMBER: "We are closed, and your number is hidden. Please key in your number, then press hash.",
    Line.ENTER_NUMBER_AGAIN: "There is no such number. Please key it in again with its area code, then press hash.",
    Line.PRESS_RIGHT: "If the number is right, press one. If it is not, press two.",
    Line.CANNOT_CALL_BACK: "We are sorry, we cannot call you back. Please call us during working hours.",
    Line.OFFER: "All of our people are busy. Press one, and we will call you back within five minutes.",
    Line.OFFER_TAKEN: "Thank you. We will call you back within five minutes. Goodbye.",
    Line.SURVEY_LEAVE: "It takes one minute: four questions, and your answers are recorded. Press one if you agree. "
    "Press nine, and we will never ask you again.",
    Line.SURVEY_SCORE: "From zero to ten, how likely are you to recommend us? Please key in the number.",
    Line.SURVEY_SCORE_AGAIN: "Please key in a number from zero to ten.",
    Line.SURVEY_LIKED: "What did you like?",
    Line.SURVEY_DISLIKED: "What did you not like?",
    Line.SURVEY_BETTER: "What could we have done better?",
    Line.SURVEY_HOW_TO_ANSWER: "Speak after the tone, then press hash. Press star to skip a question.",
    Line.SURVEY_PERSON: "We are sorry about that. Shall one of our people call you today? Press one for yes.",
    Line.SURVEY_PERSON_COMES: "Thank you. We will call you back soon. Goodbye.",
    Line.SURVEY_THANKS: "Thank you for your answers. Goodbye.",
    Line.SURVEY_NEVER: "All right, we will not ask you again. Goodbye.",
    Line.SURVEY_GOODBYE: "Sorry to have troubled you. Goodbye.",
}
SHEET = ScriptHeads(
    "To read aloud",
    (
        "A quiet room; the telephone's recorder or a headset, a hand's breadth from the mouth.",
        "Read the sentences in this order, without their numbers, all in one recording.",
        "After each one count silently to three. Within a sentence do not stop for longer than a breath.",
        "If you misspeak, read on to the end, and record that line again by itself afterwards.",
    ),
    "What callers hear",
    "What your people hear",
    "Sentences with times, names and numbers in them are not here: the machine's voice says those.",
)


def missed_call(who: str, at: Moment, count: int) -> str:
    """Who called, when, how often that day."""
    span = "today" if at.day is DayWord.TODAY else "that day"
    often = f"for the {_ordinal(count)} time {span}" if count <= _MOST else f"more than twenty times {span}"
    when = clock(at.clock) if at.day is DayWord.TODAY else moment(at)
    return f"Missed call. {who[:1].upper()}{who[1:]}, {when}, {often}."


def press_later(minutes: int) -> str:
    """The menu's key 2."""
    return f"Press two to call in {_minutes(minutes)}."


def later_noted(minutes: int) -> str:
    """The answer to key 2."""
    return f"All right, you will be rung again in {_minutes(minutes)}."


def promise(at: Moment) -> str:
    """The time at which we will call back."""
    return f"Your call is registered. We will call you back {moment(at)}."


def survey_hello(company: str, at: Moment, *, bought: bool) -> str:
    """Who asks, and since when they know each other."""
    return f"Hello. This is {company}. You {'bought from' if bought else 'spoke with'} us {_day(at)}."


def read_back(groups: Sequence[str]) -> str:
    """The number that was keyed in."""
    return f"{number(groups).capitalize()}."


def number(groups: Sequence[str]) -> str:
    """A number in its groups; a hidden one if there are none."""
    spoken = ", ".join(" ".join(_UNITS[int(digit)] for digit in group) for group in groups)
    return f"number {spoken}" if groups else "a hidden number"


def moment(at: Moment) -> str:
    """Day and time: "tomorrow at five past nine"."""
    return f"{_day(at)} {clock(at.clock)}"


def clock(at: time) -> str:
    """Time of day with its preposition: "at five past nine", "at nine o'clock", "at quarter to one"."""
    if at == time():
        return "at midnight"
    part = _part_of_day(at.hour)
    return f"at {_dial(at)}{f' {part}' if part else ''}"


def _dial(at: time) -> str:
    hour, following = _hour(at.hour), _hour(at.hour + 1)
    match at.minute:
        case 0:
            return f"{hour} o'clock"
        case 15:
            return f"quarter past {hour}"
        case 30:
            return f"half past {hour}"
        case 45:
            return f"quarter to {following}"
        case minute if minute % 5 == 0:
            return f"{_cardinal(minute)} past {hour}" if minute < 30 else f"{_cardinal(60 - minute)} to {following}"  # noqa: PLR2004
        case minute:
            return f"{hour} {'oh ' if minute < 10 else ''}{_cardinal(minute)}"  # noqa: PLR2004


def _hour(hour: int) -> str:
    return _UNITS[(hour - 1) % 12 + 1]


def _part_of_day(hour: int) -> str:
    if _MORNING <= hour < _EVENING:
        return ""
    return "in the morning" if hour < _MORNING else "in the evening"


def _minutes(minutes: int) -> str:
    return f"{_cardinal(minutes)} minute{'' if minutes == 1 else 's'}"


def _day(at: Moment) -> str:
    match at.day:
        case DayWord.TODAY:
            return "today"
        case DayWord.TOMORROW:
            return "tomorrow"
        case DayWord.YESTERDAY:
            return "yesterday"
        case DayWord.WEEKDAY:
            return f"on {_WEEKDAYS[at.date.weekday()]}"
        case DayWord.DATE:
            return _date(at.date)
        case _:
            assert_never(at.day)


def _date(day: date) -> str:
    return f"on the {_ordinal(day.day)} of {_MONTHS[day.month - 1]}"


def _ordinal(count: int) -> str:
    """1 to 39."""
    if count <= len(_ORDINALS):
        return _ORDINALS[count - 1]
    tens, rest = divmod(count, 10)
    return f"{_TENS[tens - 2]}-{_ORDINALS[rest - 1]}" if rest else {3: "thirtieth"}[tens]


def _cardinal(count: int) -> str:
    """0 to 999."""
    hundreds, rest = divmod(count, 100)
    words = [f"{_UNITS[hundreds]} hundred"] if hundreds else []
    if rest >= 20:  # noqa: PLR2004 - below, each number has a word of its own
        units = f"-{_UNITS[rest % 10]}" if rest % 10 else ""
        words.append(f"{_TENS[rest // 10 - 2]}{units}")
    elif rest or not words:
        words.append(_UNITS[rest])
    return " and ".join(words)
