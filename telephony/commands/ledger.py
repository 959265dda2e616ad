"""The database, for a command that needs it for a moment."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg

from telephony.postgres.embedded import DATABASE, USER, EmbeddedServer
from telephony.postgres.migrations import TELEPHONY, MigrationSource, migrate
from telephony.postgres.pool import Pool, open_pool
from telephony.settings import DatabaseSettings

_PATIENCE = 5.0


@asynccontextmanager
async def opened(settings: DatabaseSettings, sources: Sequence[MigrationSource] = (TELEPHONY,)) -> AsyncIterator[Pool]:
    """Yield a small pool on the migrated database.

    Raises:
        DatabaseUnavailable: it is not there within a few seconds.
        SettingsError: it is not as the settings say.
    """
    dsn = settings.dsn.get_secret_value() or await of_running_daemon(settings)
    if dsn:
        async with _pool(dsn, sources) as pool:
            yield pool
        return
    server = EmbeddedServer(settings.folder, run_as=settings.run_as, patience_seconds=_PATIENCE)
    await server.start()
    try:
        async with _pool(server.dsn, sources) as pool:
            yield pool
    finally:
        await server.stop()


async def of_running_daemon(settings: DatabaseSettings) -> str:
    """Return the DSN of the embedded server if one runs in the settings' folder, else empty."""
    dsn = f"postgresql://{USER}@/{DATABASE}?host={settings.folder.absolute() / 'run'}&port=5432"
    try:
        connection = await asyncpg.connect(dsn, timeout=2)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return ""
    await connection.close()
    return dsn


@asynccontextmanager
async def _pool(dsn: str, sources: Sequence[MigrationSource]) -> AsyncIterator[Pool]:
    pool = await open_pool(dsn, size=2, patience_seconds=_PATIENCE)
    try:
        await migrate(dsn, sources)
        yield pool
    finally:
        await pool.close()
