"""What a stranger can make us say again and again is said once a minute, with how often it happened."""

from typing import Final

_SECONDS: Final = 60.0


class Rarely:
    """Counts one thing. Times are seconds of any clock that goes forward."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._said_at = float("-inf")
        self._times = 0

    def happened(self, now: float) -> int:
        """Count once more; gives how often it happened since it was said last, or 0 if it is not to be said now."""
        self._times += 1
        if now - self._said_at < self._seconds:
            return 0
        times, self._times, self._said_at = self._times, 0, now
        return times
