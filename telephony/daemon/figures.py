"""The figures on /metrics that belong to no single room: calls by outcome, talk and wait, the links and the ledger.

Labels are few and fixed (direction, disposition, reason, PBX), never a number or a name. What others count anyway is
read when Prometheus asks, not copied as it happens.
"""

from collections.abc import Callable, Iterable, Iterator
from time import monotonic
from typing import Protocol, assert_never

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from telephony.ami.link import AmiLink
from telephony.calls.pump_figures import PumpFigures
from telephony.events import (
    CallAnswered,
    CallEnded,
    CallEvent,
    CallMerged,
    CallRecorded,
    CallRinging,
    CallStarted,
    CallTransferred,
    NumberKeyed,
)
from telephony.model import Call, CallId, Direction
from telephony.postgres.patience import Board

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
            case CallRinging() | CallAnswered() | CallTransferred() | CallRecorded() | NumberKeyed():
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


class LoopFigures(Collector):
    """How often each loop had to wait for the database, and for how long it does now."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def collect(self) -> Iterable[Metric]:
        """Read the board; called by prometheus-client."""
        met = CounterMetricFamily("ringback_loop_outages", "Outages that a loop waited out.", labels=["loop"])
        waits = GaugeMetricFamily(
            "ringback_loop_waiting_seconds", "How long a loop has waited for the database.", labels=["loop"]
        )
        waiting = self._board.waiting()
        for name, outages in self._board.outages.items():
            met.add_metric([name], outages)
            waits.add_metric([name], monotonic() - waiting[name].since if name in waiting else 0.0)
        yield from (met, waits)


class _Heard(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def link(self) -> AmiLink: ...


class WorkFigures(Collector):
    """What links and ledger have counted."""

    def __init__(self, ledger: Callable[[], PumpFigures], sessions: Callable[[], Iterable[_Heard]]) -> None:
        self._ledger = ledger
        self._sessions = sessions

    def collect(self) -> Iterable[Metric]:
        """Read all counts; called by prometheus-client."""
        yield from self._of_ledger()
        yield from self._of_links()

    def _of_ledger(self) -> Iterator[Metric]:
        counts = self._ledger()
        yield CounterMetricFamily("ringback_ledger_events", "Call events committed.", value=counts.written)
        yield CounterMetricFamily("ringback_ledger_dead", "Call events that could not be written.", value=counts.dead)
        yield CounterMetricFamily("ringback_ledger_shed", "Call events forgotten in an outage.", value=counts.shed)
        yield GaugeMetricFamily("ringback_ledger_waiting", "Call events not committed yet.", value=counts.waiting)
        yield GaugeMetricFamily("ringback_ledger_spooled", "Of these, call events on disk.", value=counts.on_disk)
        spooled = counts.spooled
        yield CounterMetricFamily("ringback_spool_events", "Call events that went by disk.", value=spooled.events)
        yield CounterMetricFamily("ringback_spool_writes", "Writes to the spool, each an fsync.", value=spooled.writes)
        yield CounterMetricFamily("ringback_spool_write_seconds", "How long they took.", value=spooled.seconds)
        broken = float(bool(counts.spool_trouble))
        yield GaugeMetricFamily("ringback_spool_broken", "1 while nothing can be written to the spool.", value=broken)
        away = float(counts.outage_since is not None)
        yield GaugeMetricFamily("ringback_ledger_database_away", "1 while the database is away.", value=away)

    def _of_links(self) -> Iterator[Metric]:
        synced = GaugeMetricFamily("ringback_ami_synced", "1 while logged in and in step.", labels=["pbx"])
        events = CounterMetricFamily("ringback_ami_events", "Channel events heard.", labels=["pbx"])
        octets = CounterMetricFamily("ringback_ami_received_bytes", "Bytes heard.", labels=["pbx"])
        logins = CounterMetricFamily("ringback_ami_logins", "Successful logins.", labels=["pbx"])
        failures = CounterMetricFamily("ringback_ami_failures", "Connections refused or lost.", labels=["pbx"])
        ahead = GaugeMetricFamily("ringback_pbx_clock_ahead_seconds", "The PBX's clock less ours.", labels=["pbx"])
        odd = CounterMetricFamily("ringback_ami_anomalies", "What should not happen.", labels=["pbx", "kind"])
        for session in self._sessions():
            name, counts = [session.name], session.link.counters
            synced.add_metric(name, float(session.link.synced.is_set()))
            events.add_metric(name, counts.events)
            octets.add_metric(name, counts.bytes_received)
            logins.add_metric(name, counts.connections)
            failures.add_metric(name, counts.failures)
            if (offset := session.link.clock_offset.ahead) is not None:
                ahead.add_metric(name, offset.total_seconds())
            for kind, count in counts.anomalies.items():
                odd.add_metric([*name, kind.value], count)
        yield from (synced, events, octets, logins, failures, ahead, odd)
