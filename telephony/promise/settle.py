"""What became of a promise, written in the transaction that decided it."""

from datetime import timedelta

import structlog
from prometheus_client import CollectorRegistry, Counter

from telephony.events import CallbackChanged
from telephony.ports import Transaction
from telephony.promise.rows import SQL

_log = structlog.get_logger(__name__)


class PromiseKeeper:
    """A `telephony.ports.CallbackHook`. ``slot``: how long after its time a promise still counts as kept."""

    def __init__(self, slot: timedelta, registry: CollectorRegistry) -> None:
        self._slot = slot
        self._settled = Counter(
            "ringback_promises", "Promised times, by what became of them.", ("verdict",), registry=registry
        )

    async def __call__(self, transaction: Transaction, change: CallbackChanged) -> None:
        """Settle the request's promise, if it has one that can be settled now."""
        verdict = await transaction.fetchval(
            SQL.settle, change.request_id, change.at, change.closed_at, change.state, change.reason, self._slot
        )
        if verdict is None:
            return
        self._settled.labels(verdict).inc()
        if verdict in {"late", "broken"}:
            _log.warning("promise.not_kept", request=change.request_id, verdict=verdict, why=change.reason)
