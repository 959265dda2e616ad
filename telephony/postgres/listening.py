"""Being woken by NOTIFY: the one way to listen, on a connection of its own that is known to live.

A hint may be lost, and a connection may be cut without a word from either side: who listens looks by itself from time
to time, and asks the connection now and then whether it is still there.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final

import asyncpg

from telephony.errors import DatabaseUnavailable
from telephony.ports import Transaction
from telephony.postgres.pool import Pool

_ASK_SECONDS: Final = 30.0
_PATIENCE_SECONDS: Final = 10.0


class ListeningConnection:
    """An open ear."""

    def __init__(self, connection: Transaction) -> None:
        self.connection = connection
        """The listening connection; what it holds (a lock) is held for as long as somebody listens."""
        self.gone = asyncio.Event()
        """Set when the connection is closed."""
        self._asked = monotonic()

    async def check(self) -> None:
        """Look whether the connection is still there; call it from time to time.

        Raises:
            DatabaseUnavailable: it is not.
        """
        if monotonic() - self._asked > _ASK_SECONDS and not self.gone.is_set():
            await self.connection.fetchval("SELECT 1", timeout=_PATIENCE_SECONDS)
            self._asked = monotonic()
        if self.gone.is_set():
            raise DatabaseUnavailable("the listening connection was closed")

    async def until_gone(self) -> None:
        """Wait until the connection is not there any more; ends by raising `DatabaseUnavailable` or an outage."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_ASK_SECONDS):
                    await self.gone.wait()
            await self.check()


@asynccontextmanager
async def listening(
    pool: Pool, channel: str, heard: Callable[[str], object], *, gone: Callable[[], object] = lambda: None
) -> AsyncIterator[ListeningConnection]:
    """Listen to ``channel`` for as long as the block runs.

    Args:
        pool: gives the connection.
        channel: NOTIFY's.
        heard: called with each payload; must not raise.
        gone: called when the connection is closed.
    """
    async with pool.acquire() as connection:
        line = ListeningConnection(connection)

        def told(_connection: object, _pid: int, _channel: str, payload: object) -> None:
            heard(str(payload))

        def ended(_connection: object) -> None:
            line.gone.set()
            gone()

        connection.add_termination_listener(ended)
        try:
            await connection.add_listener(channel, told)
            yield line
        finally:
            # The pool must not get it back with our listeners, and a frozen server would not let us take them away.
            with contextlib.suppress(asyncpg.InterfaceError):
                connection.terminate()
