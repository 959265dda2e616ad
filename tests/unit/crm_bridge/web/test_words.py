"""Each text is there in each language, whole, with the same places."""

import re
import string

import pytest

from crm_bridge.web.words.catalogue import CATALOGUE, united
from crm_bridge.web.words.text import Counted, Text, UiLanguage

_LATIN_WORDS = re.compile(r"[A-Za-z]{3,}")
_OF_ALL_TONGUES = {
    *(
        "Ringback",
        "API",
        "CRM",
        "AMI",
        "PBX",
        "CEL",
        "CSV",
        "XLSX",
        "JSON",
        "OIDC",
        "Asterisk",
        "PostgreSQL",
        "SIP",
        "SHA",
        "NPS",
    ),
    *("Esc", "Enter", "Space", "Shift", "Telegram", "Apprise", "Webhook", "webhook", "DND", "PIN", "toml", "ringback"),
}


CALLS = Counted(
    ("{n} call", "{n} calls"),
    ("{n} звонок", "{n} звонка", "{n} звонков"),
    ("{n} дзвінок", "{n} дзвінки", "{n} дзвінків"),
)


def _forms(text: Text | Counted) -> list[tuple[UiLanguage, str]]:
    if isinstance(text, Text):
        return [(UiLanguage.ENGLISH, text.en), (UiLanguage.RUSSIAN, text.ru), (UiLanguage.UKRAINIAN, text.uk)]
    found = [(UiLanguage.ENGLISH, form) for form in text.en]
    found += [(UiLanguage.RUSSIAN, form) for form in text.ru]
    return found + [(UiLanguage.UKRAINIAN, form) for form in text.uk]


def _places(form: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(form) if name}


@pytest.mark.parametrize("key", CATALOGUE)
def test_each_text_is_whole_in_each_language(key: str) -> None:
    forms = _forms(CATALOGUE[key])
    assert all(form.strip() == form and form for _, form in forms)
    assert len({frozenset(_places(form)) for _, form in forms}) == 1, "the places differ"
    for tongue, form in forms:
        if tongue is not UiLanguage.ENGLISH:
            rest = re.sub(r"\{[^}]*\}", "", form)
            assert not set(_LATIN_WORDS.findall(rest)) - _OF_ALL_TONGUES, "not translated"
    if isinstance(CATALOGUE[key], Counted):
        assert all("n" in _places(form) for _, form in forms)


def test_russian_and_ukrainian_are_not_the_same_where_their_letters_differ() -> None:
    for key, text in CATALOGUE.items():
        for tongue, form in _forms(text):
            if tongue is UiLanguage.UKRAINIAN:
                assert not set(form) & set("ыэъёЫЭЪЁ"), key
            if tongue is UiLanguage.RUSSIAN:
                assert not set(form) & set("іїєґІЇЄҐ"), key


@pytest.mark.parametrize(
    ("count", "russian", "ukrainian", "english"),
    [
        (0, "0 звонков", "0 дзвінків", "0 calls"),
        (1, "1 звонок", "1 дзвінок", "1 call"),
        (2, "2 звонка", "2 дзвінки", "2 calls"),
        (5, "5 звонков", "5 дзвінків", "5 calls"),
        (11, "11 звонков", "11 дзвінків", "11 calls"),
        (21, "21 звонок", "21 дзвінок", "21 calls"),
        (1.5, "1.5 звонка", "1.5 дзвінки", "1.5 calls"),
    ],
)
def test_counts_take_the_form_of_their_language(count: float, russian: str, ukrainian: str, english: str) -> None:
    for tongue, wanted in (
        (UiLanguage.RUSSIAN, russian),
        (UiLanguage.UKRAINIAN, ukrainian),
        (UiLanguage.ENGLISH, english),
    ):
        assert CALLS.of(tongue, count).format(n=count) == wanted


def test_a_text_that_two_pieces_have_is_refused() -> None:
    piece = {"a": Text("a", "а", "а")}
    with pytest.raises(ValueError, match="said twice: a"):
        united((piece, piece))
