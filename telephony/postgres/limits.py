"""A connection for so long and no longer: how work notices a database that says nothing any more.

asyncpg's own time-outs ask the server to cancel and then wait for its answer, so behind a frozen server or a cut cable
they wait, too. Here the connection is cut off, and whatever waits on it hears at once that it is closed.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from telephony.errors import DatabaseUnavailable
from telephony.ports import Transaction
from telephony.postgres.pool import Pool


@asynccontextmanager
async def acquired(pool: Pool, seconds: float) -> AsyncIterator[Transaction]:
    """Yield a connection of the pool's; after ``seconds`` it is cut off, and what is under way fails as an outage.

    Raises:
        TimeoutError: the pool has none within ``seconds``.
        DatabaseUnavailable: it was cut off; asyncpg's own words of that tell nobody why.
    """
    async with pool.acquire(timeout=seconds) as connection:
        loop = asyncio.get_running_loop()
        limit = loop.call_later(seconds, connection.terminate)
        try:
            yield connection
        except Exception as error:
            if loop.time() >= limit.when():
                raise DatabaseUnavailable(f"not done within {seconds:.1f} s, and cut off") from error
            raise
        finally:
            limit.cancel()
