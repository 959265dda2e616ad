"""Ukrainian. Hours are ordinals in the locative ("о дев'ятій п'ять"); names stand in the nominative."""

import re
from collections.abc import Sequence
from datetime import date, time
from typing import assert_never

from telephony.voice.words.moments import DayWord, Moment
from telephony.voice.words.phrases import Line
from telephony.voice.words.script_heads import ScriptHeads
from telephony.voice.words.slavic import Numerals, governing, plural, words

_WORDS = Numerals(
    units=words(
        "нуль один два три чотири п'ять шість сім вісім дев'ять десять одинадцять дванадцять тринадцять "
        "чотирнадцять п'ятнадцять шістнадцять сімнадцять вісімнадцять дев'ятнадцять"
    ),
    tens=words("двадцять тридцять сорок п'ятдесят шістдесят сімдесят вісімдесят дев'яносто"),
    hundreds=words("сто двісті триста чотириста п'ятсот шістсот сімсот вісімсот дев'ятсот"),
    ordinals=words(
        "перший другий третій четвертий п'ятий шостий сьомий восьмий дев'ятий десятий одинадцятий "
        "дванадцятий тринадцятий чотирнадцятий п'ятнадцятий шістнадцятий сімнадцятий вісімнадцятий "
        "дев'ятнадцятий двадцятий тридцятий"
    ),
    feminine={"один": "одна", "два": "дві"},
)
_MONTHS = words("січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня")
_WEEKDAYS = ("у понеділок", "у вівторок", "у середу", "у четвер", "у п'ятницю", "у суботу", "у неділю")
_MOST = 20

LINES: dict[Line, str] = {
    Line.MISSED_CALL_GENERAL: "Пропущений дзвінок від клієнта. Хто дзвонив, видно на екрані телефону.",
    Line.PRESS_NOW: "Натисніть один, щоб зателефонувати зараз.",
    Line.PRESS_HAND_OVER: "Натисніть три, щоб передати колезі.",
    Line.PRESS_DEALT: "Натисніть дев'ять, якщо питання вже вирішено.",
    Line.CONNECTING: "З'єдную.",
    Line.HANDED_OVER: "Добре, передаю колезі.",
    Line.DEALT: "Добре, дзвінок закрито.",
    Line.NO_KEY: "Відповіді немає. До побачення.",
    Line.WITHDRAWN_GOT_THROUGH: "Телефонувати вже не потрібно: клієнт додзвонився сам.",
    Line.WITHDRAWN_CALLED_BACK: "Телефонувати вже не потрібно: з клієнтом уже поговорили.",
    Line.WITHDRAWN_TAKEN: "Телефонувати вже не потрібно: дзвінок прийняв колега.",
    Line.WITHDRAWN_CANCELLED: "Телефонувати вже не потрібно: заявку скасовано.",
    Line.CUSTOMER_NO_ANSWER: "Клієнт не відповідає.",
    Line.CUSTOMER_BUSY: "У клієнта зайнято.",
    Line.CUSTOMER_UNREACHABLE: "З'єднатися з клієнтом не вдалося.",
    Line.APOLOGY: "Вибачте, сталася помилка. Спробуйте пізніше.",
    Line.TEST_CALL: "Це Рінгбек, пробний дзвінок. Натисніть один і скажіть кілька слів після сигналу.",
    Line.GREETING: "Вітаємо. Зараз ми не працюємо.",
    Line.REGISTERED: "Ваш дзвінок зареєстровано, ми обов'язково вам зателефонуємо.",
    Line.CLOSED: "Вітаємо. Зараз ми не працюємо. Ваш дзвінок зареєстровано, ми обов'язково вам зателефонуємо.",
    Line.RECORDING_NOTICE: "Розмову може бути записано.",
    Line.PRESS_ACCEPT: "Натисніть один, якщо цей час вам підходить.",
    Line.PRESS_OTHER_TIME: "Натисніть два, щоб обрати інший час.",
    Line.PRESS_MESSAGE: "Натисніть нуль, щоб залишити повідомлення.",
    Line.NO_OTHER_TIME: "Іншого часу поки немає.",
    Line.PROMISE_ACCEPTED: "Дякуємо, чекайте на наш дзвінок. До побачення.",
    Line.LEAVE_MESSAGE: "Залиште повідомлення після сигналу, а потім натисніть решітку.",
    Line.MESSAGE_TAKEN: "Дякуємо, повідомлення записано. До побачення.",
    Line.ENTER_NUMBER: "Зараз ми не працюємо, а ваш номер приховано. Наберіть свій номер і натисніть решітку.",
    Line.ENTER_NUMBER_AGAIN: "Такого номера немає. Наберіть номер ще раз, разом із кодом, і натисніть решітку.",
    Line.PRESS_RIGHT: "Якщо номер правильний, натисніть один. Якщо ні, натисніть два.",
    Line.CANNOT_CALL_BACK: "На жаль, зателефонувати вам ми не зможемо. Подзвоніть нам, будь ласка, у робочий час.",
    Line.OFFER: "Усі працівники зараз зайняті. Натисніть один, і ми зателефонуємо вам протягом п'яти хвилин.",
    Line.OFFER_TAKEN: "Дякуємо. Ми зателефонуємо вам протягом п'яти хвилин. До побачення.",
    Line.SURVEY_LEAVE: "Це займе одну хвилину: чотири запитання, відповіді записуються. Якщо ви згодні, натисніть "
    "один. Щоб ми більше не дзвонили вам із запитаннями, натисніть дев'ять.",
    Line.SURVEY_SCORE: "З якою ймовірністю, від нуля до десяти, ви порекомендуєте нас? Наберіть число.",
    Line.SURVEY_SCORE_AGAIN: "Наберіть, будь ласка, число від нуля до десяти.",
    Line.SURVEY_LIKED: "Що вам сподобалося?",
    Line.SURVEY_DISLIKED: "Що вам не сподобалося?",
    Line.SURVEY_BETTER: "Що ми могли б зробити краще?",
    Line.SURVEY_HOW_TO_ANSWER: "Говоріть після сигналу, потім натисніть решітку. Щоб пропустити запитання, натисніть "
    "зірочку.",
    Line.SURVEY_PERSON: "Нам прикро. Бажаєте, щоб наш працівник зателефонував вам сьогодні? Якщо так, натисніть один.",
    Line.SURVEY_PERSON_COMES: "Дякуємо. Ми скоро вам зателефонуємо. До побачення.",
    Line.SURVEY_THANKS: "Дякуємо за ваші відповіді. До побачення.",
    Line.SURVEY_NEVER: "Добре, ми більше не будемо дзвонити вам із запитаннями. До побачення.",
    Line.SURVEY_GOODBYE: "Вибачте за турботу. До побачення.",
}
SHEET = ScriptHeads(
    "Прочитати вголос",
    (
        "Тиха кімната; диктофон телефона або гарнітура, на долоню від рота.",
        "Читайте речення в цьому порядку, без номерів, одним записом.",
        "Після кожного полічіть подумки до трьох. Усередині речення не зупиняйтеся довше, ніж на вдих.",
        "Обмовилися - дочитайте до кінця, а цей рядок потім запишіть окремо.",
    ),
    "Що чують ті, хто телефонує",
    "Що чують ваші працівники",
    "Речень із часом, іменами та номерами тут немає: їх промовляє голос машини.",
)


