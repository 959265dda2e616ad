"""Whether a target can be reached at all: one that cannot costs next to nothing. Pure.

Each message that is tried in vain costs a connection, a claim, an answer and the retries of those behind it. So after a
row of failures with nothing between them a target is not told any more: one message at a time tries, at first soon and
then every half a minute, and with the first that gets through all go again. Messages that do not try spend nothing,
and wait for as long as it takes.
"""

from typing import Final

from crm_bridge.outbox.lifecycle import Answer, Retry

FAILURES: Final = 10
"""So many one after the other: a target that fails now and then is told as before."""
_FIRST, _LONGEST = 1.0, 30.0
"""Seconds between two tries."""


class Reach:
    """Of one target. Times are seconds of a clock that never goes back."""

    def __init__(self) -> None:
        self._failures = 0
        self._pause = _FIRST
        self._tries_at = 0.0

    @property
    def is_lost(self) -> bool:
        """Whether only one message at a time tries."""
        return self._failures >= FAILURES

    def pause(self, now: float) -> float:
        """Return the seconds until the next may try; 0 if it may."""
        return max(0.0, self._tries_at - now) if self.is_lost else 0.0

    def places(self, places: int) -> int:
        """Return how many messages may be on their way, of those that may be otherwise."""
        return 1 if self.is_lost else places

    def noted(self, answer: Answer, now: float) -> bool:
        """Look at an answer; tells whether the target was lost, or found again, by it."""
        was_lost = self.is_lost
        if not isinstance(answer, Retry):
            if not answer.asked:
                return False
            self._failures, self._pause = 0, _FIRST
            return was_lost
        self._failures += 1
        if self.is_lost and now >= self._tries_at:  # those that were under way when it was lost are no tries
            self._tries_at = now + self._pause
            self._pause = min(self._pause * 2, _LONGEST)
        return self.is_lost is not was_lost
