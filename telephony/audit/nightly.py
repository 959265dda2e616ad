"""The audit that the daemon does each night, while few call. What it finds is logged, counted and shown.

One day is looked at, up to a few minutes ago. A finding is a fact of the past: it does not make the daemon unhealthy,
and restarting it would cure nothing. So the health part says how many there are, and an alarm is set on the metric.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from prometheus_client import CollectorRegistry, Gauge

from telephony.audit.model import AuditReport, Gap, Span, Subject
from telephony.audit.report import summary
from telephony.daemon.health import HealthCheck
from telephony.ports import Clock
from telephony.postgres.patience import Patience

_log = structlog.get_logger(__name__)

_DAY: Final = timedelta(days=1)
_SETTLED: Final = timedelta(minutes=5)
"""What began later may still be on its way."""
_MOST_LOGGED: Final = 50
_LONGEST_SLEEP_SECONDS: Final = 3600.0
"""The clock may be set meanwhile: it is looked at again at least so often."""

Inspect = Callable[[Span], Awaitable[AuditReport]]


def next_run(now: datetime, at: time, zone: ZoneInfo) -> datetime:
    """Return when the next audit is due: the next ``at`` of the operator's day."""
    local = now.astimezone(zone)
    due = datetime.combine(local.date(), at, zone)
    return due if due > local else datetime.combine(local.date() + _DAY, at, zone)


class NightlyAudit:
    """Audits the day that was.

    Args:
        inspect: does it.
        at: when, in ``zone``.
        zone: the operator's.
        clock: now.
        registry: where the counts go.
    """

    def __init__(self, inspect: Inspect, at: time, zone: ZoneInfo, clock: Clock, registry: CollectorRegistry) -> None:
        self._inspect = inspect
        self._at = at
        self._zone = zone
        self._clock = clock
        self._last: AuditReport | None = None
        self._due: datetime | None = None
        self._patience = Patience("nightly audit")
        self._findings = Gauge(
            "ringback_audit_findings", "What the last audit found.", ("gap", "about"), registry=registry
        )
        self._checked = Gauge("ringback_audit_checked", "How much it looked at.", ("about",), registry=registry)
        self._time = Gauge("ringback_audit_timestamp_seconds", "When it ended.", registry=registry)

    async def run(self) -> None:
        """Audit each night until cancelled."""
        await self._patience.forever(self._turn)

    async def look(self) -> AuditReport:
        """Audit the last day now."""
        now = self._clock()
        report = await self._inspect(Span(now - _DAY - _SETTLED, now - _SETTLED, now))
        self._count(report)
        self._tell(report)
        self._last = report
        return report

    def part(self) -> HealthCheck:
        """Return what the last one came to."""
        if self._last is None:
            return HealthCheck("audit", healthy=True, said=f"the first one comes at {self._at:%H:%M}")
        until = self._last.span.until.astimezone(self._zone)
        more = ", see `ringback audit`" if self._last.wrong else ""
        return HealthCheck("audit", healthy=True, said=f"{until:%Y-%m-%d}: {summary(self._last)}{more}")

    async def _turn(self) -> None:
        """Wait for the hour and audit; one that an outage broke off is done as soon as that is over."""
        self._due = self._due or next_run(self._clock(), self._at, self._zone)
        await self._sleep_until(self._due)
        await self.look()
        self._due = None

    async def _sleep_until(self, due: datetime) -> None:
        left = (due - self._clock()).total_seconds()
        while left > 0:
            await asyncio.sleep(min(left, _LONGEST_SLEEP_SECONDS))
            left = (due - self._clock()).total_seconds()

    def _count(self, report: AuditReport) -> None:
        for subject in Subject:
            part = report.parts.get(subject)
            self._checked.labels(subject).set(part.checked if part else 0)
            for gap in Gap:
                found = sum(one.gap is gap for one in part.findings) if part else 0
                self._findings.labels(gap, subject).set(found)
        self._time.set(self._clock().timestamp())

    def _tell(self, report: AuditReport) -> None:
        wrong = report.findings[: report.wrong]
        for finding in wrong[:_MOST_LOGGED]:
            _log.warning("audit.finding", gap=finding.gap, about=finding.about, ids=finding.ids, why=finding.why)
        _log.info("audit.done", said=summary(report), not_logged=max(0, len(wrong) - _MOST_LOGGED))
