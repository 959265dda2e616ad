"""Names and numbers made fit to be spoken. Both come from the network: nothing in them is trusted."""

import re
import unicodedata

import phonenumbers

from telephony.numbers import canonical, is_hidden

NAME_LENGTH = 60
"""A name that is longer is cut at a word: nobody listens to more."""
_INSIDE_NAMES = frozenset(" -'.,&")
_HYPHENS = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2013": "-", "\u2014": "-", "’": "'", "`": "'", "_": " "})
_LONGEST_GROUP = 3
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def spoken_name(raw: str) -> str:
    """Return the part of ``raw`` that can be said as a name; empty if there is none.

    Letters, digits and the few signs inside names stay; markup, control characters, emoji and TTS commands go. A name
    that is only digits is no name (PBXs repeat the number there).
    """
    text = re.sub(r"<[^>]*>", " ", unicodedata.normalize("NFC", raw[: 8 * NAME_LENGTH])).translate(_HYPHENS)
    kept = "".join(letter if _speakable(letter) else " " for letter in text)
    words = re.sub(r"([-'.,& ])[-'.,&]+", r"\1", " ".join(kept.split()).strip("-'., &")).split()
    name = ""
    for word in words:
        if len(name) + 1 + len(word) > NAME_LENGTH:
            break
        name = f"{name} {word}".strip()
    name = name or "".join(words[:1])[:NAME_LENGTH]
    name = name.rstrip("-'., &")
    return name if any(letter.isalpha() for letter in name) and not is_hidden(name) else ""


def _speakable(letter: str) -> bool:
    return letter in _INSIDE_NAMES or unicodedata.category(letter)[0] in "LM" or letter.isdecimal()


def number_groups(number: str, region: str) -> tuple[str, ...]:
    """Return the digits of ``number`` in the groups in which they are read, at most three digits each.

    A number of the own ``region`` is read as it is dialled there (``067 123 45 67``), a foreign one with its country
    code. Empty if the number is hidden or has no digits.
    """
    found = canonical(number, region)
    if _E164.fullmatch(found):
        parsed = phonenumbers.parse(found)
        own = parsed.country_code == phonenumbers.country_code_for_region(region)
        form = phonenumbers.PhoneNumberFormat.NATIONAL if own else phonenumbers.PhoneNumberFormat.INTERNATIONAL
        found_groups = re.findall(r"[0-9]+", phonenumbers.format_number(parsed, form))
    else:
        found_groups = re.findall(r"[0-9]+", found)
    return tuple(part for group in found_groups for part in _split(group))


def _split(group: str) -> list[str]:
    """Cut a group that is too long to be read at once: 4 as 2 2, 5 as 3 2, 7 as 3 2 2."""
    if len(group) <= _LONGEST_GROUP:
        return [group]
    head = group[: _LONGEST_GROUP if len(group) % 2 else 2]
    return [head, *_split_pairs(group[len(head) :])]


def _split_pairs(group: str) -> list[str]:
    return [group[at : at + 2] for at in range(0, len(group), 2)]
