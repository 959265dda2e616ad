"""File names: those of our own tapes on the PBX (a contract with dialplan/recording.conf), and those we keep.

A tape's name is ``rb-<uniqueid>-<time>-<side>.raw``: the channel that carries it, when it was started (seconds since
1970), and whose voice comes *from* that channel: ``c`` customer, ``m`` manager, ``x`` the trunk tells, ``w`` the
customer, on a tape of the whole call, which is kept even if nobody answers: they found us closed. The uniqueid is cut
down to letters, digits, dot, underscore and hyphen, so no caller and no PBX can put anything else into a path.
"""

import re
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import PurePosixPath
from typing import NamedTuple

_OWN = re.compile(r"rb-([A-Za-z0-9._-]{1,150})-(\d{1,13})-([cmxw])\.raw")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_LONGEST = 150
_LONGEST_SECONDS = 11
"""More digits are milliseconds: the dialplan has seconds only, but two of our own may start within one."""


class RecordedSide(StrEnum):
    """Whose voice Asterisk receives from the channel that carries the tape."""

    CUSTOMER = "customer"
    MANAGER = "manager"
    UNKNOWN = "unknown"


_LETTERS = {"c": RecordedSide.CUSTOMER, "m": RecordedSide.MANAGER, "x": RecordedSide.UNKNOWN}
_OF_SPEAKER = {speaker: letter for letter, speaker in _LETTERS.items()}
_WHOLE = "w"


class TapeName(NamedTuple):
    """What the name of one of our tapes tells."""

    uniqueid: str
    started_at: datetime
    speaker: RecordedSide
    whole: bool
    """It is of the whole call, not only of what persons said to each other."""


def safe(text: str) -> str:
    """Return ``text`` with only the letters that are safe in a file name, never empty, at most 150."""
    return _UNSAFE.sub("", text)[:_LONGEST] or "none"


def tape_name(uniqueid: str, started_at: datetime, speaker: RecordedSide) -> str:
    """Return the file name of a tape of ours."""
    return f"rb-{safe(uniqueid)}-{int(started_at.timestamp() * 1000)}-{_OF_SPEAKER[speaker]}.raw"


def read_tape_name(path: str) -> TapeName | None:
    """Return what the last part of ``path`` tells, or None if it is no tape of ours."""
    found = _OWN.fullmatch(PurePosixPath(path).name)
    if not found:
        return None
    time = int(found[2]) / (1000 if len(found[2]) > _LONGEST_SECONDS else 1)
    speaker = _LETTERS.get(found[3], RecordedSide.CUSTOMER)
    return TapeName(found[1], datetime.fromtimestamp(time, UTC), speaker, found[3] == _WHOLE)


def is_ours(path: str) -> bool:
    """Return whether a path on the PBX is a tape of ours."""
    return read_tape_name(path) is not None


def is_whole(path: str) -> bool:
    """Return whether a path on the PBX is a tape of ours of a whole call."""
    name = read_tape_name(path)
    return name is not None and name.whole


def kept_name(call_id: str, number: int, started_at: datetime, extension: str) -> PurePosixPath:
    """Return where a finished recording is kept, below the folder: ``2026/11/21/<call>-<number>.mp3``.

    Args:
        call_id: the call it belongs to.
        number: the recording's own number, which makes the name unique.
        started_at: gives the day (UTC).
        extension: ``mp3`` or ``opus``.
    """
    day = started_at.astimezone(UTC)
    call = safe(call_id.replace(":", "-"))
    return PurePosixPath(f"{day:%Y}/{day:%m}/{day:%d}/{call}-{number}.{extension}")
