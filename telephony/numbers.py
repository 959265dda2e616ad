"""Phone numbers: comparing them, showing them, never computing with them.

A number is text as the PBX said it, or as people wrote it into a CRM. To compare two spellings we bring both to E.164
with the operator's own region; an extension or short number (``101``) stays as it is, since `phonenumbers` would
otherwise make a subscriber of it.
"""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final, NewType

import phonenumbers

Canonical = NewType("Canonical", str)
"""A number in the one form we compare by: ``+380671234567`` for subscribers, the digits as they are for short ones."""

_SHORTEST_SUBSCRIBER = 7
_HIDDEN = frozenset({"", "anonymous", "unknown", "restricted", "private", "unavailable", "<unknown>", "asterisk", "s"})
_PUNCTUATION = str.maketrans("", "", " \t-.()/~\u00a0\u202f")
_SEPARATORS: Final = re.compile(r"[,;/|\n\r]+|\s+(?:or|und|и|та|або|или)\s+")
_WRITTEN: Final = re.compile(r"\+?[0-9(][0-9 \t\u00a0\u202f().\-\u2010-\u2015]*")
"""A number at the beginning of what people wrote; what is behind it are their words."""
_RUN: Final = re.compile(r"(?<![\w*#+@=])\+?[0-9(][0-9 \t\u00a0\u202f().~\-\u2010-\u2015]*")
"""What may be a number anywhere in a text; behind a star it is an argument of a code that is dialled (``*21*...``)."""
_FEWEST_FOUND: Final = 9
"""Digits of a number that stands among words: shorter ones are extensions, dates, prices."""
_WORDS: Final = re.compile(r"[\s(\[\"'«:,]*[^\W\d_][\w\s.'’()\[\]\"»:,-]*")
_LONGEST_WRITTEN = 200
_WILD: Final = re.compile(r"[*?\[]")
_TRUNK_8: Final = re.compile(r"8([0-9]{10})")
"""The old trunk prefix of the Soviet plan, written before ten national digits: in Russia it is dialled still."""
_WITH_8: Final = frozenset({"RU", "KZ", "UA", "BY"})
_PLUS_8: Final = re.compile(r"\+8(9[0-9]{9})")
"""A Russian mobile whose trunk prefix got a plus: no country has a code that begins with 89."""
_PLUS_TRUNK_8: Final = re.compile(r"\+8([0-9]{10})")
"""The same trunk prefix with a plus, before a number of the operator's own country."""
_ABROAD_810: Final = re.compile(r"810([0-9]{10,13})")
"""The old way abroad, 8 and 10 behind a second tone."""
_ZEROS_7: Final = re.compile(r"007([0-9]{10})")
_MEXICAN_DIALLED: Final = re.compile(r"04[45]([0-9]{10})")
"""How Mexico's mobiles were dialled at home until then."""
_MEXICAN_MOBILE: Final = re.compile(r"\+?521([0-9]{10})")
"""Mexico's mobiles had a 1 behind the country code until 2019; what WhatsApp wrote down still has."""


def is_hidden(number: str) -> bool:
    """Return whether the caller withheld the number (or the PBX has none)."""
    return number.strip().lower() in _HIDDEN


@lru_cache(maxsize=4096)
def canonical(number: str, region: str) -> Canonical:
    """Bring ``number`` to the form we compare by.

    Args:
        number: any spelling: ``067 123-45-67``, ``380671234567``, ``+38 (067) 1234567``, ``8 (067) ...``, ``101``,
            ``067 123-45-67 (mother)``; of several in one field the first that is a subscriber's.
        region: ISO 3166 code of the operator's country, for numbers without a country code (``UA``).

    Returns:
        E.164 if it is a possible subscriber number, with or without its country code; otherwise the text without
        punctuation. A hidden number gives empty text.
    """
    bare = number.translate(_PUNCTUATION)
    if is_hidden(number) or is_hidden(bare):
        return Canonical("")
    if len(bare.lstrip("+")) < _SHORTEST_SUBSCRIBER:
        return Canonical(bare)
    found = _read(bare, region)
    if found is None:
        found = next(iter([*_parts(number, region), *_parts(bare, region)]), None)
    return found or Canonical(bare)


def every_number(text: str, region: str) -> tuple[Canonical, ...]:
    """Return all numbers that people wrote into one field, in canonical form: ``067 123-45-67 (mother), 050 ...``."""
    several = tuple(dict.fromkeys(_parts(text, region)))
    if several:
        return several
    one = canonical(text, region)
    return (one,) if one else ()


