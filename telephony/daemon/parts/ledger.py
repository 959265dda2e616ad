"""How the ledger is. It is never stuck: what holds it up is the database, which no restart of ours would mend."""

from telephony.calls.pump_figures import PumpFigures
from telephony.daemon.health import HealthCheck


def ledger_part(figures: PumpFigures) -> HealthCheck:
    """Return it of these figures."""
    away = figures.outage_since is not None
    waiting = f"{figures.waiting} events wait, {figures.on_disk} of them on disk"
    summary = f"the database is away: {waiting}" if away else f"{figures.written} events written"
    if figures.on_disk and not away:
        summary = f"{summary}; {waiting}"
    if figures.spool_trouble:
        summary = f"{summary}; the spool cannot be written: {figures.spool_trouble}"
    return HealthCheck("ledger", healthy=not away and not figures.spool_trouble, said=summary)
