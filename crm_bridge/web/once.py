"""A form is done once, however often its button is clicked: each has a name of its own, that is kept for a while."""

from collections import OrderedDict
from typing import Final

_MOST: Final = 2_000
_LONGEST: Final = 64


class OnceKeeper:
    """Knows which forms were done, by who sent them and their names."""

    def __init__(self) -> None:
        self._done: OrderedDict[tuple[str, str], None] = OrderedDict()

    def begin(self, user_id: str, name: str) -> bool:
        """Take a form; False if it was taken before. One without a name is taken each time."""
        if not name:
            return True
        key = (user_id, name[:_LONGEST])
        if key in self._done:
            return False
        self._done[key] = None
        while len(self._done) > _MOST:
            self._done.popitem(last=False)
        return True

    def undo(self, user_id: str, name: str) -> None:
        """Let it be sent again: it was refused, and changed nothing."""
        self._done.pop((user_id, name[:_LONGEST]), None)
