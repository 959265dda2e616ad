"""Values as PostgreSQL takes them. Pure.

What a PBX, a CRM, a calendar or a browser says is hostile, and PostgreSQL refuses a statement, with all that it was to
write, for one character U+0000 or half of a surrogate pair in it. So every text that goes out over our connections goes
through here (`telephony.postgres.pool` sees to it): no writer can forget it. How long a text may be, its writer knows.
"""

import json
from typing import Any

_OF_ESCAPES = ("\\u0000", "\\ud", "NaN", "Infinity")
"""What JSON text that jsonb refuses holds; so may text that it takes."""


def writable(text: str) -> str:
    """Return a text without NUL, with ``?`` for each half of a surrogate pair; any other text as it is."""
    if "\0" in text:
        text = text.replace("\0", "")
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def text_out(value: object) -> str:
    """Write a parameter of type text.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, str):
        raise TypeError(f"a text is expected, not {type(value).__name__}")
    return writable(value)


def json_out(value: object) -> str:
    """Write a parameter of type jsonb; a number that JSON does not have (NaN, an infinity) is null."""
    text = json.dumps(value)
    if any(escape in text for escape in _OF_ESCAPES):
        return json.dumps(_writable(value), allow_nan=False)
    return text


def _writable(value: Any) -> Any:  # noqa: ANN401 - any JSON
    match value:
        case str():
            return writable(value)
        case float():
            return value if value - value == 0 else None
        case dict():
            return {writable(key) if isinstance(key, str) else key: _writable(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_writable(inner) for inner in value]
        case _:
            return value
