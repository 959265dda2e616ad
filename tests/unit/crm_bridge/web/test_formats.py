from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm_bridge.web.formats import NOTHING, Formats, phone, plain
from crm_bridge.web.words.text import UiLanguage

NOW = datetime(2026, 11, 28, 12, 5, 31, tzinfo=UTC)


def formats(tongue: UiLanguage) -> Formats:
    return Formats(tongue, ZoneInfo("Europe/Kyiv"), NOW)


def test_times_are_the_companys_and_days_are_named_when_they_are_not_today() -> None:
    russian = formats(UiLanguage.RUSSIAN)
    assert russian.moment(NOW) == "14:05"
    assert russian.moment(NOW - timedelta(days=1)) == "27 нояб., 14:05"
    assert russian.moment(NOW - timedelta(days=400)).startswith("24 окт. 2025")
    assert russian.long_day(date(2026, 11, 28)) == "суббота, 28 ноября"
    assert formats(UiLanguage.UKRAINIAN).long_day(date(2026, 11, 28)) == "субота, 28 листопада"
    assert formats(UiLanguage.ENGLISH).long_day(date(2026, 11, 28)) == "Saturday, 28 November"
    assert russian.moment(None) == NOTHING


def test_numbers_are_as_the_language_writes_them() -> None:
    assert formats(UiLanguage.RUSSIAN).number(12345.5) == "12\N{NO-BREAK SPACE}345,5"
    assert formats(UiLanguage.ENGLISH).number(12345.5) == "12,345.5"
    assert formats(UiLanguage.RUSSIAN).share(93, 100) == "93\N{NO-BREAK SPACE}%"
    assert formats(UiLanguage.ENGLISH).share(1, 0) == NOTHING


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (65, "1:05"), (3723, "1:02:03"), (-37, "\N{MINUS SIGN}0:37"), (None, NOTHING)]
)
def test_durations_are_clocks(seconds: float | None, shown: str) -> None:
    assert formats(UiLanguage.ENGLISH).long(seconds) == shown


def test_phone_numbers_are_written_to_be_read_and_strange_ones_as_they_are() -> None:
    assert phone("+380671234567") == "+380 67 123 4567".replace(" ", "\N{NO-BREAK SPACE}")
    assert phone("101") == "101"
    assert phone("+<script>") == "+<script>"


def test_marks_that_turn_or_hide_text_are_made_visible() -> None:
    assert plain("Olena\N{RIGHT-TO-LEFT OVERRIDE}gpj") == "Olena\N{REPLACEMENT CHARACTER}gpj"
    assert plain("a\x00b\x1b[31m") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}[31m"
