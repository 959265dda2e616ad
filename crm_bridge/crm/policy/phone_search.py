"""A number as people write it into a CRM. Pure.

A CRM compares digits, or text, or by rules of its own. So we ask it for what every spelling ends with, and decide
ourselves whether somebody who was found really has the number.
"""

from collections.abc import Iterable

import phonenumbers

from telephony.numbers import every_number

_TAIL = 10


def national(number: str) -> str:
    """Return the digits of a number in E.164 without its country code."""
    try:
        return str(phonenumbers.parse(number, None).national_number)
    except phonenumbers.NumberParseException:
        return number.lstrip("+")


def needle(number: str) -> str:
    """Return what every spelling of a number in E.164 ends with: its national digits, ten at most."""
    return national(number)[-_TAIL:]


def same(written: Iterable[str | None], number: str, region: str) -> bool:
    """Return whether any of these is the number in E.164; ``region`` is for those without a country code."""
    return any(text and (number in every_number(text, region)) for text in written)
