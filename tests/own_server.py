"""A PostgreSQL that a test may kill, freeze, stop and fill up: a real server of its own, kept running as ours are."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from telephony.postgres.embedded import EmbeddedServer
from tests.folders import server_folder

_OPTIONS = {"shared_buffers": "16MB", "fsync": "off", "full_page_writes": "off", "log_min_messages": "warning"}


@dataclass
class OwnServer:
    """See the module; what ends it is undone by `back`."""

    server: EmbeddedServer
    keeper: asyncio.Task[None]
    disk: Path | None = None
    """Where the cluster is, if that is a small file system of its own."""

    @property
    def dsn(self) -> str:
        return self.server.dsn

    def kill(self) -> None:
        """Kill the postmaster; its keeper starts it again at once."""
        os.kill(self.server.pid, signal.SIGKILL)

    async def away(self) -> None:
        """Stop the server until `back`."""
        await self.server.stop()

    async def back(self) -> None:
        await self.server.start()
        self.keeper = asyncio.create_task(self.server.keep_running(), name="keeper")

    def freeze(self) -> None:
        """Stop the postmaster and its children where they are."""
        for pid in self._pids():
            os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        for pid in self._pids():
            os.kill(pid, signal.SIGCONT)

    def fill_up(self) -> None:
        """Leave not a byte on the cluster's disk."""
        assert self.disk is not None
        with suppress(OSError), (self.disk / "filler").open("wb", buffering=0) as filler:
            while filler.write(b"\1" * 65_536):
                pass

    def make_room(self) -> None:
        assert self.disk is not None
        (self.disk / "filler").unlink(missing_ok=True)

    def _pids(self) -> list[int]:
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text().split()
        return [self.server.pid, *map(int, children)]


@asynccontextmanager
async def own_server(*, disk_megabytes: int = 0, options: Mapping[str, str] | None = None) -> AsyncIterator[OwnServer]:
    """Run one. With ``disk_megabytes`` its cluster is on a tmpfs of that size, which only root can mount."""
    folder = server_folder("rb-own-")
    if disk_megabytes:
        _run("mount", "-t", "tmpfs", "-o", f"size={disk_megabytes}m,mode=755", "tmpfs", str(folder))
    server = EmbeddedServer(folder / "pg", options={**_OPTIONS, **(options or {})})
    own: OwnServer | None = None
    try:
        await server.start()
        keeper = asyncio.create_task(server.keep_running(), name="keeper")
        own = OwnServer(server, keeper, folder if disk_megabytes else None)
        yield own
    finally:
        if own is not None:
            own.keeper.cancel()
            await asyncio.wait({own.keeper})
        await server.stop()
        if disk_megabytes:
            _run("umount", "--lazy", str(folder))
        shutil.rmtree(folder)


def _run(*command: str) -> None:
    subprocess.run(command, check=True)  # noqa: S603 - words of this file


def may_mount() -> bool:
    """Tell whether a small disk can be had."""
    folder = tempfile.mkdtemp(prefix="rb-mount-", dir="/tmp")
    try:
        _run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder)
    except (OSError, subprocess.CalledProcessError):
        return False
    else:
        _run("umount", folder)
        return True
    finally:
        Path(folder).rmdir()
