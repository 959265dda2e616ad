"""A PostgreSQL that a test may kill and freeze, and a hook that notes what it was told."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from telephony.events import CallEvent
from telephony.ports import Transaction
from telephony.postgres.embedded import EmbeddedServer
from telephony.postgres.migrations import migrate
from telephony.postgres.pool import Pool, open_pool
from tests.folders import server_folder


async def noting(connection: Transaction, event: CallEvent) -> None:
    await connection.execute("INSERT INTO notebook VALUES ($1)", f"{event.call.call_id} {type(event).__name__}")


async def noted(pool: Pool) -> list[str]:
    return [row["line"] for row in await pool.fetch("SELECT line FROM notebook ORDER BY place")]


@dataclass
class Own:
    """A server that a test may kill, kept running, with a migrated database."""

    server: EmbeddedServer
    pool: Pool
    keeper: asyncio.Task[None]


@contextmanager
def frozen(server: EmbeddedServer) -> Iterator[None]:
    """SIGSTOP all of it: connections stand, new ones are taken by the kernel, nobody ever answers."""
    os.kill(server.pid, signal.SIGSTOP)  # first: nobody is born after that
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text()
    everybody = [server.pid, *map(int, children.split())]
    try:
        _signal(everybody, signal.SIGSTOP)
        yield
    finally:
        _signal(everybody, signal.SIGCONT)


def _signal(everybody: list[int], number: signal.Signals) -> None:
    for pid in everybody:
        with suppress(ProcessLookupError):  # a worker that was about to end
            os.kill(pid, number)


@asynccontextmanager
async def own_server() -> AsyncIterator[Own]:
    folder = server_folder("rb-test-")
    server = EmbeddedServer(folder / "pg", options={"shared_buffers": "16MB"})
    await server.start()
    await migrate(server.dsn)
    pool = await open_pool(server.dsn, size=3)
    await pool.execute("CREATE TABLE notebook (line text, place bigserial)")
    keeper = asyncio.create_task(server.keep_running(), name="keeper")
    yield Own(server, pool, keeper)
    keeper.cancel()
    await asyncio.wait([keeper])
    pool.terminate()
    await server.stop()
    shutil.rmtree(folder)
