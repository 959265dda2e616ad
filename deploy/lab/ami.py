"""The lab's own AMI client: small, for a PBX that we trust, and independent of the product's (which is under test)."""

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Mapping

from deploy.lab.errors import ActionFailed

Headers = dict[str, str]
EventListener = Callable[[Headers], None]
"""Hears each event of this connection; must not block."""


def parse(packet: bytes) -> tuple[Headers, list[str]]:
    """Return the headers of one AMI packet (the last of a repeated one) and its ``Output`` lines."""
    headers: Headers = {}
    output: list[str] = []
    for line in packet.decode("utf-8", "replace").split("\r\n"):
        key, found, value = line.partition(":")
        if found and key == "Output":
            output.append(value.removeprefix(" "))
        elif found:
            headers[key] = value.strip()
    return headers, output


def login_packet(user: str, secret: str) -> bytes:
    """Return the bytes of a login."""
    return f"Action: Login\r\nActionID: login\r\nUsername: {user}\r\nSecret: {secret}\r\n\r\n".encode()


class Ami:
    """One connection: actions, answers, events."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener: EventListener) -> None:
        self._reader = reader
        self._writer = writer
        self._listener = listener
        self._ids = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[tuple[Headers, list[str]]]] = {}
        self.booted = asyncio.Event()
        self._task = asyncio.create_task(self._read(), name="lab-ami")

    @classmethod
    async def connect(cls, port: int, user: str, secret: str, listener: EventListener = lambda _: None) -> "Ami":
        """Connect and log in.

        Raises:
            OSError: nobody listens.
            ActionFailed: wrong secret, or the link was closed.
        """
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
        connection = cls(reader, writer, listener)
        try:
            await connection.action("Login", {"Username": user, "Secret": secret})
        except BaseException:
            await connection.close()
            raise
        return connection

    async def action(self, name: str, headers: Mapping[str, str | list[str]] | None = None) -> Headers:
        """Send an action and return its response.

        Raises:
            ActionFailed: the response is an error, or the link was lost.
        """
        return (await self._ask(name, headers or {}))[0]

    async def command(self, line: str) -> str:
        """Run one CLI command and return what it prints."""
        return "\n".join((await self._ask("Command", {"Command": line}))[1])

    async def _ask(self, name: str, headers: Mapping[str, str | list[str]]) -> tuple[Headers, list[str]]:
        if self._task.done():
            raise ActionFailed(f"{name}: the AMI link is closed")
        action_id = f"lab-{next(self._ids)}"
        lines = [f"Action: {name}", f"ActionID: {action_id}"]
        for key, value in headers.items():
            lines += [f"{key}: {one}" for one in ([value] if isinstance(value, str) else value)]
        answer: asyncio.Future[tuple[Headers, list[str]]] = asyncio.get_running_loop().create_future()
        self._waiting[action_id] = answer
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        async with asyncio.timeout(20):
            response, output = await answer
        if response.get("Response") == "Error":
            raise ActionFailed(f"{name}: {response.get('Message', '')} {' '.join(output)}".strip())
        return response, output

    async def _read(self) -> None:
        try:
            await self._reader.readline()  # the banner
            while True:
                headers, output = parse(await self._reader.readuntil(b"\r\n\r\n"))
                if "Response" in headers:
                    waiting = self._waiting.pop(headers.get("ActionID", ""), None)
                    if waiting and not waiting.done():
                        waiting.set_result((headers, output))
                    continue
                if headers.get("Event") == "FullyBooted":
                    self.booted.set()
                self._listener(headers)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(ActionFailed("the AMI link was closed"))
            self._waiting.clear()

    async def close(self) -> None:
        """Leave; whoever waits for an answer gets ActionFailed."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()
