"""One channel that Asterisk handed to us: commands out, typed answers in.

`AgiCall` is panoramisk's `Request` with its defects closed: an end of file, a ``HANGUP`` line, a usage of many lines,
an endless line, a peer that never answers or never reads - each ends in a typed error within a bounded time.
"""

import asyncio
import contextlib
from collections.abc import Callable

from panoramisk.fast_agi import Request

from telephony.voice.agi import protocol
from telephony.voice.errors import AgiPacketError, AgiRefused, AgiSilent, CallerGone

COMMAND_SECONDS = 5.0
"""How long Asterisk may take for a command that plays nothing."""
_USAGE_LINES = 64
_DIGITS_SECONDS = 90.0
_HANGUPS = 3
"""Asterisk sends one; more is somebody playing with us."""


class AgiCall(Request):  # type: ignore[misc]  # panoramisk has no types
    """The commands that our conversations need. Each raises the errors of `request`."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def __init__(
        self,
        environment: protocol.Environment,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        heard: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(app=None, headers={}, reader=reader, writer=writer)
        self.environment = environment
        self.opened_at = asyncio.get_running_loop().time()
        self.proven = True
        """False: nobody could say that the channel is a real one; nothing is to be written down for it."""
        self.gone = False
        """True after ``HANGUP``: the channel is dead, only its variables can still be read."""
        self._heard = heard or (lambda _: None)

    async def stream(self, path: str, keys: str, *, seconds: float) -> str:
        """Play the sound at ``path`` (without extension); return the key of ``keys`` that interrupted it, or empty.

        Raises:
            FileNotFoundError: Asterisk could not open it; nothing was played.
        """
        reply = await self.request("STREAM FILE", path, keys, seconds=seconds)
        self._still_here(reply)
        if not reply.key and not reply.endpos:
            raise FileNotFoundError(path)
        self._heard(path)
        return reply.key

    async def say_digits(self, digits: str, keys: str) -> str:
        """Return ``digits`` one by one with Asterisk's own sounds; return the key that interrupted them, or empty."""
        reply = await self.request("SAY DIGITS", digits, keys, seconds=COMMAND_SECONDS + 2 * len(digits))
        self._still_here(reply)
        self._heard(f"digits:{digits}")
        return reply.key

    async def wait_for_key(self, seconds: float) -> str:
        """Wait for any key; empty if none came."""
        reply = await self.request("WAIT FOR DIGIT", str(round(seconds * 1000)), seconds=seconds + COMMAND_SECONDS)
        self._still_here(reply)
        return reply.key

    async def take_digits(self, path: str, *, seconds: float, most: int) -> str:
        """Play ``path`` and take up to ``most`` digits, ended by a hash or by ``seconds`` without one."""
        reply = await self.request("GET DATA", path, str(round(seconds * 1000)), str(most), seconds=_DIGITS_SECONDS)
        self._still_here(reply)
        self._heard(path)
        return reply.result

    async def record(self, path: str, *, most_seconds: float, silence_seconds: float, keys: str = "#") -> float:
        """Record to ``path``.wav after a beep, until one of ``keys``, silence or the hang-up; return the seconds."""
        words = (path, "wav", keys, str(round(most_seconds * 1000)), "0", "BEEP", f"s={round(silence_seconds)}")
        reply = await self.request("RECORD FILE", *words, seconds=most_seconds + COMMAND_SECONDS + 2)
        self.gone = self.gone or reply.result == "-1"
        return (reply.endpos or 0) / 8000

    async def set_variable(self, name: str, value: str) -> None:
        """Set a channel variable."""
        await self.request("SET VARIABLE", name, value)

    async def send_command(self, command: str) -> protocol.Reply:
        """Send one line that was composed elsewhere; panoramisk's own entry, made safe.

        Raises:
            HostileText: it holds a line break.
        """
        return await self._exchange(protocol.command(command), COMMAND_SECONDS)

    async def request(self, *words: str, seconds: float = COMMAND_SECONDS) -> protocol.Reply:
        """Send a command with quoted arguments and return its reply.

        Raises:
            CallerGone: the connection ended, or the channel was already hung up.
            AgiSilent: no answer within ``seconds``.
            AgiRefused: Asterisk does not know the command or its form.
            AgiPacketError: the answer is not AGI.
            HostileText: an argument holds a control character.
        """
        return await self._exchange(protocol.command(*words), seconds)

    async def _exchange(self, line: str, seconds: float) -> protocol.Reply:
        if self.gone:
            raise CallerGone("the caller hung up")
        try:
            async with asyncio.timeout(seconds):
                self.writer.write(line.encode() + b"\n")
                await self.writer.drain()
                return await self._read_result()
        except TimeoutError as error:
            raise AgiSilent(f"no answer within {seconds:g} s to {line.split(maxsplit=1)[0]}") from error
        except OSError as error:
            raise CallerGone(f"the connection broke: {error}") from error

    async def _read_result(self) -> protocol.Reply:
        line = await self._line()
        while line.startswith("100"):  # 'Trying...': the answer follows
            line = await self._line()
        if line.startswith(protocol.USAGE_BEGINS):
            raise AgiRefused(await self._usage(line))
        reply = protocol.parse_reply(line)
        match reply.code:
            case 200:
                return reply
            case 511:
                self.gone = True
                raise CallerGone("the channel is dead")
            case _:
                raise AgiRefused(line[:200])

    async def _usage(self, first: str) -> str:
        lines = [first]
        while not lines[-1].startswith(protocol.USAGE_ENDS):
            if len(lines) == _USAGE_LINES:
                raise AgiPacketError("a usage without an end")
            lines.append(await self._line())
        return " ".join(line.strip() for line in lines)[:500]

    async def _line(self) -> str:
        """Read one reply line, taking ``HANGUP`` aside: it is no answer to anything."""
        for _ in range(_HANGUPS):
            line = await read_line(self.reader)
            if line != protocol.HANGUP:
                return line
            self.gone = True
        raise AgiPacketError("HANGUP again and again")

    def _still_here(self, reply: protocol.Reply) -> None:
        if reply.result == "-1" or self.gone:
            self.gone = True
            raise CallerGone("the caller hung up")

    async def close(self) -> None:
        """Close the connection; the dialplan goes on. Never raises and never waits for a peer that does not read."""
        self.writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(1):
                await self.writer.wait_closed()
        self.writer.transport.abort()


async def read_line(reader: asyncio.StreamReader) -> str:
    """Read one line without its end.

    Raises:
        CallerGone: the peer closed, or closed in the middle of a line.
        AgiPacketError: the line is longer than the reader's limit.
    """
    try:
        line = await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError as error:
        raise CallerGone("Asterisk closed the connection") from error
    except asyncio.LimitOverrunError as error:
        raise AgiPacketError("a line without an end") from error
    return line.rstrip(b"\r\n").decode(errors="replace")
