"""What the database counts: rows by an axis and by the columns that figures choose among. Pure."""

from collections.abc import Mapping
from typing import Final, NamedTuple

WITHIN_SECONDS: Final = (5, 10, 20, 30, 60)
"""The waits by which answered calls are counted."""
SHORT_SECONDS: Final = 5
"""Who hung up before that was missed, too, and is shown apart."""
RING_EDGES: Final = (0, 60, 120, 180, 240, 300, 600, 1800)
"""Working seconds until a manager's phone rang; the last stretch is open."""


class CallCount(NamedTuple):
    """Calls that have all of this in common."""

    axis: str
    direction: str
    kind: str
    disposition: str
    missed_reason: str
    calls: int
    within_5: int
    within_10: int
    within_20: int
    within_30: int
    within_60: int
    short: int
    wait: float
    talk: float

    def number(self, chosen: Mapping[str, object]) -> int:
        """Return how many of them waited as little as is chosen."""
        limit = chosen.get("wait_to")
        if limit is None:
            return self.calls
        if self.disposition == "missed":
            return self.short
        return {5: self.within_5, 10: self.within_10, 20: self.within_20, 30: self.within_30, 60: self.within_60}[
            int(str(limit))
        ]


class RequestCount(NamedTuple):
    """Callback requests that have all of this in common."""

    axis: str
    fate: str
    target: str
    why_not: str
    closed_for: str
    ring: int | None
    """Which stretch of `RING_EDGES` the first ring fell into, from 1; None if no phone rang."""
    requests: int