def _parts(text: str, region: str) -> list[Canonical]:
    """Read each subscriber's number of a field that may hold several, with words behind them."""
    found: list[Canonical] = []
    # Parameters of an address (``;phone-context=x``) are a machine's words, and perhaps hostile; codes are dialled.
    if "=" in text or text.lstrip().startswith(("*", "#")):
        return found
    for part in _SEPARATORS.split(text[:_LONGEST_WRITTEN]):
        written = _WRITTEN.match(part.strip())
        behind = part.strip()[written.end() :] if written else part
        if written is None or (behind and _WORDS.fullmatch(behind) is None):
            whole = _read(part.translate(_PUNCTUATION), region) if written else None
            found += [whole] if whole else _among_words(part, region)
        else:
            whole = _read(written[0].translate(_PUNCTUATION), region)
            found += [whole] if whole else _one_after_another(written[0], region)
            found += _among_words(behind, region)
    return found


def _among_words(text: str, region: str) -> list[Canonical]:
    """Read the numbers that stand anywhere in a text: ``Mother 067 1234567``, ``380671234567@s.whatsapp.net``."""
    return [number for run in _RUN.finditer(text) for number in _one_after_another(run[0], region)]


def _one_after_another(run: str, region: str) -> list[Canonical]:
    """Read a run of digits that may be several numbers with nothing but spaces between them."""
    if sum(map(str.isdecimal, run)) < _FEWEST_FOUND:
        return []
    whole = _read(run.translate(_PUNCTUATION), region)
    if whole is not None:
        return [whole]
    words = run.split()
    for place in range(1, len(words)):
        first = _read("".join(words[:place]).translate(_PUNCTUATION), region)
        if first is not None:
            return [first, *_one_after_another(" ".join(words[place:]), region)]
    return []


def _read(bare: str, region: str) -> Canonical | None:
    """Read one number without punctuation; what no plan has is read again as people misspell it."""
    for spelling in (bare, f"+{bare.lstrip('+')}", *_misspelled(bare, region)):
        found = subscriber(spelling, region)
        if found:
            return found
    return None


def _misspelled(bare: str, region: str) -> list[str]:
    spellings: list[str] = []
    trunk = _TRUNK_8.fullmatch(bare)
    if trunk and region in _WITH_8:
        spellings.append(trunk[1])
    trunk = _PLUS_TRUNK_8.fullmatch(bare)
    if trunk and region in _WITH_8:
        spellings.append(trunk[1])
    abroad = _ABROAD_810.fullmatch(bare)
    if abroad and region in _WITH_8:
        spellings.append(f"+{abroad[1]}")
    for pattern in (_PLUS_8, _ZEROS_7):
        plan = pattern.fullmatch(bare)
        if plan:
            spellings.append(f"+7{plan[1]}")
    mexican = _MEXICAN_MOBILE.fullmatch(bare) or (_MEXICAN_DIALLED.fullmatch(bare) if region == "MX" else None)
    if mexican:
        spellings.append(f"+52{mexican[1]}")
    return spellings


def subscriber(spelling: str, region: str) -> Canonical | None:
    """Return the subscriber's number that this is, as it stands, in E.164; None if no plan of numbers has it."""
    try:
        parsed = phonenumbers.parse(spelling, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return Canonical(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def fits(number: str, patterns: Iterable[str], region: str) -> bool:
    """Return whether a number fits one of these globs, however the number and the globs are written.

    A glob is held against the number as it stands, in E.164 with and without its plus, and as it is dialled at home.
    """
    forms = _forms(number, region)
    return any(fnmatchcase(form, glob) for pattern in patterns for glob in _globs(pattern, region) for form in forms)


@lru_cache(maxsize=1024)
def _forms(number: str, region: str) -> tuple[str, ...]:
    e164 = canonical(number, region)
    try:
        parsed = phonenumbers.parse(e164, region)
        national = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    except phonenumbers.NumberParseException:
        national = number
    home = "".join(filter(str.isdigit, national)) if e164.startswith("+") else number
    return tuple(dict.fromkeys((number, number.translate(_PUNCTUATION), e164, e164.removeprefix("+"), home)))


def _globs(pattern: str, region: str) -> tuple[str, ...]:
    return (pattern,) if _WILD.search(pattern) or not pattern else (pattern, canonical(pattern, region))
