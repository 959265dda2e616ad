"""What one link has counted since it began; read by metrics and by `ringback check`, written by the link alone."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class LinkAnomaly(StrEnum):
    """Something that should not happen; each is counted, and the first of its kind logged with the raw event."""

    UNREADABLE = "unreadable"
    """Bytes that are no AMI message: garbage, too long, cut off."""
    EVENT_FAILED = "event_failed"
    """A bug of ours: an event raised in our own code."""
    LATE_ANSWER = "late_answer"
    """An answer that came when nobody waited for it any more."""
    CAPTURE_FAILED = "capture_failed"
    """The capture file could not be written: capturing has stopped."""
    HELD_OVERFLOW = "held_overflow"
    """More events came during a resync than are kept back: it is taken again."""


@dataclass(slots=True)
class ActionTimes:
    """How long the answers to one kind of action took, in seconds."""

    count: int = 0
    total: float = 0.0
    longest: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one answer."""
        self.count += 1
        self.total += seconds
        self.longest = max(self.longest, seconds)


@dataclass(slots=True)
class LinkCounters:
    """All counters of one link; they only grow."""

    bytes_received: int = 0
    messages: int = 0
    """Events and responses that were built (events nobody wants are skipped before)."""
    events: int = 0
    """Typed channel events handed on."""
    connections: int = 0
    """Successful logins."""
    failures: int = 0
    """Connections that could not be made, were refused, or were lost."""
    resyncs: int = 0
    anomalies: Counter[LinkAnomaly] = field(default_factory=Counter)
    actions: dict[str, ActionTimes] = field(default_factory=dict)

    def action_done(self, action: str, seconds: float) -> None:
        """Count an action that ended, however it ended."""
        self.actions.setdefault(action, ActionTimes()).add(seconds)
