"""What parts of the daemon say of themselves, in the page's language. Pure.

The daemon speaks English: to /healthz, the log and `ringback check`. Here each of its sentences stands as a pattern,
with the key of what the page says instead; what no pattern knows (an error's own words) is shown as it came.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from crm_bridge.web.words.admin import TEXTS
from crm_bridge.web.words.text import Counted


class _Said(NamedTuple):
    """A sentence of the daemon's, and the key of what the page says."""

    pattern: re.Pattern[str]
    key: str


_SENTENCES: Final = tuple(
    _Said(re.compile(pattern), f"part.says.{key}")
    for pattern, key in (
        (r"(?P<n>\d+) calls", "calls"),
        (r"it was not tried yet", "untried"),
        (r"the PBX does not tell its time", "no_time"),
        (r"the PBX's clock is (?P<n>\d+) s ahead of ours", "ahead"),
        (r"the PBX's clock is (?P<n>\d+) s behind ours", "behind"),
        (r"(?P<n>\d+) events written", "events"),
        (r"the database is away: (?P<n>\d+) events wait, (?P<disk>\d+) of them on disk", "away"),
        (r"(?P<n>\d+) events wait, (?P<disk>\d+) of them on disk", "waiting"),
        (r"the spool cannot be written: (?P<why>.+)", "spool"),
        (r"no new recordings: (?P<why>.+)", "no_room"),
        (r"no answer", "no_answer"),
        (r"waiting: (?P<why>.+)", "loops"),
        (r"within their limits", "within"),
        (r"(?P<n>\d+) conversations", "talks"),
        (r"the first one comes at (?P<at>\d\d:\d\d)", "first_audit"),
        (r"(?P<day>[\d-]{10}): clean", "clean"),
        (r"(?P<day>[\d-]{10}): (?P<n>\d+) findings?(?:, see `ringback audit`)?", "findings"),
        (r"(?P<n>\d+) cannot be known(?:, see `ringback audit`)?", "unknown"),
        (r"(?P<n>\d+) calendars, (?P<days>\d+) days by the API", "calendars"),
        (r"(?P<n>\d+) messages wait, (?P<dead>\d+) dead letters", "messages"),
        (r"(?P<of>[^:;]+): (?P<n>\d+) answers could not be written, see the log \(.*\)", "aside"),
    )
)
_NAMES: Final = (
    "recording room",
    "calls outside",
    "calendar",
    "ledger",
    "database",
    "loops",
    "voice",
    "audit",
    "outbox",
)
_AUDIT: Final = "`ringback audit`"
_OF_A_PBX: Final = ("ami", "clock")
Say = Callable[..., str]
"""Says a text by its key and places; `count` says one beside a count, by its key and the count."""


class SaidPiece(NamedTuple):
    """A piece of what a part says."""

    text: str
    ours: bool
    """In the page's language; else as the daemon said it, in English."""


def named(name: str, say: Say) -> str:
    """Return a part's name; one that we do not know, as it is."""
    kind, _, of = name.partition(" ")
    if kind in _OF_A_PBX and of:
        return say(f"part.{kind}", of=of)
    return say(f"part.{name.replace(' ', '_')}") if name in _NAMES else name


def sentences(said: str, say: Say, count: Say) -> list[SaidPiece]:
    """Return what a part says, sentence by sentence."""
    return [_sentence(each, say, count) for each in said.split("; ") if each]


def _sentence(said: str, say: Say, count: Say) -> SaidPiece:
    for pattern, key in _SENTENCES:
        found = pattern.fullmatch(said)
        if found:
            places = found.groupdict()
            counted = isinstance(TEXTS[key], Counted)
            return SaidPiece(count(key, int(places["n"])) if counted else say(key, command=_AUDIT, **places), ours=True)
    return SaidPiece(said, ours=False)
