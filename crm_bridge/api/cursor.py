"""Keyset cursors: where a page ended, as text that clients pass back and never read.

A page is found by its place, not by its number, so page 10,000 costs what page 1 costs and new calls do not shift it.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime

from crm_bridge.api.problems import Problem

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Place:
    """The last row of a page."""

    started_at: datetime
    call_id: str


def write(place: Place) -> str:
    """Make the cursor."""
    microseconds = (place.started_at - _EPOCH) // (datetime.resolution)
    return base64.urlsafe_b64encode(f"1:{microseconds}:{place.call_id}".encode()).decode().rstrip("=")


def read(cursor: str) -> Place:
    """Read a cursor that we made.

    Raises:
        Problem: it is not one of ours.
    """
    try:
        if len(cursor) > _LONGEST:
            raise ValueError("too long")
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        version, microseconds, call_id = text.split(":", 2)
        if version != "1" or not call_id or "\0" in call_id:
            raise ValueError("not ours")
        return Place(_EPOCH + datetime.resolution * int(microseconds), call_id)
    except (ValueError, binascii.Error, OverflowError):
        raise Problem(
            422, "bad-cursor", "query.cursor: pass back `next_cursor` of the page before, as it was"
        ) from None
