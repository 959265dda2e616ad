"""A TCP proxy that can be cut, frozen, slow, or a liar."""

import asyncio
import contextlib
from typing import Self


class Door:
    """Passes bytes between who connects and ``port`` behind it."""

    def __init__(self, port: int) -> None:
        self._behind = port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._flow = asyncio.Event()
        self._flow.set()
        self.delay_seconds = 0.0
        self.shut = False
        """Refuses whoever comes."""
        self.lie: bytes | None = None
        """What whoever asks is answered, in place of what is behind."""
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._enter, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        self.open()
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Break every connection (RST)."""
        for writer in list(self._open):
            writer.transport.abort()

    def freeze(self) -> None:
        """Pass nothing, and break nothing."""
        self._flow.clear()

    def open(self) -> None:
        """Be a good network again."""
        self._flow.set()
        self.delay_seconds, self.shut, self.lie = 0.0, False, None

    async def _enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await self._serve(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._flow.wait()
        if self.shut:
            return
        if self.lie is not None:
            await self._deceive(reader, writer, self.lie)
            return
        beyond, out = await asyncio.open_connection("127.0.0.1", self._behind)
        self._open |= {writer, out}
        try:
            await asyncio.gather(self._pour(reader, out), self._pour(beyond, writer))
        finally:
            self._open -= {writer, out}
            out.transport.abort()

    async def _deceive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lie: bytes) -> None:
        self._open.add(writer)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
            )
            await reader.readexactly(length)
            writer.write(lie)
            await writer.drain()
        finally:
            self._open.discard(writer)

    async def _pour(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while octets := await reader.read(65536):
                if self.delay_seconds:
                    await asyncio.sleep(self.delay_seconds)
                await self._flow.wait()
                if writer.is_closing():
                    return
                writer.write(octets)
                await writer.drain()
        with contextlib.suppress(OSError, RuntimeError):
            writer.write_eof()
