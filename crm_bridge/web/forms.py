"""What browsers post: read within bounds, as text fields that have no control characters."""

from typing import Final
from unicodedata import category
from urllib.parse import parse_qsl, urlsplit

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
    """Give the page to go back to: only one of ours, whatever the form says."""
    parts = urlsplit(given[:_LONGEST_BACK])
    inside = parts.path == PREFIX or parts.path.startswith(f"{PREFIX}/")
    if parts.scheme or parts.netloc or not inside or "\\" in given or "//" in parts.path:
        return PREFIX
    return parts.path + (f"?{parts.query}" if parts.query else "")
