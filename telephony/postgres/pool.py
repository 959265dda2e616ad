"""The connections: wait for a server that is down, and say so."""

import asyncio
import json
import random
from collections.abc import Callable
from typing import TYPE_CHECKING

import asyncpg
import structlog

from telephony.errors import DatabaseUnavailable, SettingsError, reason
from telephony.postgres.outages import is_outage
from telephony.postgres.values import json_out, text_out

_log = structlog.get_logger(__name__)

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]
else:
    Pool = asyncpg.Pool  # at run time it takes no parameter

_STATEMENT_SECONDS = 60.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
_CURES = (
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.ClientConfigurationError,
)


def _nobody(_: str) -> None:
    """For who does not want to know."""


async def open_pool(
    dsn: str,
    *,
    size: int = 10,
    patience_seconds: float | None = None,
    waits: Callable[[str], None] = _nobody,
) -> Pool:
    """Connect, however long it takes.

    Args:
        dsn: a PostgreSQL DSN.
        size: the most connections at a time.
        patience_seconds: give up after so long; None waits for ever.
        waits: hears each time why we still wait.

    Raises:
        SettingsError: the server is there and says that the DSN is wrong (password, user, database).
        DatabaseUnavailable: patience is over.
    """
    started = asyncio.get_running_loop().time()
    pause = _FIRST_PAUSE
    while True:
        try:
            return await _pool(dsn, size)
        except _CURES as error:
            raise SettingsError(f"database.dsn: {error}") from error
        except Exception as error:
            waited = asyncio.get_running_loop().time() - started
            if not is_outage(error):
                raise
            if patience_seconds is not None and waited >= patience_seconds:
                raise DatabaseUnavailable(f"PostgreSQL cannot be reached: {error}") from error
            waits(reason(error))
            _log.warning("postgres.waiting", reason=reason(error), waited=round(waited, 1))
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 - spreads daemons, guards nothing
            pause = min(pause * 2, _LONGEST_PAUSE)


async def _pool(dsn: str, size: int) -> Pool:
    # None are kept for nothing: asyncpg tells its log of each that it cannot make anew while the server is away.
    pool = await asyncpg.create_pool(
        dsn, min_size=0, max_size=size, timeout=5, command_timeout=_STATEMENT_SECONDS, init=_prepare
    )
    try:
        await pool.fetchval("SELECT 1", timeout=5)
    except BaseException:
        pool.terminate()
        raise
    return pool


async def _prepare(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Let jsonb columns give and take plain Python values, and have every text written as PostgreSQL can take it."""
    await connection.set_type_codec("jsonb", encoder=json_out, decoder=json.loads, schema="pg_catalog")
    await connection.set_type_codec("text", encoder=text_out, decoder=str, schema="pg_catalog")
