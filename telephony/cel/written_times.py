"""Times as exports write them, made into ISO 8601. Pure.

A spreadsheet writes days first or months first, and nothing in the text tells which. But a channel's id begins with the
second of its birth: the way of reading that comes nearest to it, over all rows, is the right one.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from telephony.ami.protocol.times import birth_of, moment_of
from telephony.cel.rows import CelRow

_FORMS: Final = (
    *("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S.%f", "%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S.%f"),
    *("%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S.%f", "%m/%d/%Y %I:%M:%S %p", "%d/%m/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M"),
    *("%d/%m/%Y %H:%M", "%d-%m-%Y %H:%M:%S", "%m-%d-%Y %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M:%S.%f"),
    *("%a %b %d %H:%M:%S %Y", "%b %d, %Y %H:%M:%S", "%b %d, %Y %I:%M:%S %p", "%d %b %Y %H:%M:%S", "%d-%b-%Y %H:%M:%S"),
    *("%Y%m%d%H%M%S", "%Y%m%d %H:%M:%S"),
)
_SMALL_UNITS: Final = re.compile(r"\d{13}|\d{16}|\d{19}")
"""Milliseconds, microseconds, nanoseconds since 1970."""
_LOOKED_AT: Final = 200
_FAR: Final = timedelta(days=36500)


def with_iso_times(rows: Sequence[CelRow]) -> tuple[list[CelRow], str, int]:
    """Return the rows with times that are understood, what was read how, and how many times nobody can read."""
    odd = [row for row in rows if not _is_plain(row.event_time)]
    if not odd:
        return list(rows), "", 0
    form = min(_FORMS, key=lambda form: _distance(odd[:_LOOKED_AT], form))
    answer = [row if _is_plain(row.event_time) else row._replace(event_time=_iso(row.event_time, form)) for row in rows]
    unread = sum(1 for row in answer if not _is_plain(row.event_time))
    small = _SMALL_UNITS.fullmatch(odd[0].event_time) is not None
    words = "" if unread == len(odd) else f"times as {'parts of seconds' if small else form}"
    return answer, words, unread


def _is_plain(text: str) -> bool:
    if _SMALL_UNITS.fullmatch(text):
        return False
    if moment_of(text) is not None:
        return True
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return not text.isdigit()


def _iso(text: str, form: str) -> str:
    if _SMALL_UNITS.fullmatch(text):
        return f"{text[:10]}.{text[10:16]:0<6}"
    try:
        return datetime.strptime(text.strip(), form).isoformat(" ")  # noqa: DTZ007 - the zone is found out by the ids
    except ValueError:
        return text


def _distance(rows: Sequence[CelRow], form: str) -> timedelta:
    """How far from their channels' births these times are, read so; the times of a call are hours off at most."""
    far = timedelta()
    for row in rows:
        try:
            read = datetime.strptime(row.event_time.strip(), form).replace(tzinfo=UTC)
        except ValueError:
            far += _FAR
            continue
        born = birth_of(row.uniqueid)
        far += abs(read - datetime.fromtimestamp(born, UTC)) if born else timedelta()
    return far