def missed_call(who: str, at: Moment, count: int) -> str:
    """Who called, when, how often that day."""
    span = "за сьогодні" if at.day is DayWord.TODAY else "за день"
    often = f"{' '.join(_WORDS.ordinal(count))} раз {span}" if count <= _MOST else f"понад двадцять разів {span}"
    return f"Пропущений дзвінок. {who[:1].upper()}{who[1:]}, {moment(at)}, {often}."


def press_later(minutes: int) -> str:
    """The menu's key 2."""
    return f"Натисніть два, щоб зателефонувати через {_minutes(minutes)}."


def later_noted(minutes: int) -> str:
    """The answer to key 2."""
    return f"Добре, нагадаю через {_minutes(minutes)}."


def promise(at: Moment) -> str:
    """The time at which we will call back."""
    return f"Ваш дзвінок зареєстровано. Ми зателефонуємо вам {moment(at)}."


def survey_hello(company: str, at: Moment, *, bought: bool) -> str:
    """Who asks, and since when they know each other."""
    return f"Вітаємо. Це {company}. Ви {'купували в нас' if bought else 'розмовляли з нами'} {_day(at)}."


def read_back(groups: Sequence[str]) -> str:
    """The number that was keyed in."""
    return f"{number(groups).capitalize()}."


def number(groups: Sequence[str]) -> str:
    """A number in its groups; a hidden one if there are none."""
    return f"номер {', '.join(map(_WORDS.group, groups))}" if groups else "номер приховано"


def moment(at: Moment) -> str:
    """Day and time: "у понеділок о дев'ятій п'ять"."""
    return f"{_day(at)} {clock(at.clock)}"


def clock(at: time) -> str:
    """Time of day with its preposition: "о дев'ятій п'ять", "об одинадцятій", "о двадцять першій сорок"."""
    hour = _locative(at.hour)
    spoken = f"{'об' if hour.startswith('о') else 'о'} {hour}"
    if at.minute == 0 or 0 < at.minute < 5 or governing(at.minute) in (1, 2):  # noqa: PLR2004
        spoken += " годині"
    if not at.minute:
        return spoken
    if spoken.endswith("годині"):
        return f"{spoken} {_WORDS.feminine_cardinal(at.minute)} {plural(at.minute, 'хвилина', 'хвилини', 'хвилин')}"
    return f"{spoken} {_WORDS.cardinal(at.minute)}"


def _minutes(minutes: int) -> str:
    """In the accusative, after "через": "одну хвилину", "п'ять хвилин"."""
    count = re.sub("одна$", "одну", _WORDS.feminine_cardinal(minutes))
    return f"{count} {plural(minutes, 'хвилину', 'хвилини', 'хвилин')}"


def _locative(hour: int) -> str:
    return _WORDS.ordinal_with(hour, "ій") if hour else "нульовій"


def _day(at: Moment) -> str:
    match at.day:
        case DayWord.TODAY:
            return "сьогодні"
        case DayWord.TOMORROW:
            return "завтра"
        case DayWord.YESTERDAY:
            return "учора"
        case DayWord.WEEKDAY:
            return _WEEKDAYS[at.date.weekday()]
        case DayWord.DATE:
            return _date(at.date)
        case _:
            assert_never(at.day)


def _date(day: date) -> str:
    genitive = _WORDS.ordinal_with(day.day, "ого").replace("третого", "третього")
    return f"{genitive} {_MONTHS[day.month - 1]}"
