"""Numbers, times and phone numbers as a language and a company's zone have them. Pure: now is an argument.

Durations are seconds. Where there is nothing to show, a dash stands.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import Final
from unicodedata import category
from zoneinfo import ZoneInfo

import phonenumbers
from babel import dates, numbers, units

from crm_bridge.web.words.text import UiLanguage, locale

NOTHING: Final = "—"
_HIDDEN_MARK: Final = "\N{REPLACEMENT CHARACTER}"
_NOT_SHOWN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_MINUTE, _HOUR = 60, 3600
_A_SUNDAY: Final = date(2023, 1, 1)
_MEGABYTE: Final = 1_000_000
_SHOWN_WITH_TENTHS: Final = 10


class Formats:
    """How one viewer reads things."""

    def __init__(self, tongue: UiLanguage, zone: ZoneInfo, now: datetime) -> None:
        self._locale = locale(tongue)
        self.zone = zone
        self.now = now.astimezone(zone)

    def number(self, value: float | Decimal, digits: int | None = None) -> str:
        """Write a number: 1 234,5; ``digits`` behind the comma at most."""
        pattern = None if digits is None else ("#,##0" if digits == 0 else f"#,##0.{'#' * digits}")
        return str(numbers.format_decimal(value, format=pattern, locale=self._locale))

    def money(self, value: Decimal, currency: str) -> str:
        """Write an amount: 4 200,50 ₴; one without hundredths has none."""
        symbol = numbers.get_currency_symbol(currency, locale=self._locale)
        whole = value == value.to_integral_value()
        shown = numbers.format_decimal(value, format="#,##0" if whole else "#,##0.00", locale=self._locale)
        return f"{shown}\N{NO-BREAK SPACE}{symbol}"

    def share(self, part: float, whole: float) -> str:
        """Write a part of a whole in per cent; a dash of nothing."""
        return str(numbers.format_percent(part / whole, locale=self._locale)) if whole else NOTHING

    def change(self, value: float, before: float) -> str:
        """Write by how much a number grew: +12%, −3%."""
        part = (value - before) / before
        return f"{'+' if part > 0 else ''}{numbers.format_percent(part, locale=self._locale)}"

    def points(self, difference: float) -> str:
        """Write by how many per cent points a share grew."""
        return f"{'+' if difference > 0 else ''}{self.number(round(difference * 100, 1), 1)} pp"

    def whole_day(self, on: date) -> str:
        """Write a day with its year: 28 November 2026."""
        return str(dates.format_date(on, "d MMMM y", locale=self._locale))

    def clock(self, at: datetime | None) -> str:
        """Write a time of day: 14:05."""
        return NOTHING if at is None else str(dates.format_time(at.astimezone(self.zone), "HH:mm", locale=self._locale))

    def seconds_clock(self, at: datetime | None) -> str:
        """Write a time of day with its seconds: 14:05:31."""
        return (
            NOTHING if at is None else str(dates.format_time(at.astimezone(self.zone), "HH:mm:ss", locale=self._locale))
        )

    def day(self, on: date) -> str:
        """Write a day with its weekday: Sat, 28 Nov."""
        pattern = "EEE, d MMM" if on.year == self.now.year else "EEE, d MMM y"
        return str(dates.format_date(on, pattern, locale=self._locale))

    def long_day(self, on: date) -> str:
        """Write a day in full: Saturday, 28 November."""
        return str(dates.format_date(on, "EEEE, d MMMM", locale=self._locale))

    def moment(self, at: datetime | None) -> str:
        """Write a day and a time, without the day if it is today's."""
        if at is None:
            return NOTHING
        local = at.astimezone(self.zone)
        if local.date() == self.now.date():
            return self.clock(at)
        pattern = "d MMM" if local.year == self.now.year else "d MMM y"
        return f"{dates.format_date(local, pattern, locale=self._locale)}, {self.clock(at)}"

    def whole_moment(self, at: datetime | None) -> str:
        """Write everything: for titles and details."""
        if at is None:
            return NOTHING
        day = dates.format_date(at.astimezone(self.zone), "d MMMM y", locale=self._locale)
        return f"{day}, {self.seconds_clock(at)}"

    def month(self, on: date) -> str:
        """Write a month: November 2026."""
        return str(dates.format_date(on, "LLLL y", locale=self._locale))

    def weekday(self, on: date) -> str:
        """Write a weekday's short name."""
        return str(dates.format_date(on, "ccc", locale=self._locale))

    def weekday_of(self, number: int) -> str:
        """Write the short name of the ISO weekday with this number, 1 to 7."""
        return self.weekday(_A_SUNDAY + timedelta(days=number))

    def seconds_words(self, value: float | str | None) -> str:
        """Write seconds as people say them: 20 s, 5 min; what is no number as it is."""
        try:
            seconds = float(value or 0)
        except ValueError:
            return plain(str(value))
        if value is None or not isfinite(seconds):
            return NOTHING
        unit, amount = (
            ("minute", seconds / _MINUTE) if seconds >= _MINUTE and seconds % _MINUTE == 0 else ("second", seconds)
        )
        return str(units.format_unit(amount, unit, length="short", format="#,##0.#", locale=self._locale))

    def ago(self, at: datetime | None) -> str:
        """Write how long ago it is, or how long it will be: 3 minutes ago, in 2 days."""
        if at is None:
            return NOTHING
        return str(dates.format_timedelta(at - self.now, add_direction=True, threshold=1.2, locale=self._locale))

    def long(self, seconds: float | timedelta | None) -> str:
        """Write a duration as a clock shows it: 0:42, 12:05, 1:02:03; a minus before one that is over."""
        if seconds is None:
            return NOTHING
        whole = round(seconds.total_seconds() if isinstance(seconds, timedelta) else seconds)
        sign, whole = ("\N{MINUS SIGN}", -whole) if whole < 0 else ("", whole)
        hours, rest = divmod(whole, _HOUR)
        minutes, rest = divmod(rest, _MINUTE)
        return f"{sign}{hours}:{minutes:02}:{rest:02}" if hours else f"{sign}{minutes}:{rest:02}"

    def size(self, count: int | None) -> str:
        """Write how large a file of so many bytes is: 1.4 MB, 38 kB."""
        if count is None:
            return NOTHING
        unit, amount = ("kilobyte", count / 1_000) if count < _MEGABYTE else ("megabyte", count / _MEGABYTE)
        amount = round(amount, 1) if amount < _SHOWN_WITH_TENTHS else round(amount)
        return str(units.format_unit(amount, f"digital-{unit}", "short", locale=self._locale))


def phone(number: str) -> str:
    """Write a number so that people can read it; a short one, or a strange one, as it is."""
    if not number.startswith("+"):
        return plain(number)
    try:
        read = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return plain(number)
    written = phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return str(written).replace(" ", "\N{NO-BREAK SPACE}").replace("-", "\N{NO-BREAK SPACE}")


def plain(text: str) -> str:
    """Make visible what is no letter: names come from callers, and may hold marks that turn or hide text."""
    return "".join(_HIDDEN_MARK if category(letter) in _NOT_SHOWN and letter != "\n" else letter for letter in text)


def headline(text: str) -> str:
    """Begin a text with a capital letter, and leave the rest as it is: months and names keep theirs."""
    return text[:1].upper() + text[1:]
