"""FastAGI, the side that tells Asterisk what to do with one channel of `world`."""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from deploy.lab.errors import LegGone

_DEAD = 511
"""Asterisk's answer to a command that wants a living channel."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What Asterisk answered to one command: ``200 result=<result> (<text>)``."""

    code: int
    result: str
    text: str


def parse_answer(line: str) -> Answer:
    """Read one answer line; a line that is none has code 0."""
    found = re.match(r"(\d{3})[ -](?:result=(\S*))?\s*(?:\((.*)\))?", line)
    return Answer(int(found[1]), found[2] or "", found[3] or "") if found else Answer(0, "", line)


def quoted(text: str) -> str:
    """Return ``text`` as one AGI argument."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class AgiChannel:
    """One channel that waits for commands."""

    def __init__(self, variables: dict[str, str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.variables = variables
        """``agi_*`` as Asterisk sent them, without the prefix."""
        self.gone = asyncio.Event()
        """Set when the channel hung up or the connection ended."""
        self._reader = reader
        self._writer = writer
        self._answer: asyncio.Future[Answer] | None = None
        self._one_at_a_time = asyncio.Lock()

    async def read(self) -> None:
        """Read until the channel is gone. Runs as a task of its own, so that a hang-up is seen at once."""
        try:
            while line := await self._reader.readline():
                text = line.decode("utf-8", "replace").rstrip("\r\n")
                if text.startswith("HANGUP"):
                    break
                if self._answer and not self._answer.done() and not text.startswith("520-"):
                    self._answer.set_result(parse_answer(text))
        except OSError:
            pass
        finally:
            self.gone.set()
            if self._answer and not self._answer.done():
                self._answer.set_exception(LegGone("the channel hung up"))

    async def run(self, command: str) -> Answer:
        """Send one command and return its answer.

        Raises:
            LegGone: the channel hung up.
        """
        async with self._one_at_a_time:
            if self.gone.is_set():
                raise LegGone("the channel hung up")
            self._answer = asyncio.get_running_loop().create_future()
            self._writer.write(f"{command}\n".encode())
            return await self._answer

    async def execute(self, application: str, arguments: str = "") -> Answer:
        """Run a dialplan application on the channel and wait for its end."""
        return await self.run(f"EXEC {application} {quoted(arguments)}")

    async def variable(self, expression: str) -> str:
        """Return what ``${...}`` evaluates to on the channel, e.g. ``${CHANNEL(pjsip,call-id)}``."""
        return (await self.run(f"GET FULL VARIABLE {quoted(expression)}")).text

    async def is_dead(self) -> bool:
        """Return whether the channel is hung up, and only this connection keeps it."""
        return (await self.run("CHANNEL STATUS")).code == _DEAD

    async def close(self) -> None:
        """Give the channel back to the dialplan."""
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


class AgiServer:
    """Listens for channels of `world`; each one is handed to ``on_channel``, which returns when it is done with it."""

    def __init__(self, on_channel: Callable[[AgiChannel], Awaitable[None]]) -> None:
        self._on_channel = on_channel
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def start(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        variables: dict[str, str] = {}
        while (line := (await reader.readline()).decode("utf-8", "replace").rstrip("\r\n")) != "":
            key, _, value = line.partition(": ")
            variables[key.removeprefix("agi_").rstrip(":")] = value
        channel = AgiChannel(variables, reader, writer)
        reading = asyncio.create_task(channel.read(), name="lab-agi-read")
        try:
            await self._on_channel(channel)
        except asyncio.CancelledError:
            pass  # only `stop` cancels; Python 3.11's streams would report a cancelled task as an error
        finally:
            await channel.close()
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def stop(self) -> None:
        """Stop listening and end all scripts."""
        if self._server:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
