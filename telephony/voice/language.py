"""The languages that the voice speaks."""

from enum import StrEnum


class Language(StrEnum):
    """ISO 639-1 code; also Asterisk's language code and the folder name of recorded prompts."""

    RU = "ru"
    UK = "uk"
    EN = "en"
