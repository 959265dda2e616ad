"""What browsers post: read within bounds, as text fields that have no control characters."""

from typing import Final
from unicodedata import category
from urllib.parse import parse_qsl

from aiohttp import web

from crm_bridge.web import PREFIX
from telephony.net import bounded

_LARGEST: Final = 64 * 1024
_SECONDS: Final = 10.0
_MOST_FIELDS: Final = 100
_LONGEST_BACK: Final = 2000


class FormRefused(ValueError):
    """A form is not what our pages send."""


async def fields(request: web.Request) -> dict[str, str]:
    """Read a form.

    Raises:
        FormRefused: it is too large or slow, no form, or holds what no field of ours can.
    """
    if request.content_type != "application/x-www-form-urlencoded":
        raise FormRefused("not a form")
    try:
        body = await bounded.read(request.content, most=_LARGEST, seconds=_SECONDS)
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except (bounded.TooMuch, bounded.TooSlow, ValueError) as error:
        raise FormRefused(str(error)) from None
    found = dict(pairs)
    for text in found.values():
        if any(category(letter) in {"Cc", "Cs"} and letter not in "\r\n\t" for letter in text):
            raise FormRefused("control characters")
    return found


def way_back(given: str) -> str:
    """Return the page to go back to: only one of ours, whatever an address or a form says."""
    path = given.partition("?")[0].removeprefix(PREFIX)
    inside = given.startswith(PREFIX) and path[:1] in {"", "/"} and ".." not in path and "//" not in path
    plain = given.isascii() and given.isprintable() and "\\" not in given and len(given) <= _LONGEST_BACK
    return given if inside and plain else PREFIX
