"""Whether the database answers, asked from time to time: at rest nothing else would notice that it is gone."""

import asyncio

import structlog

from telephony.daemon.health import Part
from telephony.postgres.outages import is_outage
from telephony.postgres.pool import Pool

_log = structlog.get_logger(__name__)

_EVERY, _PATIENCE = 10.0, 5.0


class Pulse:
    """Asks the database for a sign of life.

    Args:
        pool: through which everybody works: one that gives no connection any more is as good as no database.
        every_seconds: between two questions.
    """

    def __init__(self, pool: Pool, every_seconds: float = _EVERY) -> None:
        self._pool = pool
        self._every = every_seconds
        self._away = ""

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            try:
                async with asyncio.timeout(_PATIENCE):
                    await self._pool.fetchval("SELECT 1")
                self._noted("")
            except Exception as error:
                if not is_outage(error):
                    raise
                self._noted(str(error) or type(error).__name__)
            await asyncio.sleep(self._every)

    def part(self) -> Part:
        """Tell how it is."""
        return Part("database", healthy=not self._away, said=self._away)

    def _noted(self, away: str) -> None:
        if bool(away) != bool(self._away):
            if away:
                _log.error("database.away", reason=away)
            else:
                _log.info("database.back")
        self._away = away
