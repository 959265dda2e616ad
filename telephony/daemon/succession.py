"""A new daemon takes over from an old one: new code, new settings, and nobody who calls meanwhile hears silence.

SIGHUP (`systemctl reload`) makes the old daemon start its successor: the same command again, which finds the new
program and reads the settings anew. The successor gets the old one's listening sockets, loads everything, and says that
it is ready; what is wrong with its settings it says as at any start, and ends, and then the old one goes on as if
nothing had been asked. Else:

1. the old one takes no more conversations and requests (they wait in the sockets' queues), says goodbye to the PBX and
   writes what it has heard: all but its database and the conversations that it is in the middle of;
2. it says *go*: the successor opens the database, the links and the queues. What happened on the PBX in between, a
   second or so, it learns as after every start: from the PBX's state and from CEL;
3. the old one ends with its last conversation. If the database's server is its child, the successor works on that one
   until then, and starts its own when it is free.

systemd follows: the old one says MAINPID. Either may die at any time: a successor whose predecessor dies goes at once.
"""

import asyncio
import contextlib
import socket
import subprocess
from collections.abc import Mapping, Sequence
from typing import Final, Protocol, Self

import structlog

from telephony.errors import RingbackError

_log = structlog.get_logger(__name__)

VARIABLE: Final = "RINGBACK_SUCCEEDS"
"""How a successor is told of what it inherits: ``channel=5 http=7 agi=8``."""
_READY, _GO = b"ready\n", b"go\n"
_GETS_READY: Final = 60.0
"""Seconds; loading takes one or two on a machine that is not busy."""
_NOT_INHERITED: Final = ("WATCHDOG_PID", VARIABLE)


class SuccessorRefused(RingbackError):
    """The successor did not get ready: its own words are in the log."""

    error_id = "successor-refused"


class Inheritance:
    """A successor's side: the sockets that the old daemon listened on, and its word."""

    def __init__(self, channel: socket.socket, listening: Mapping[str, socket.socket]) -> None:
        self._channel = channel
        self._listening = dict(listening)

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self | None:
        """Return what we inherit, or None: nobody was here before us."""
        told = environ.get(VARIABLE, "")
        if not told:
            return None
        numbers = {name: int(number) for name, _, number in (each.partition("=") for each in told.split())}
        sockets = {name: socket.socket(fileno=number) for name, number in numbers.items()}
        for each in sockets.values():
            each.setblocking(False)  # noqa: FBT003 - as the socket module has it
            each.set_inheritable(False)
        return cls(sockets.pop("channel"), sockets)

    def take(self, name: str, port: int) -> socket.socket | None:
        """Return the socket of that name if it listens on that port: the settings may have another one now."""
        found = self._listening.pop(name, None)
        if found is None or found.getsockname()[1] == port:
            return found
        found.close()
        return None

    async def turn(self) -> None:
        """Say that we are ready, and wait for the old daemon's word, or its end."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            await loop.sock_sendall(self._channel, _READY)
            word = await loop.sock_recv(self._channel, len(_GO))
            _log.info("succession.our_turn", asked=word == _GO)
        self._channel.close()


class Successor:
    """An old daemon's side: the process that takes over."""

    def __init__(self, process: subprocess.Popen[bytes], channel: socket.socket) -> None:
        self._process = process
        self._channel = channel

    @classmethod
    async def start(cls, command: Sequence[str], listening: Mapping[str, int], environ: Mapping[str, str]) -> Self:
        """Start it, and return when it is ready.

        Args:
            command: what runs it.
            listening: descriptors of listening sockets, by name.
            environ: ours.

        Raises:
            SuccessorRefused: it ended, or does not get ready.
        """
        ours, theirs = socket.socketpair()
        ours.setblocking(False)  # noqa: FBT003 - as the socket module has it
        told = " ".join(f"{name}={number}" for name, number in {"channel": theirs.fileno(), **listening}.items())
        kept = {name: value for name, value in environ.items() if name not in _NOT_INHERITED}
        try:
            process = subprocess.Popen(  # noqa: S603, ASYNC220 - our own command; it outlives this loop, which asyncio's would not
                command,
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), *listening.values()),
                env={**kept, VARIABLE: told},
            )
        except OSError as error:
            ours.close()
            raise SuccessorRefused(f"{command[0]}: {error.strerror}") from error
        finally:
            theirs.close()
        successor = cls(process, ours)
        await successor._is_ready()
        return successor

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def _is_ready(self) -> None:
        reason = f"it was not ready within {_GETS_READY:.0f} s"
        try:
            async with asyncio.timeout(_GETS_READY):
                if await asyncio.get_running_loop().sock_recv(self._channel, len(_READY)) == _READY:
                    return
            reason = f"it ended with exit code {await asyncio.to_thread(self._process.wait)}"
        except TimeoutError:
            self._process.kill()
        self._channel.close()
        raise SuccessorRefused(reason)

    def go(self) -> None:
        """Let it begin. From now on it is nobody's child that we would wait for."""
        with contextlib.suppress(OSError):
            self._channel.send(_GO)
        self._channel.close()
        self._process.returncode = 0


class Predecessor(Protocol):
    """What an old daemon can do for its successor."""

    def listening(self) -> Mapping[str, int]:
        """Return the descriptors of our listening sockets, by name."""
        ...

    async def take_no_more(self) -> None:
        """Take no new conversations from now on; return when the last one has ended."""
        ...


class Succession:
    """Waits to be asked for a successor, and has one made.

    Args:
        command: what we were started by.
        environ: ours.
    """

    def __init__(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self._command = command
        self._environ = environ
        self.asked = asyncio.Event()
        """Set by whoever wants a successor: a signal."""
        self.predecessor: Predecessor | None = None
        """Who hands over; before it is known nothing can be."""
        self.successor: Successor | None = None
        """Ready, and waiting for us to go."""

    async def run(self, stop: asyncio.Event) -> None:
        """Have a successor made whenever one is asked for; once one is ready, set ``stop`` and rest."""
        while self.successor is None:
            await self.asked.wait()
            self.asked.clear()
            if self.predecessor is None:
                continue
            _log.info("succession.asked", command=self._command)
            try:
                self.successor = await Successor.start(self._command, self.predecessor.listening(), self._environ)
            except SuccessorRefused as error:
                _log.error("succession.refused", reason=str(error), cure="what it said is above; this daemon goes on")
        stop.set()
        await asyncio.Event().wait()
