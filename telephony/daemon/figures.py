"""The figures on /metrics that belong to no single room: calls by outcome, talk and wait, calls in progress.

A `CallListener`; labels are few and fixed (direction, disposition, reason), never a number or a name.
"""

from typing import assert_never

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from telephony.events import (
    CallAnswered,
    CallEnded,
    CallEvent,
    CallMerged,
    CallRecorded,
    CallRinging,
    CallStarted,
    CallTransferred,
)
from telephony.model import Call, CallId, Direction

_WAITS = (1, 2, 5, 10, 20, 30, 60, 120, 300)
_TALKS = (5, 15, 30, 60, 120, 300, 600, 1800)


class CallFigures:
    """Counts calls as they happen."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._open: set[CallId] = set()
        Gauge("ringback_calls_in_progress", "Calls that are up or ringing now.", registry=registry).set_function(
            lambda: len(self._open)
        )
        self._calls = Counter(
            "ringback_calls", "Calls that ended.", ("direction", "disposition", "reason"), registry=registry
        )
        self._wait = Histogram(
            "ringback_wait_seconds", "Inbound calls: until answered or given up.", buckets=_WAITS, registry=registry
        )
        self._talk = Histogram(
            "ringback_talk_seconds", "Answered calls: persons bridged.", buckets=_TALKS, registry=registry
        )

    def __call__(self, event: CallEvent) -> None:
        """Count one event."""
        match event:
            case CallStarted():
                self._open.add(event.call.call_id)
            case CallMerged():
                self._open.discard(event.absorbed)
            case CallEnded():
                self._open.discard(event.call.call_id)
                self._count(event.call)
            case CallRinging() | CallAnswered() | CallTransferred() | CallRecorded():
                pass
            case _:
                assert_never(event)

    @property
    def in_progress(self) -> int:
        """How many calls are up or ringing."""
        return len(self._open)

    def _count(self, call: Call) -> None:
        reason = call.missed_reason or ""
        self._calls.labels(call.direction, call.disposition, reason).inc()
        if call.direction is Direction.INBOUND:
            self._wait.observe(call.wait_seconds)
        if call.answered_at is not None:
            self._talk.observe(call.talk_seconds)
