"""What a transcribing program writes: JSON lines with the seconds and the words. Pure; nothing in it is trusted."""

import json
from dataclasses import dataclass
from typing import Any, ClassVar, Final
from unicodedata import category

from telephony.errors import RingbackError

_MOST_LINES: Final = 5_000
_LONGEST: Final = 2_000


class NoTranscript(RingbackError):
    """The transcribing program failed, or wrote what is no transcript: look at its own words."""

    error_id: ClassVar[str] = "no-transcript"


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """Some words of one side; ``start`` and ``end`` are seconds of the recording."""

    side: int
    """0 is the customer, 1 the manager."""
    start: float
    end: float
    text: str


def spoken(output: bytes, side: int, seconds: float) -> list[SpokenLine]:
    """Read a program's output; times are brought into the recording's, lines without words are left out.

    Raises:
        NoTranscript: a line is no JSON object, or lacks ``start``, ``end`` or ``text``.
    """
    found: list[SpokenLine] = []
    for number, line in enumerate(output.splitlines(), 1):
        if not line.strip():
            continue
        if len(found) >= _MOST_LINES:
            raise NoTranscript(f"more than {_MOST_LINES} lines")
        one = _line(line, number)
        text = _plain(one["text"])
        start = min(max(float(one["start"]), 0.0), seconds)
        end = min(max(float(one["end"]), start), seconds)
        if text:
            found.append(SpokenLine(side, start, end, text))
    return found


def _line(line: bytes, number: int) -> dict[str, Any]:
    try:
        one = json.loads(line)
    except (ValueError, RecursionError):
        raise NoTranscript(f"line {number} is not JSON") from None
    if not (isinstance(one, dict) and isinstance(one.get("text"), str)):
        raise NoTranscript(f"line {number} has no text")
    for name in ("start", "end"):
        value = one.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e7:  # noqa: PLR2004 - NaN, too
            raise NoTranscript(f"line {number}: {name} is no number of seconds")
    return one


def _plain(text: str) -> str:
    kept = "".join(" " if category(letter) in {"Cc", "Cs"} else letter for letter in text)
    return " ".join(kept.split())[:_LONGEST]
