"""The database: started or found, its schema brought up to date, watched; and away as long as it must be.

Nothing else of the daemon waits for it. `begin` looks once, for two seconds: where the database is there, everything is
as if it always were, and what is wrong with the settings or the schema ends the start. Else the daemon starts without,
and `run` opens the door when the database comes. When it stands still the door is shut, and opened when it moves again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from telephony.daemon.health import HealthCheck
from telephony.daemon.parts.db_health import DatabaseHealth
from telephony.daemon.supervisor import Supervisor
from telephony.errors import SettingsError, reason
from telephony.postgres.door import PoolProxy
from telephony.postgres.embedded import EmbeddedServer
from telephony.postgres.migrations import MigrationFailed, MigrationRefused, MigrationSource, migrate
from telephony.postgres.outages import is_outage
from telephony.postgres.patience import Patience
from telephony.postgres.pool import Pool, open_pool
from telephony.settings import DatabaseSettings

_log = structlog.get_logger(__name__)

_FIRST_LOOK: Final = 2.0
_REFUSED_PAUSE: Final = 10.0

Ready = Callable[[Pool], Awaitable[object]]
"""Runs each time the database has come, before anybody else is let through; may run twice."""


class DatabasePart:
    """See the module. ``door`` is what everybody works through."""

    def __init__(self, settings: DatabaseSettings, health: DatabaseHealth | None = None) -> None:
        self._settings = settings
        self._sources: Sequence[MigrationSource] = ()
        self._ready: list[Ready] = []
        self._health = health or DatabaseHealth()
        self._server: EmbeddedServer | None = None
        self._supervisor: Supervisor | None = None
        self.lent = False
        """The embedded server is still another daemon's, whom we succeed."""
        self._runs = False
        self.door = PoolProxy()
        self.dsn = settings.dsn.get_secret_value()
        """Empty until the embedded server's is known."""

    def on_ready(self, ready: Ready) -> None:
        """Have this done when the database has come."""
        self._ready.append(ready)

    def part(self) -> HealthCheck:
        """Return how it is."""
        return self._health.part()

    async def begin(self, supervisor: Supervisor, sources: Sequence[MigrationSource]) -> None:
        """Look for it, and go on looking for as long as it is away; ``sources`` are its schema.

        Raises:
            SettingsError, MigrationRefused, MigrationFailed: it is there, and does not take us.
        """
        self._supervisor, self._sources = supervisor, sources
        if not self.dsn:
            self._server = server = EmbeddedServer(self._settings.folder, run_as=self._settings.run_as)
            supervisor.on_stop("embedded postgres", lambda: server.stop(within_seconds=0.8), limit_seconds=2.5)
            if self.lent:
                self._runs, self.dsn = True, server.dsn
                supervisor.spawn("embedded postgres watch", self._take_over(server))
        supervisor.on_stop("database pool", self.door.close, limit_seconds=0.5)
        opening = asyncio.create_task(self._open(), name="first look at the database")
        try:
            await asyncio.wait({opening}, timeout=_FIRST_LOOK)
        except asyncio.CancelledError:
            opening.cancel()
            await asyncio.wait({opening})
            raise
        if opening.done() and not _went_away(opening):
            opening.result()
        else:
            # It may just be slow to start: a warning, and no error, until somebody says that it is away.
            self._health.away = self._health.away or "it is being started or looked for"
            _log.warning("database.started_without", reason=self._health.away)
        supervisor.spawn("database", self.run(opening))

    async def run(self, opening: Awaitable[None]) -> None:
        """Open the door as often as it was shut, until cancelled."""
        patience = Patience("database")
        while True:
            try:
                await opening
            except (
                SettingsError,
                MigrationRefused,
                MigrationFailed,
            ) as error:  # at the start it would have ended us; now calls are being kept
                self._health.noted(reason(error))
                _log.error("database.refuses", reason=reason(error), again_in=_REFUSED_PAUSE)
                await asyncio.sleep(_REFUSED_PAUSE)
            except Exception as error:  # noqa: BLE001 - it is raised again if it is ours
                self._health.noted(reason(error))
                await patience.met(error)
            else:
                patience.well()
                self.door.shut(await self._health.run(self.dsn))
            opening = self._open()

    async def _open(self) -> None:
        if self._server is not None and not self._runs:
            await self._start(self._server)
        pool = await open_pool(self.dsn, size=self._settings.pool_size, waits=self._health.noted)
        try:
            await migrate(self.dsn, self._sources)
            for ready in self._ready:
                await ready(pool)
        except BaseException:
            pool.terminate()
            raise
        self.door.open(pool)
        self._health.noted("")

    async def _take_over(self, server: EmbeddedServer) -> None:
        """Work on the server of who was here before us until that one ends, then start our own in the same place."""
        patience = Patience("embedded postgres")
        while True:
            try:
                await server.start()
            except Exception as error:  # noqa: BLE001 - it is raised again if it is ours
                await patience.met(error)
            else:
                break
        self.dsn = server.dsn
        await server.keep_running()

    async def _start(self, server: EmbeddedServer) -> None:
        await server.start()
        self._runs = True
        self.dsn = server.dsn
        if self._supervisor is not None:
            self._supervisor.spawn("embedded postgres watch", server.keep_running())


def _went_away(opening: asyncio.Task[None]) -> bool:
    """Return whether the database was there, and away before all was ready: that is waited for, as later."""
    error = opening.exception()
    return error is not None and is_outage(error)
