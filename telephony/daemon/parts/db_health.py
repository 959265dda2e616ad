"""Whether the database answers, asked every two seconds: at rest nothing else would notice that it is gone.

It has a connection of its own, so that neither a busy pool nor what waits there hides the answer; one that says nothing
within two seconds is cut off, and that is away. So a server that stands still, or a cable that was cut, shows on
/healthz within five seconds.
"""

import asyncio
from typing import Final

import asyncpg
import structlog

from telephony.daemon.health import HealthCheck

_log = structlog.get_logger(__name__)

_EVERY, _PATIENCE = 2.0, 2.0
STANDS_STILL: Final = 2
"""Questions in a row without any answer after which a server stands still; one may be a busy machine."""


class DatabaseHealth:
    """Asks the database for a sign of life.

    Args:
        every_seconds: between two questions.
        patience_seconds: for an answer.
    """

    def __init__(self, every_seconds: float = _EVERY, patience_seconds: float = _PATIENCE) -> None:
        self._every = every_seconds
        self._patience = patience_seconds
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._silent = 0
        self.away = ""
        """Why it is away, or empty."""

    async def run(self, dsn: str) -> str:
        """Ask until it stands still; say how that showed. A server that is gone is asked on: who connects hears so."""
        try:
            while True:
                await self._ask(dsn)
                if self._silent >= STANDS_STILL:
                    return self.away
                await asyncio.sleep(self._every)
        finally:
            self._cut_off()

    def part(self) -> HealthCheck:
        """Return how it is."""
        return HealthCheck("database", healthy=not self.away, said=self.away)

    def noted(self, away: str) -> None:
        """Note why it is away, or that it is not."""
        if bool(away) != bool(self.away):
            if away:
                _log.error("database.away", reason=away)
            else:
                _log.info("database.back")
        self.away = away
        if not away:
            self._silent = 0

    async def _ask(self, dsn: str) -> None:
        limit = None
        try:
            connection = self._connection
            if connection is None or connection.is_closed():
                self._connection = connection = await asyncpg.connect(dsn, timeout=self._patience)
            limit = asyncio.get_running_loop().call_later(self._patience, self._cut_off)
            await connection.fetchval("SELECT 1")
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            was_cut_off = limit is not None and self._connection is None
            is_silent = was_cut_off or isinstance(error, TimeoutError)
            self._silent = self._silent + 1 if is_silent else 0
            self._cut_off()
            self.noted("no answer" if is_silent else str(error) or type(error).__name__)
        else:
            self.noted("")
        finally:
            if limit is not None:
                limit.cancel()

    def _cut_off(self) -> None:
        """Part with the connection; what waits on it hears that it is closed."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
