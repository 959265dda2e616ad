"""Noticing that something makes no progress though it should."""

from collections.abc import Callable


class Stall:
    """Watches a marker that changes with every bit of progress.

    Args:
        after_seconds: how long it may stand still while there is work.
        monotonic: a clock that never goes back, in seconds.
    """

    def __init__(self, after_seconds: float, monotonic: Callable[[], float]) -> None:
        self._after = after_seconds
        self._monotonic = monotonic
        self._marker: object = None
        self._since = monotonic()

    def stands_still(self, marker: object, *, at_work: bool) -> bool:
        """Tell whether ``marker`` has been the same for too long; without work it may be."""
        if marker != self._marker or not at_work:
            self._marker, self._since = marker, self._monotonic()
        return self._monotonic() - self._since > self._after
