"""Which place of a file is to be kept: one that is before every call that goes on. Pure.

A note is where the file ended at some moment and which calls went on then. A call that goes on now began before a note
only if it went on then, too; clocks have no part in it.
"""

from collections import deque
from collections.abc import Collection
from typing import Final, NamedTuple

from telephony.cel.tail import Place

_MOST: Final = 120
"""Notes that are remembered: an hour's. A longer call is read from its middle, which merging with the ledger bears."""


class _Note(NamedTuple):
    place: Place
    calls: frozenset[str]


class Notes:
    """The notes of one connection, oldest first."""

    def __init__(self) -> None:
        self._notes: deque[_Note] = deque(maxlen=_MOST)

    def take(self, place: Place, calls: Collection[str]) -> None:
        """Note that the file ends at ``place`` while ``calls`` (linkedids) go on."""
        self._notes.append(_Note(place, frozenset(calls)))

    def safe(self, calls: Collection[str]) -> Place | None:
        """Give the last place but the newest that is before ``calls``, or the oldest one there is; None without notes.

        Not the newest: a dead link is noticed late, and what was written since may not have been heard.
        """
        before = list(self._notes)[:-1]
        if not before:
            return None
        return next((note.place for note in reversed(before) if note.calls.isdisjoint(calls)), before[0].place)
