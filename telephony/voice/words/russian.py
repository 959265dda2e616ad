"""Russian. Names are never declined: sentences are built so that a name stands in the nominative."""

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
        "ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать "
        "четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать"
    ),
    tens=words("двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто"),
    hundreds=words("сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот"),
    ordinals=words(
        "первый второй третий четвёртый пятый шестой седьмой восьмой девятый десятый одиннадцатый "
        "двенадцатый тринадцатый четырнадцатый пятнадцатый шестнадцатый семнадцатый восемнадцатый "
        "девятнадцатый двадцатый тридцатый"
    ),
    feminine={"один": "одна", "два": "две"},
)
_MONTHS = words("января февраля марта апреля мая июня июля августа сентября октября ноября декабря")
_WEEKDAYS = ("в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу", "в воскресенье")
_MOST = 20

LINES: dict[Line, str] = {
    Line.MISSED_CALL_GENERAL: "Пропущенный звонок от клиента. Кто звонил, видно на экране телефона.",
    Line.PRESS_NOW: "Нажмите один, чтобы позвонить сейчас.",
    Line.PRESS_HAND_OVER: "Нажмите три, чтобы передать коллеге.",
    Line.PRESS_DEALT: "Нажмите девять, если вопрос уже решён.",
    Line.CONNECTING: "Соединяю.",
    Line.HANDED_OVER: "Хорошо, передаю коллеге.",
    Line.DEALT: "Хорошо, звонок закрыт.",
    Line.NO_KEY: "Ответа нет. До свидания.",
    Line.WITHDRAWN_GOT_THROUGH: "Звонить уже не нужно: клиент дозвонился сам.",
    Line.WITHDRAWN_CALLED_BACK: "Звонить уже не нужно: с клиентом уже поговорили.",
    Line.WITHDRAWN_TAKEN: "Звонить уже не нужно: звонок принял коллега.",
    Line.WITHDRAWN_CANCELLED: "Звонить уже не нужно: заявка отменена.",
    Line.CUSTOMER_NO_ANSWER: "Клиент не отвечает.",
    Line.CUSTOMER_BUSY: "У клиента занято.",
    Line.CUSTOMER_UNREACHABLE: "Соединиться с клиентом не удалось.",
    Line.APOLOGY: "Извините, произошла ошибка. Попробуйте позже.",
    Line.TEST_CALL: "Это Рингбэк, пробный звонок. Нажмите один и скажите несколько слов после сигнала.",
    Line.GREETING: "Здравствуйте. Сейчас мы не работаем.",
    Line.REGISTERED: "Ваш звонок зарегистрирован, мы вам обязательно перезвоним.",
    Line.CLOSED: "Здравствуйте. Сейчас мы не работаем. Ваш звонок зарегистрирован, мы вам обязательно перезвоним.",
    Line.RECORDING_NOTICE: "Разговор может быть записан.",
    Line.PRESS_ACCEPT: "Нажмите один, если это время вам подходит.",
    Line.PRESS_OTHER_TIME: "Нажмите два, чтобы выбрать другое время.",
    Line.PRESS_MESSAGE: "Нажмите ноль, чтобы оставить сообщение.",
    Line.NO_OTHER_TIME: "Другого времени пока нет.",
    Line.PROMISE_ACCEPTED: "Спасибо, ждите нашего звонка. До свидания.",
    Line.LEAVE_MESSAGE: "Оставьте сообщение после сигнала, а затем нажмите решётку.",
    Line.MESSAGE_TAKEN: "Спасибо, сообщение записано. До свидания.",
    Line.ENTER_NUMBER: "Сейчас мы не работаем, а ваш номер скрыт. Наберите свой номер и нажмите решётку.",
    Line.ENTER_NUMBER_AGAIN: "Такого номера нет. Наберите номер ещё раз, вместе с кодом, и нажмите решётку.",
    Line.PRESS_RIGHT: "Если номер верный, нажмите один. Если нет, нажмите два.",
    Line.CANNOT_CALL_BACK: "К сожалению, перезвонить вам мы не сможем. Позвоните нам, пожалуйста, в рабочее время.",
    Line.OFFER: "Все сотрудники сейчас заняты. Нажмите один, и мы перезвоним вам в течение пяти минут.",
    Line.OFFER_TAKEN: "Спасибо. Мы перезвоним вам в течение пяти минут. До свидания.",
    Line.SURVEY_LEAVE: "Это займёт одну минуту: четыре вопроса, ответы записываются. Если вы согласны, нажмите один. "
    "Если больше не звонить вам с вопросами, нажмите девять.",
    Line.SURVEY_SCORE: "С какой вероятностью, от нуля до десяти, вы порекомендуете нас? Наберите число.",
    Line.SURVEY_SCORE_AGAIN: "Наберите, пожалуйста, число от нуля до десяти.",
    Line.SURVEY_LIKED: "Что вам понравилось?",
    Line.SURVEY_DISLIKED: "Что вам не понравилось?",
    Line.SURVEY_BETTER: "Что мы могли бы сделать лучше?",
    Line.SURVEY_HOW_TO_ANSWER: "Говорите после сигнала, затем нажмите решётку. Чтобы пропустить вопрос, нажмите "
    "звёздочку.",
    Line.SURVEY_PERSON: "Нам жаль. Хотите, чтобы наш сотрудник позвонил вам сегодня? Если да, нажмите один.",
    Line.SURVEY_PERSON_COMES: "Спасибо. Мы скоро вам перезвоним. До свидания.",
    Line.SURVEY_THANKS: "Спасибо за ваши ответы. До свидания.",
    Line.SURVEY_NEVER: "Хорошо, мы больше не будем звонить вам с вопросами. До свидания.",
    Line.SURVEY_GOODBYE: "Извините за беспокойство. До свидания.",
}
SHEET = ScriptHeads(
    "Прочитать вслух",
    (
        "Тихая комната; диктофон телефона или гарнитура, на ладонь ото рта.",
        "Читайте предложения в этом порядке, без номеров, одной записью.",
        "После каждого посчитайте про себя до трёх. Внутри предложения не останавливайтесь дольше, чем на вдох.",
        "Оговорились - дочитайте до конца, а эту строку потом запишите отдельно.",
    ),
    "Что слышат звонящие",
    "Что слышат ваши сотрудники",
    "Предложений со временем, именами и номерами здесь нет: их произносит голос машины.",
)


