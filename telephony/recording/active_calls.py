"""The calls in progress, as the recorder sees them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from telephony.model import Call, CallId, RecordingSegment
from telephony.recording.plan.policy import Wish
from telephony.recording.plan.rows import OrderKind


@dataclass(slots=True)
class ActiveCall:
    """A call in progress, what records it, and what was ordered."""

    call: Call
    segments: list[RecordingSegment] = field(default_factory=list)
    """Those that were started and not stopped; one whose channel is gone may still be here."""
    ids: dict[str, str] = field(default_factory=dict)
    """The PBX's ids of tapes of ours, by their paths."""
    paused: bool = False
    ordered: Wish | None = None
    """What a person ordered; it overrides the policy."""
    stopped: set[str] = field(default_factory=set)
    """Paths of tapes that we stopped: their channels go on telling of them."""
    timer: asyncio.TimerHandle | None = None
    """Runs while nothing may be started: the PBX may still do it itself, or has to forget a tape."""
    moved: bool = False
    """A transfer was made while the timer ran."""

    def obey(self, kind: OrderKind) -> None:
        """Take an order."""
        match kind:
            case OrderKind.PAUSE | OrderKind.RESUME:
                self.paused = kind is OrderKind.PAUSE
            case OrderKind.START:
                self.ordered = Wish.RECORD
            case OrderKind.STOP:
                self.ordered = Wish.SKIP

    def add(self, segment: RecordingSegment) -> bool:
        """Take a tape on; False if it was known."""
        if any((each.uniqueid, each.path) == (segment.uniqueid, segment.path) for each in self.segments):
            return False
        self.segments.append(segment)
        return True

    def drop(self, segment: RecordingSegment) -> None:
        """Forget a tape that was stopped or did not start."""
        self.segments = [
            each for each in self.segments if (each.uniqueid, each.path) != (segment.uniqueid, segment.path)
        ]

    def take_in(self, other: "ActiveCall") -> None:
        """Take over what is known of a call that turned out to be this one."""
        for segment in other.segments:
            self.add(segment)
        self.ids |= other.ids
        self.stopped |= other.stopped
        self.paused |= other.paused
        self.ordered = self.ordered or other.ordered

    def cancel_timer(self) -> None:
        """Forget the timer."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class ActiveCalls:
    """All calls in progress, and what is remembered of those that went on when the daemon stopped."""

    def __init__(self) -> None:
        self._calls: dict[CallId, ActiveCall] = {}
        self._old_tapes: dict[CallId, list[RecordingSegment]] = {}
        self._old_orders: dict[CallId, list[OrderKind]] = {}

    def remember(
        self, segments: Mapping[CallId, list[RecordingSegment]], orders: Mapping[CallId, list[OrderKind]]
    ) -> None:
        """Take in what ran and was ordered before this daemon; a call gets it back when it is heard of, or now."""
        self._old_tapes, self._old_orders = dict(segments), dict(orders)
        for call_id, watched in self._calls.items():
            for segment in self._old_tapes.pop(call_id, ()):
                watched.add(segment)
            for kind in self._old_orders.pop(call_id, ()):
                watched.obey(kind)

    def watch(self, call: Call) -> ActiveCall:
        """Return what is known of a call, now as in this picture of it."""
        watched = self._calls.get(call.call_id)
        if watched is None:
            watched = self._calls[call.call_id] = ActiveCall(call)
            for segment in (*self._old_tapes.pop(call.call_id, ()), *call.recordings):
                watched.add(segment)
            for kind in self._old_orders.pop(call.call_id, ()):
                watched.obey(kind)
        watched.call = call
        return watched

    def find(self, call_id: CallId) -> ActiveCall | None:
        """Return what is known of a call, or None if it is not in progress."""
        return self._calls.get(call_id)

    def merge(self, watched: ActiveCall, absorbed: CallId) -> None:
        """Let one call take in another, which is forgotten."""
        if other := self._calls.get(absorbed):
            watched.take_in(other)
        self.forget(absorbed)

    def forget(self, call_id: CallId) -> None:
        """Forget a call and its timer."""
        self._old_tapes.pop(call_id, None)
        self._old_orders.pop(call_id, None)
        if watched := self._calls.pop(call_id, None):
            watched.cancel_timer()

    def cancel_timers(self) -> None:
        """Forget all timers."""
        for watched in self._calls.values():
            watched.cancel_timer()

    def last_timer(self) -> float | None:
        """When, by the event loop's clock, the last of the timers fires; None if none runs."""
        return max((each.timer.when() for each in self._calls.values() if each.timer is not None), default=None)
