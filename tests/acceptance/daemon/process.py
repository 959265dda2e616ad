"""``ringback run`` as a process of its own, as systemd starts it; what it says, and how it ends."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Self

from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[3]


def free_port() -> int:
    with socket.socket() as probing:
        probing.bind(("127.0.0.1", 0))
        port: int = probing.getsockname()[1]
        return port


class Daemon:
    """One running ``ringback run``."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.patience = PATIENCE
        """Seconds that are waited for what it says."""
        self.said: list[dict[str, Any]] = []
        self.words: list[str] = []
        """Lines that are no log events."""
        self._more = asyncio.Condition()
        self._silent = False
        self._reading = asyncio.create_task(self._read(), name="daemon's log")

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            async with self._more:
                try:
                    self.said.append(json.loads(line))
                except ValueError:
                    self.words.append(line.decode().rstrip())
                self._more.notify_all()
        self._silent = True
        async with self._more:
            self._more.notify_all()

    async def says(self, event: str, **fields: object) -> dict[str, Any]:
        """Return the first log event of that name with those fields, waiting for it."""

        def found() -> dict[str, Any] | None:
            wanted = {"event": event, **fields}
            return next((one for one in self.said if wanted.items() <= one.items()), None)

        async with self._more:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.patience):
                    await self._more.wait_for(lambda: found() is not None or self._silent)
        told = found()
        assert told is not None, f"never said {event} {fields}; it said {self.said} {self.words}"
        return told

    async def ended(self) -> int:
        """Wait for its end; return the exit code."""
        async with asyncio.timeout(PATIENCE):
            await self._reading
            return await self.process.wait()

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Ask it to stop; return how many seconds it took. It must end well."""
        began = asyncio.get_running_loop().time()
        self.process.send_signal(number)
        assert await self.ended() == 0, (self.said, self.words)
        return asyncio.get_running_loop().time() - began


@contextlib.asynccontextmanager
async def daemon(
    *arguments: str | Path, environ: dict[str, str] | None = None, module: str = "service"
) -> AsyncIterator[Daemon]:
    """Run ``ringback run ARGUMENTS``; killed at the end if it still runs. ``module`` is another one in its place."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        "run",
        *map(str, arguments),
        cwd=ROOT,
        env={**os.environ, **(environ or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    running = Daemon(process)
    try:
        yield running
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await running.ended()


class Door:
    """A TCP proxy in front of AMI that can be shut, or held at a word: a network that breaks at a chosen moment."""

    def __init__(self, port: int) -> None:
        self._behind = port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._word = b""
        self._before = False
        self._outward, self._inward = asyncio.Event(), asyncio.Event()
        self.held = asyncio.Event()
        """The word came."""
        self.port = 0

    async def __aenter__(self) -> Self:
        self._outward.set()
        self._inward.set()
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()

    def hold(self, word: bytes, *, before: bool) -> None:
        """When the daemon says ``word``, keep it from the PBX (``before``), or let it through and no answer back."""
        self._word, self._before = word, before

    def freeze(self) -> None:
        """Let nothing through in either direction, and break nothing: until `thaw`."""
        self._outward.clear()
        self._inward.clear()

    def thaw(self) -> None:
        """Let through what came meanwhile."""
        self._outward.set()
        self._inward.set()

    def cut(self) -> None:
        """Break every connection; what was held is lost; new connections may be made at once."""
        for writer in self._open:
            writer.transport.abort()
        self._word = b""
        self._outward.set()
        self._inward.set()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        beyond, out = await asyncio.open_connection("127.0.0.1", self._behind)
        self._open |= {writer, out}
        try:
            await asyncio.gather(self._pour(reader, out, self._outward), self._pour(beyond, writer, self._inward))
        finally:
            self._open -= {writer, out}

    async def _pour(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, valve: asyncio.Event) -> None:
        with contextlib.suppress(ConnectionError):
            while octets := await reader.read(65536):
                if self._word and valve is self._outward and self._word in octets:
                    (self._outward if self._before else self._inward).clear()
                    self.held.set()
                await valve.wait()
                if writer.is_closing():
                    return
                writer.write(octets)
                await writer.drain()
        writer.close()


async def until(true: Callable[[], Any], what: str) -> Any:  # noqa: ANN401 - whatever is waited for
    """Ask the database again and again (it tells nobody of a row) until it gives something."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not (found := await true()):
                await asyncio.sleep(0.05)
            return found
    except TimeoutError:
        raise AssertionError(f"never: {what}") from None
