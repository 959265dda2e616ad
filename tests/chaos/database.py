"""The PostgreSQL of a run: a server beside the daemon, or the daemon's own."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.lab.ports import free_port
from telephony.postgres.embedded import DATABASE, USER, EmbeddedServer
from tests.chaos.door import Door

_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "min_wal_size": "32MB",
    "max_wal_size": "64MB",
    "shared_buffers": "32MB",
    "log_min_messages": "warning",
}


class Database:
    """What faults may do to it."""

    def __init__(self, folder: Path, dsn: str, own: str, door: Door | None) -> None:
        self.folder = folder
        self.dsn = dsn
        """As the daemon is told it; empty for the embedded one."""
        self.own = own
        """How the harness reaches it, past the door."""
        self.door = door

    @property
    def pid(self) -> int | None:
        """The postmaster's."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int((self.folder / "data" / "postmaster.pid").read_text().split("\n")[0])
            if Path(f"/proc/{pid}").exists():
                return pid
        return None

    def signal(self, number: signal.Signals) -> None:
        """Signal the postmaster and all its children."""
        postmaster = self.pid
        if postmaster is None:
            return
        for pid in (postmaster, *_children(postmaster)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


def _children(parent: int) -> Iterator[int]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                yield int(stat.parent.name)


@asynccontextmanager
async def external(folder: Path) -> AsyncIterator[Database]:
    """A server of our own that starts again when it dies, behind a door; its disk may be filled."""
    port = free_port()
    server = EmbeddedServer(folder, options={**_OPTIONS, "port": str(port)})
    # The server's own words of its socket are of port 5432, which the options override: we go by TCP.
    dsn = f"postgresql://{USER}@127.0.0.1:{port}/{DATABASE}"
    server.dsn_of = lambda database: f"postgresql://{USER}@127.0.0.1:{port}/{database}"  # type: ignore[method-assign] # the port is ours
    await server.start()
    keeping = asyncio.create_task(server.keep_running(), name="postgres")
    try:
        async with Door(port) as door:
            yield Database(folder, f"postgresql://{USER}@127.0.0.1:{door.port}/{DATABASE}", dsn, door)
    finally:
        await server.stop()
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


@asynccontextmanager
async def embedded(folder: Path) -> AsyncIterator[Database]:
    """The daemon's own."""
    yield Database(folder, "", f"postgresql://{USER}@/{DATABASE}?host={folder / 'run'}&port=5432", None)
