"""The figures of callbacks on /metrics. Labels are few and fixed: outcomes, reasons, states; never numbers or names."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

from telephony.callback.facts.store import frozen
from telephony.callback.policy.figures import Figures
from telephony.callback.policy.model import Outcome, RequestId
from telephony.events import CallbackChanged
from telephony.ports import Transaction

_SECONDS: Final = (1, 2, 5, 10, 30, 60, 120, 180, 240, 300, 600, 1800, 3600, 14400, 86400)


class CallbackFigures:
    """Counts changes as a `telephony.ports.CallbackHook`; what is told of a request is told when it is closed.

    It counts inside the change's transaction: in the rare case that this is rolled back and done again, it counts
    twice.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._verbs = Counter("ringback_callback_changes", "What happened to requests.", ("verb",), registry=registry)
        self._closed = Counter("ringback_callback_closed", "Requests closed.", ("state", "reason"), registry=registry)
        self._outcomes = Counter("ringback_callback_attempts", "Phones rung.", ("outcome",), registry=registry)
        self._targets = Counter(
            "ringback_callback_targets", "Closed requests by their target.", ("target", "why_not"), registry=registry
        )
        self._first_ring = self._histogram(registry, "first_ring", "a manager's phone rang")
        self._acceptance = self._histogram(registry, "acceptance", "a manager accepted")
        self._talk = self._histogram(registry, "talk", "manager and customer talked")

    async def __call__(self, transaction: Transaction, change: CallbackChanged) -> None:
        """Count one change."""
        self._verbs.labels(change.verb).inc()
        if change.closed_at is None:
            return
        self._closed.labels(change.state, change.reason).inc()
        figures = await frozen(transaction, RequestId(change.request_id))
        if figures is not None:
            self._count(figures)

    def outcome(self, outcome: Outcome) -> None:
        """Count what came of one phone."""
        self._outcomes.labels(outcome).inc()

    def _count(self, figures: Figures) -> None:
        self._targets.labels(figures.target, figures.why_not).inc()
        for histogram, seconds in (
            (self._first_ring, figures.to_first_ring),
            (self._acceptance, figures.to_acceptance),
            (self._talk, figures.to_talk),
        ):
            if seconds is not None:
                histogram.observe(seconds)

    def _histogram(self, registry: CollectorRegistry, name: str, what: str) -> Histogram:
        return Histogram(
            f"ringback_callback_{name}_seconds",
            f"Working seconds from the caller's hang-up until {what}.",
            buckets=_SECONDS,
            registry=registry,
        )
