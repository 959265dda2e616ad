"""A form is done once, however often its button is clicked: each has a name of its own, that is kept for a while."""

from collections import OrderedDict
from typing import Final

_MOST: Final = 2_000
_LONGEST: Final = 64
WITHIN: Final = 5.0
"""Seconds: the same order again within them is another tab's, or a finger's, not a new wish."""


class OnceKeeper:
    """Knows which forms were done, by who sent them and their names."""

    def __init__(self) -> None:
        self._done: OrderedDict[tuple[str, str], float] = OrderedDict()

    def begin(self, user_id: str, name: str) -> bool:
        """Take a form; False if it was taken before. One without a name is taken each time."""
        if not name:
            return True
        return self._taken((user_id, name[:_LONGEST]), float("inf"))

    def begin_again(self, user_id: str, order: str, now: float) -> bool:
        """Take an order by what it says; False if the same was taken within `WITHIN` seconds. ``now`` is monotonic."""
        key = (user_id, order[:_LONGEST])
        if self._done.get(key, now) + WITHIN <= now:
            self._done.pop(key)
        return self._taken(key, now)

    def _taken(self, key: tuple[str, str], at: float) -> bool:
        if key in self._done:
            return False
        self._done[key] = at
        while len(self._done) > _MOST:
            self._done.popitem(last=False)
        return True

    def undo(self, user_id: str, name: str) -> None:
        """Let it be sent again: it was refused, and changed nothing."""
        self._done.pop((user_id, name[:_LONGEST]), None)
