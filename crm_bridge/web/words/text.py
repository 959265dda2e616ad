"""The two kinds of text: one that is always the same, and one that goes with a count."""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from babel import Locale


class UiLanguage(StrEnum):
    """A language of the console."""

    RUSSIAN = "ru"
    UKRAINIAN = "uk"
    ENGLISH = "en"


UI_LANGUAGES: Final = {UiLanguage.RUSSIAN: "Русский", UiLanguage.UKRAINIAN: "Українська", UiLanguage.ENGLISH: "English"}
"""Each by its own name."""


class Text(NamedTuple):
    """A text with named places: ``{name}``."""

    en: str
    ru: str
    uk: str

    def of(self, tongue: UiLanguage) -> str:
        """Return it in a language."""
        return {UiLanguage.ENGLISH: self.en, UiLanguage.RUSSIAN: self.ru, UiLanguage.UKRAINIAN: self.uk}[tongue]


class Counted(NamedTuple):
    """A text beside a count, ``{n}``: two forms in English, three in Russian and Ukrainian (1, 2 to 4, 5)."""

    en: tuple[str, str]
    ru: tuple[str, str, str]
    uk: tuple[str, str, str]

    def of(self, tongue: UiLanguage, count: float) -> str:
        """Return the form that CLDR's rules want for the count; a fraction takes that of a few (1,5 звонка)."""
        category = locale(tongue).plural_form(count)
        if tongue is UiLanguage.ENGLISH:
            return self.en[0] if category == "one" else self.en[1]
        forms = self.ru if tongue is UiLanguage.RUSSIAN else self.uk
        return forms[_SLAVIC.get(category, 1)]


_SLAVIC: Final = {"one": 0, "few": 1, "many": 2, "other": 1}
Texts = Mapping[str, Text | Counted]


@lru_cache(maxsize=8)
def locale(tongue: UiLanguage) -> Locale:
    """Return what Babel knows of a language."""
    return Locale.parse({UiLanguage.RUSSIAN: "ru", UiLanguage.UKRAINIAN: "uk", UiLanguage.ENGLISH: "en_GB"}[tongue])
