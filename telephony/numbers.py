"""Phone numbers: comparing them, showing them, never computing with them.

A number is text as the PBX said it. To compare two spellings we bring both to E.164 with the operator's own region; an
extension or short number (``101``) stays as it is, since `phonenumbers` would otherwise make a subscriber of it.
"""

from functools import lru_cache
from typing import NewType

import phonenumbers

Canonical = NewType("Canonical", str)
"""A number in the one form we compare by: ``+380671234567`` for subscribers, the digits as they are for short ones."""

_SHORTEST_SUBSCRIBER = 7
_HIDDEN = frozenset({"", "anonymous", "unknown", "restricted", "private", "unavailable", "<unknown>", "asterisk", "s"})
_PUNCTUATION = str.maketrans("", "", " \t-.()/\u00a0\u202f")


def is_hidden(number: str) -> bool:
    """Tell whether the caller withheld the number (or the PBX has none)."""
    return number.strip().lower() in _HIDDEN


@lru_cache(maxsize=4096)
def canonical(number: str, region: str) -> Canonical:
    """Bring ``number`` to the form we compare by.

    Args:
        number: any spelling: ``067 123-45-67``, ``380671234567``, ``+38 (067) 1234567``, ``0038067...``, ``101``.
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
    for spelling in (bare, f"+{bare.lstrip('+')}"):
        found = subscriber(spelling, region)
        if found:
            return found
    return Canonical(bare)


def subscriber(spelling: str, region: str) -> Canonical | None:
    """Give the subscriber's number that this is, as it stands, in E.164; None if no plan of numbers has it."""
    try:
        parsed = phonenumbers.parse(spelling, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return Canonical(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
