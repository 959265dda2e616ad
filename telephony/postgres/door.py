"""A pool that may not be there: what everybody works through, from before the database's first answer to the end.

While it is shut every use fails at once with `DatabaseUnavailable`, so nobody waits on a database that is known to be
away; loops wait (`telephony.postgres.patience`), callers are spoken to, the API answers 503. It is opened when the
schema is up to date, and shut again when the server stands still: then what waits on its connections hears of it, too.
"""

import asyncio
from collections.abc import Generator
from typing import Any, Final, NoReturn, cast

from telephony.errors import DatabaseUnavailable
from telephony.postgres.pool import Pool

_CLOSE_SECONDS: Final = 0.4


class PoolProxy:
    """Passes on what is asked of a pool; it stands for one (`telephony.postgres.pool.Pool`)."""

    def __init__(self) -> None:
        self._pool: Pool | None = None
        self._why = "it was not reached yet"
        self.opened = asyncio.Event()
        """Set while it is open."""

    def open(self, pool: Pool) -> None:
        """Let everybody through to ``pool``."""
        self._pool = pool
        self.opened.set()

    def shut(self, why: str) -> None:
        """Let nobody through; what is under way fails as an outage."""
        self._why = why
        self.opened.clear()
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.terminate()

    async def close(self) -> None:
        """Give all connections back, at the end."""
        self.opened.clear()
        pool, self._pool = self._pool, None
        if pool is not None:
            try:
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await pool.close()
            except TimeoutError:
                pool.terminate()

    @property
    def pool(self) -> Pool:
        """This door as the pool that it stands for: it has all of a pool that this code asks for."""
        return cast("Pool", self)

    # --- a pool's -----------------------------------------------------------------------------------------------------

    def acquire(self, *, timeout: float | None = None) -> Any:  # noqa: ANN401 - asyncpg's own signature
        """Return a connection: to be awaited, or as an async context manager."""
        return _Refusal(self._why) if self._pool is None else self._pool.acquire(timeout=timeout)

    async def fetch(self, query: str, *values: object, timeout: float | None = None) -> Any:  # noqa: ANN401, ASYNC109
        """Give rows."""
        return await self._there().fetch(query, *values, timeout=timeout)

    async def fetchrow(self, query: str, *values: object, timeout: float | None = None) -> Any:  # noqa: ANN401, ASYNC109
        """Return the first row."""
        return await self._there().fetchrow(query, *values, timeout=timeout)

    async def fetchval(self, query: str, *values: object, timeout: float | None = None) -> Any:  # noqa: ANN401, ASYNC109
        """Return the first row's first column."""
        return await self._there().fetchval(query, *values, timeout=timeout)

    async def execute(self, query: str, *values: object, timeout: float | None = None) -> str:  # noqa: ASYNC109
        """Do it."""
        done: str = await self._there().execute(query, *values, timeout=timeout)
        return done

    def _there(self) -> Pool:
        if self._pool is None:
            raise DatabaseUnavailable(f"PostgreSQL is away: {self._why}")
        return self._pool


class _Refusal:
    """In place of a connection."""

    def __init__(self, why: str) -> None:
        self._why = why

    def _refuse(self) -> NoReturn:
        raise DatabaseUnavailable(f"PostgreSQL is away: {self._why}")

    def __await__(self) -> Generator[None, None, Any]:
        self._refuse()
        yield

    async def __aenter__(self) -> Any:  # noqa: ANN401 - asyncpg's
        self._refuse()

    async def __aexit__(self, *_: object) -> None:
        pass
