"""The audit of each night, made and started."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry

from telephony.audit.inspection import inspect
from telephony.audit.model import AuditReport, PlugIn, Span
from telephony.audit.nightly import NightlyAudit
from telephony.daemon.health import Health
from telephony.daemon.supervisor import Supervisor
from telephony.ports import Clock
from telephony.postgres.pool import Pool
from telephony.settings import TelephonySettings


def start(
    supervisor: Supervisor,
    health: Health,
    registry: CollectorRegistry,
    pool: Pool,
    settings: TelephonySettings,
    plug_ins: Sequence[PlugIn],
    clock: Clock,
) -> None:
    """Start it. ``clock`` is the true time: what is compared was written down by clocks that nobody moves."""

    async def look(span: Span) -> AuditReport:
        return await inspect(pool, settings, span, plug_ins=plug_ins)

    audit = NightlyAudit(look, settings.audit.at, ZoneInfo(settings.hours.timezone), clock, registry)
    health.watch(audit.part)
    supervisor.spawn("nightly audit", audit.run())
