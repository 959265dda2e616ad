"""Keyset cursors: where a page ended, as text that clients pass back and never read.

A page is found by its place, not by its number, so page 10,000 costs what page 1 costs and new calls do not shift it.
"""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime

from crm_bridge.api.problems import Problem

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = 400
_DIGITS = 19


@dataclass(frozen=True, slots=True)
class CursorPosition:
    """The last row of a page."""

    started_at: datetime
    call_id: str


def write(place: CursorPosition) -> str:
    """Make the cursor."""
    microseconds = (place.started_at - _EPOCH) // (datetime.resolution)
    return base64.urlsafe_b64encode(f"1:{microseconds}:{place.call_id}".encode()).decode().rstrip("=")


def write_text(text: str) -> str:
    """Make the cursor of a list that is ordered by one text or number."""
    return base64.urlsafe_b64encode(f"2:{text}".encode()).decode().rstrip("=")


def read_text(cursor: str) -> str:
    """Read a cursor of `write_text`.

    Raises:
        Problem: it is not one of ours.
    """
    try:
        version, text = _decoded(cursor).split(":", 1)
        if version != "2" or not text or "\0" in text:
            raise ValueError("not ours")
    except ValueError:
        raise _bad() from None
    return text


def read_number(cursor: str) -> int:
    """Read a cursor of `write_text` that holds a row's number.

    Raises:
        Problem: it is not one of ours.
    """
    return row_number(read_text(cursor))


def row_number(text: str) -> int:
    """Read the number of a row out of a cursor's text.

    Raises:
        Problem: it is none.
    """
    if not (text.isascii() and text.isdigit() and len(text) < _DIGITS):
        raise _bad()
    return int(text)


def read(cursor: str) -> CursorPosition:
    """Read a cursor that we made.

    Raises:
        Problem: it is not one of ours.
    """
    try:
        version, microseconds, call_id = _decoded(cursor).split(":", 2)
        if version != "1" or not call_id or "\0" in call_id:
            raise ValueError("not ours")
        return CursorPosition(_EPOCH + datetime.resolution * int(microseconds), call_id)
    except (ValueError, OverflowError):
        raise _bad() from None


def _decoded(cursor: str) -> str:
    if len(cursor) > _LONGEST:
        raise ValueError("too long")
    return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()


def _bad() -> Problem:
    return Problem(422, "bad-cursor", "query.cursor: pass back `next_cursor` of the page before, as it was")
