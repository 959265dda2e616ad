"""Whether the database answers, asked every two seconds: at rest nothing else would notice that it is gone.

It has a connection of its own, so that neither a busy pool nor what waits there hides the answer; one that says nothing
within two seconds is cut off, and that is away. So a server that stands still, or a cable that was cut, shows on
/healthz within five seconds.
"""

import asyncio

import asyncpg
import structlog

from telephony.daemon.health import HealthCheck

_log = structlog.get_logger(__name__)

_EVERY, _PATIENCE = 2.0, 2.0


class DatabaseHealth:
    """Asks the database for a sign of life.

    Args:
        dsn: the database.
        every_seconds: between two questions.
        patience_seconds: for an answer.
    """

    def __init__(self, dsn: str, every_seconds: float = _EVERY, patience_seconds: float = _PATIENCE) -> None:
        self._dsn = dsn
        self._every = every_seconds
        self._patience = patience_seconds
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._away = ""

    async def run(self) -> None:
        """Ask until cancelled."""
        try:
            while True:
                await self._ask()
                await asyncio.sleep(self._every)
        finally:
            self._cut_off()

    def part(self) -> HealthCheck:
        """Tell how it is."""
        return HealthCheck("database", healthy=not self._away, said=self._away)

    async def _ask(self) -> None:
        try:
            if self._connection is None or self._connection.is_closed():
                self._connection = await asyncpg.connect(self._dsn, timeout=self._patience)
            limit = asyncio.get_running_loop().call_later(self._patience, self._cut_off)
            try:
                await self._connection.fetchval("SELECT 1")
            finally:
                limit.cancel()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            self._cut_off()
            self._noted(str(error) or type(error).__name__)
        else:
            self._noted("")

    def _cut_off(self) -> None:
        """Part with the connection; what waits on it hears that it is closed."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    def _noted(self, away: str) -> None:
        if bool(away) != bool(self._away):
            if away:
                _log.error("database.away", reason=away)
            else:
                _log.info("database.back")
        self._away = away
