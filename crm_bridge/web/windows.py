"""Which kinds of changes are told now, and which are held back for a moment. Pure.

The first change of a kind is told at once. What follows of that kind within the window is told together when it is
over, so that a busy PBX makes nobody ask for the same list twenty times a second. Each kind has a window of its own: a
new callback does not wait because calls are many.
"""

from collections.abc import Iterable
from typing import Final

SHORTEST: Final = 0.2
"""Seconds that what follows is held back, where few listen."""
LONGEST: Final = 1.0
"""And where many do: all their questions together stay within what one core does beside its work."""
_LISTENERS_A_SECOND: Final = 50


def window(listeners: int) -> float:
    """Return for how many seconds what follows is gathered, for so many open pages."""
    return min(LONGEST, max(SHORTEST, listeners / _LISTENERS_A_SECOND))


class ToldWindows:
    """What was told when, and what waits; moments are monotonic seconds."""

    def __init__(self) -> None:
        self._told_at: dict[str, float] = {}
        self._waiting: dict[str, None] = {}

    def hear(self, kinds: Iterable[str]) -> None:
        """Note that things of these kinds have changed."""
        self._waiting.update(dict.fromkeys(kinds))

    def due(self, now: float, seconds: float) -> list[str]:
        """Take out what is to be told now, for a window of so many ``seconds``."""
        found = [kind for kind in self._waiting if now >= self._free_at(kind, seconds)]
        for kind in found:
            del self._waiting[kind]
            self._told_at[kind] = now
        return found

    def next_at(self, seconds: float) -> float | None:
        """Return when the next of what waits is due; None if nothing waits."""
        return min((self._free_at(kind, seconds) for kind in self._waiting), default=None)

    def _free_at(self, kind: str, seconds: float) -> float:
        return self._told_at.get(kind, float("-inf")) + seconds
