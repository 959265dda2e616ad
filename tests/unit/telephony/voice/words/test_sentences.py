"""What is said: right grammar in three languages, and nothing hostile in any of them."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.voice.words import english, russian, ukrainian
from telephony.voice.words.clean import NAME_LENGTH, number_groups, spoken_name
from telephony.voice.words.moments import DayWord, Moment, moment
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
    title,
)
from telephony.voice.words.sentences import sentence

FRIDAY = datetime(2026, 12, 18, 22, 40, tzinfo=UTC)
RU, UK, EN = Language.RU, Language.UK, Language.EN


def promised(language: Language, *ahead: int, at: time = time(9, 5)) -> list[str]:
    """What is promised on that Friday for so many days later, without the sentence around it."""
    moments = [moment(datetime.combine(FRIDAY.date() + timedelta(days), at, UTC), FRIDAY) for days in ahead]
    spoken = [sentence(language, Promise(each), "UA") for each in moments]
    return [re.split(r"вам |back ", text)[1].rstrip(".") for text in spoken]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (RU, ["завтра в девять ноль пять", "в понедельник в девять ноль пять",
              "двадцать пятого декабря в девять ноль пять"]),
        (UK, ["завтра о дев'ятій п'ять", "у понеділок о дев'ятій п'ять", "двадцять п'ятого грудня о дев'ятій п'ять"]),
        (EN, ["tomorrow at five past nine", "on Monday at five past nine",
              "on the twenty-fifth of December at five past nine"]),
    ],
)  # fmt: skip
def test_a_promise_is_told_as_each_language_says_it(language: Language, words: list[str]) -> None:
    assert promised(language, 1, 3, 7) == words


def test_every_weekday_has_its_case_and_preposition() -> None:
    assert [text.split(" в ")[0] for text in promised(RU, 2, 3, 4, 5, 6)] == [
        "в воскресенье", "в понедельник", "во вторник", "в среду", "в четверг"]  # fmt: skip
    assert [text.split(" о ")[0] for text in promised(UK, 2, 3, 4, 5, 6)] == [
        "у неділю", "у понеділок", "у вівторок", "у середу", "у четвер"]  # fmt: skip


@pytest.mark.parametrize(
    ("at", "russian_words", "ukrainian_words", "english_words"),
    [
        ("00:00", "в ноль часов", "о нульовій годині", "at midnight"),
        ("01:00", "в час", "о першій годині", "at one o'clock in the morning"),
        ("01:30", "в час тридцать", "о першій тридцять", "at half past one in the morning"),
        ("08:45", "в восемь сорок пять", "о восьмій сорок п'ять", "at quarter to nine"),
        ("09:00", "в девять часов", "о дев'ятій годині", "at nine o'clock"),
        ("09:05", "в девять ноль пять", "о дев'ятій п'ять", "at five past nine"),
        ("09:21", "в девять часов двадцать одну минуту", "о дев'ятій годині двадцять одна хвилина",
         "at nine twenty-one"),
        ("11:10", "в одиннадцать десять", "об одинадцятій десять", "at ten past eleven"),
        ("12:02", "в двенадцать часов две минуты", "о дванадцятій годині дві хвилини", "at twelve oh two"),
        ("14:15", "в четырнадцать пятнадцать", "о чотирнадцятій п'ятнадцять", "at quarter past two"),
        ("21:00", "в двадцать один час", "о двадцять першій годині", "at nine o'clock in the evening"),
        ("22:00", "в двадцать два часа", "о двадцять другій годині", "at ten o'clock in the evening"),
        ("23:35", "в двадцать три тридцать пять", "о двадцять третій тридцять п'ять",
         "at twenty-five to twelve in the evening"),
    ],
)  # fmt: skip
def test_a_time_of_day_is_told_as_each_language_says_it(
    at: str, russian_words: str, ukrainian_words: str, english_words: str
) -> None:
    clock = time.fromisoformat(at)
    assert (russian.clock(clock), ukrainian.clock(clock), english.clock(clock)) == (
        russian_words, ukrainian_words, english_words)  # fmt: skip


@pytest.mark.parametrize("tongue", [russian, ukrainian, english])
def test_every_minute_of_a_working_day_is_told_differently(tongue: object) -> None:
    clock = tongue.clock  # type: ignore[attr-defined]
    working_day = {clock(time(hour, minute)) for hour in range(7, 19) for minute in range(60)}
    assert len(working_day) == 12 * 60


@pytest.mark.parametrize("tongue", [russian, ukrainian, english])
def test_every_day_of_a_year_is_told_differently(tongue: object) -> None:
    days = [date(2028, 1, 1) + timedelta(n) for n in range(366)]
    told = {tongue.moment(Moment(DayWord.DATE, day, time(9))) for day in days}  # type: ignore[attr-defined]
    assert len(told) == 366


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2027, 1, 3), ("третьего января", "третього січня", "on the third of January")),
        (
            date(2027, 2, 23),
            ("двадцать третьего февраля", "двадцять третього лютого", "on the twenty-third of February"),
        ),
        (date(2027, 6, 2), ("второго июня", "другого червня", "on the second of June")),
        (date(2027, 8, 30), ("тридцатого августа", "тридцятого серпня", "on the thirtieth of August")),
        (date(2027, 10, 31), ("тридцать первого октября", "тридцять першого жовтня", "on the thirty-first of October")),
    ],
)
def test_a_date_is_in_the_genitive(day: date, words: tuple[str, str, str]) -> None:
    at = Moment(DayWord.DATE, day, time(9))
    assert (
        tuple(t.moment(at).split(" в ")[0].split(" о ")[0].split(" at ")[0] for t in (russian, ukrainian, english))
        == words
    )


@pytest.mark.parametrize(
    ("minutes", "russian_words", "ukrainian_words", "english_words"),
    [
        (1, "через одну минуту", "через одну хвилину", "in one minute"),
        (2, "через две минуты", "через дві хвилини", "in two minutes"),
        (11, "через одиннадцать минут", "через одинадцять хвилин", "in eleven minutes"),
        (15, "через пятнадцать минут", "через п'ятнадцять хвилин", "in fifteen minutes"),
        (21, "через двадцать одну минуту", "через двадцять одну хвилину", "in twenty-one minutes"),
        (112, "через сто двенадцать минут", "через сто дванадцять хвилин", "in one hundred and twelve minutes"),
    ],
)
def test_minutes_agree_with_their_number(
    minutes: int, russian_words: str, ukrainian_words: str, english_words: str
) -> None:
    for language, words in ((RU, russian_words), (UK, ukrainian_words), (EN, english_words)):
        assert words in sentence(language, PressLater(minutes), "UA")
        assert words in sentence(language, LaterNoted(minutes), "UA")


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, "первый раз за сегодня"),
        (2, "второй раз"),
        (3, "третий раз"),
        (20, "двадцатый раз"),
        (21, "больше двадцати раз"),
    ],
)
def test_a_count_is_an_ordinal_until_it_is_many(count: int, words: str) -> None:
    assert words in sentence(RU, MissedCall("Анна", "", moment(FRIDAY, FRIDAY), count), "UA")


def test_a_missed_call_tells_name_time_and_how_often() -> None:
    today = MissedCall("Анна Петренко", "0671234567", moment(FRIDAY, FRIDAY), 2)
    assert [sentence(language, today, "UA") for language in (RU, UK, EN)] == [
        "Пропущенный звонок. Анна Петренко, сегодня в двадцать два сорок, второй раз за сегодня.",
        "Пропущений дзвінок. Анна Петренко, сьогодні о двадцять другій сорок, другий раз за сьогодні.",
        "Missed call. Анна Петренко, at twenty to eleven in the evening, for the second time today.",
    ]


def test_without_a_name_the_number_is_read_in_groups() -> None:
    missed = MissedCall("+380671234567", "+380671234567", moment(FRIDAY - timedelta(1), FRIDAY), 1)
    assert [sentence(language, missed, "UA").split(". ")[1] for language in (RU, UK, EN)] == [
        ("Номер ноль шестьдесят семь, сто двадцать три, сорок пять, шестьдесят семь, вчера в двадцать два сорок, "
        "первый раз за день."),
        ("Номер нуль шістдесят сім, сто двадцять три, сорок п'ять, шістдесят сім, учора о двадцять другій сорок, "
        "перший раз за день."),
        ("Number zero six seven, one two three, four five, six seven, yesterday at twenty to eleven in the evening, "
        "for the first time that day."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "groups"),
    [
        ("+380671234567", ("067", "123", "45", "67")),
        ("067 123-45-67", ("067", "123", "45", "67")),
        ("+442079460958", ("44", "20", "79", "46", "09", "58")),
        ("101", ("101",)),
        ("anonymous", ()),
        ("", ()),
        ("<script>", ()),
    ],
)
def test_a_number_is_cut_into_groups_that_can_be_remembered(number: str, groups: tuple[str, ...]) -> None:
    assert number_groups(number, "UA") == groups


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("Іван Франко", "Іван Франко"),
        ("O’Neil-Smith, Jr.", "O'Neil-Smith, Jr"),
        ("<b>Анна</b>", "Анна"),
        ("$(rm -rf /)|id|", "rm rf id"),
        ("[[h@'loU]]", "h loU"),
        ("a\r\nSTREAM FILE x", "a STREAM FILE x"),
        ("380671234567", ""),
        ("anonymous", ""),
        ("---", ""),
        ("\U0001f600", ""),
        ("x" * 500, "x" * NAME_LENGTH),
    ],
)
def test_a_name_is_cleaned_of_all_that_is_no_name(raw: str, said: str) -> None:
    assert spoken_name(raw) == said


@given(st.text(max_size=1000), st.text(max_size=40), st.sampled_from(list(Language)))
def test_whatever_a_caller_calls_himself_the_sentence_is_only_words(name: str, number: str, language: Language) -> None:
    text = sentence(language, MissedCall(name, number, moment(FRIDAY, FRIDAY), 1), "UA")
    assert not set(text) & set('<>[]{}()$`\\|;"/*#@&^~\r\n\0') - {"&"}
    assert text.isprintable()
    assert len(text) < 300


@given(st.text(max_size=200))
def test_a_name_is_short_and_cleaning_it_twice_changes_nothing(raw: str) -> None:
    name = spoken_name(raw)
    assert len(name) <= NAME_LENGTH
    assert spoken_name(name) == name


def test_every_line_is_said_in_every_language_and_titles_are_unique() -> None:
    at = moment(FRIDAY, FRIDAY)
    phrases: list[Phrase] = [
        *Line,
        MissedCall("", "", at, 1),
        PressLater(15),
        LaterNoted(15),
        Promise(at),
        ReadBack(""),
        SurveyHello("Garden", at, bought=True),
    ]
    assert len({title(phrase) for phrase in phrases}) == len(phrases)
    for language in Language:
        assert all(sentence(language, phrase, "UA").endswith((".", "?")) for phrase in phrases)
        assert len({sentence(language, phrase, "UA") for phrase in phrases}) == len(phrases)


def test_day_words_follow_the_calendar_not_the_hours() -> None:
    just_before = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    assert moment(just_before + timedelta(minutes=2), just_before).day is DayWord.TOMORROW
    assert moment(just_before - timedelta(hours=23), just_before).day is DayWord.TODAY
    assert moment(just_before - timedelta(days=2), just_before).day is DayWord.DATE