def missed_call(who: str, at: Moment, count: int) -> str:
    """Who called, when, how often that day."""
    span = "за сегодня" if at.day is DayWord.TODAY else "за день"
    often = f"{' '.join(_WORDS.ordinal(count))} раз {span}" if count <= _MOST else f"больше двадцати раз {span}"
    return f"Пропущенный звонок. {who[:1].upper()}{who[1:]}, {moment(at)}, {often}."


def press_later(minutes: int) -> str:
    """The menu's key 2."""
    return f"Нажмите два, чтобы перезвонить через {_minutes(minutes)}."


def later_noted(minutes: int) -> str:
    """The answer to key 2."""
    return f"Хорошо, напомню через {_minutes(minutes)}."


def promise(at: Moment) -> str:
    """The time at which we will call back."""
    return f"Ваш звонок зарегистрирован. Мы перезвоним вам {moment(at)}."


def survey_hello(company: str, at: Moment, *, bought: bool) -> str:
    """Who asks, and since when they know each other."""
    return f"Здравствуйте. Это {company}. Вы {'покупали у нас' if bought else 'говорили с нами'} {_day(at)}."


def read_back(groups: Sequence[str]) -> str:
    """The number that was keyed in."""
    return f"{number(groups).capitalize()}."


def number(groups: Sequence[str]) -> str:
    """A number in its groups; a hidden one if there are none."""
    return f"номер {', '.join(map(_WORDS.group, groups))}" if groups else "номер скрыт"


def moment(at: Moment) -> str:
    """Day and time: "завтра в девять ноль пять"."""
    return f"{_day(at)} {clock(at.clock)}"


def clock(at: time) -> str:
    """Time of day with its preposition: "в девять ноль пять", "в два часа", "в час тридцать"."""
    if at.minute == 0 or at.hour == 0 or _is_gendered(at.minute):
        return f"в {_hours(at.hour)}" + (f" {_minutes(at.minute)}" if at.minute else "")
    hour = "час" if at.hour == 1 else _WORDS.cardinal(at.hour)
    return f"в {hour} {'ноль ' if at.minute < 10 else ''}{_WORDS.cardinal(at.minute)}"  # noqa: PLR2004 - one digit


def _is_gendered(count: int) -> bool:
    """One and two have genders: then the unit is said too, or the listener waits for it."""
    return governing(count) in (1, 2)


def _hours(hour: int) -> str:
    return "час" if hour == 1 else f"{_WORDS.cardinal(hour)} {plural(hour, 'час', 'часа', 'часов')}"


def _minutes(minutes: int) -> str:
    """In the accusative, after "через" and "в": "одну минуту", "пять минут"."""
    count = re.sub("одна$", "одну", _WORDS.feminine_cardinal(minutes))
    return f"{count} {plural(minutes, 'минуту', 'минуты', 'минут')}"


def _day(at: Moment) -> str:
    match at.day:
        case DayWord.TODAY:
            return "сегодня"
        case DayWord.TOMORROW:
            return "завтра"
        case DayWord.YESTERDAY:
            return "вчера"
        case DayWord.WEEKDAY:
            return _WEEKDAYS[at.date.weekday()]
        case DayWord.DATE:
            return _date(at.date)
        case _:
            assert_never(at.day)


def _date(day: date) -> str:
    genitive = _WORDS.ordinal_with(day.day, "ого").replace("третого", "третьего")
    return f"{genitive} {_MONTHS[day.month - 1]}"
