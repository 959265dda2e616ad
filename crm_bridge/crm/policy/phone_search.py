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


def spellings(number: str) -> list[str]:
    """Return what digits people write of a number in E.164: national, as dialled at home (``0``, ``8``), in full."""
    whole = number.lstrip("+")
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return [whole]
    digits, region = phonenumbers.national_significant_number(parsed), phonenumbers.region_code_for_number(parsed)
    trunk = phonenumbers.ndd_prefix_for_region(region, strip_non_digits=True) if region else None
    return list(dict.fromkeys([digits, f"{trunk or ''}{digits}", whole]))


def needle(number: str) -> str:
    """Return what every spelling of a number in E.164 ends with: its national digits, ten at most."""
    return national(number)[-_TAIL:]


def same(written: Iterable[str | None], number: str, region: str) -> bool:
    """Return whether any of these is the number in E.164; ``region`` is for those without a country code."""
    return any(text and (number in every_number(text, region)) for text in written)
