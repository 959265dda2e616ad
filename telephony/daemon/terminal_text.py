"""Text from a network made safe to show: a caller's name may hold terminal commands or turn the line around."""

import re
import unicodedata

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\ud800-\udfff]"
)
_BEYOND_JSON = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]")
_WIDE = frozenset("WF")


def plain(text: str) -> str:
    r"""Replace control characters, direction marks and lone surrogates by a visible escape, e.g. ``\x1b``."""
    return _UNSAFE.sub(lambda found: ascii(found[0])[1:-1], text)


def plain_json(text: str) -> str:
    """Do the same to JSON text, by JSON's own escapes: the values stay what they were."""
    return _BEYOND_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def columns(text: str) -> int:
    """How many columns of a terminal ``text`` takes."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in _WIDE else 1
        for letter in text
    )


def fitted(text: str, width: int) -> str:
    """Make ``text`` safe and exactly ``width`` columns wide, cut with an ellipsis or filled with blanks."""
    text = plain(text)
    if columns(text) > width:
        while text and columns(text) > width - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (width - columns(text))
