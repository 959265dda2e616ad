"""The FastAGI server: accepts channels from Asterisk and runs one conversation, one owned task, for each.

It is panoramisk's `Application` (its routes) under a front door of our own. Whoever connects has `Limits` to obey: the
opening must come soon and be short, lines end, the number of connections is bounded, the peer's address is one of those
expected. When there is no room, whoever has not said yet what they want makes it, the oldest first. Nothing that a peer
does reaches another connection or the loop.
"""

import asyncio
import inspect
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final, cast

import structlog
from panoramisk.fast_agi import Application

from telephony.errors import NotReady, RingbackError
from telephony.net import descriptors
from telephony.net.rarely import Rarely
from telephony.voice.agi import protocol
from telephony.voice.agi.call import AgiCall, read_line
from telephony.voice.errors import AgiPacketError, CallerGone
from telephony.voice.living import Liveness, Living

Conversation = Callable[[AgiCall], Awaitable[None]]
Network = IPv4Network | IPv6Network

_log = structlog.get_logger(__name__)
_KEPT_BACK: Final = 128
"""Descriptors that only the links, the database and files may take; HTTP leaves more."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a peer may cost us."""

    connections: int = 500
    line_bytes: int = 8192
    opening_lines: int = 200
    opening_seconds: float = 3.0
    conversation_seconds: float = 900.0
    """A caller who types forever is let go after this."""


class AgiServer(Application):  # type: ignore[misc]  # panoramisk has no types
    """Add routes, `start`, `stop`.

    ``allowed`` are the networks that Asterisk may connect from; ``heard`` is told each sound that was really played.
    """

    def __init__(
        self,
        *,
        limits: Limits,
        allowed: Sequence[Network],
        heard: Callable[[protocol.Environment, str], None] | None = None,
    ) -> None:
        super().__init__(loop=asyncio.get_running_loop())
        self._limits = limits
        self._allowed = tuple(allowed)
        self._heard = heard
        self.living: Living | None = None
        """Knows whether a request's channel is a real one. Without it every request is believed: for tests."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._opened = 0
        self._unopened: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        """Who has not said yet what they want, in the order in which they came."""
        self._talking = 0
        self._most = descriptors.share(limits.connections)
        self._refused, self._failed = Rarely(), Rarely()

    def add_route(self, path: str, endpoint: Conversation) -> None:
        """Serve AGI URLs whose path is ``path`` with the coroutine function ``endpoint``."""
        if path in self._route:
            raise ValueError(f"a route for {path!r} already exists")
        if not inspect.iscoroutinefunction(endpoint):
            raise TypeError(f"the endpoint of {path!r} must be a coroutine function")
        self._route[path] = endpoint

    @property
    def connections(self) -> int:
        """How many conversations run now."""
        return len(self._tasks)

    @property
    def port(self) -> int:
        """The port that is listened on; 0 while stopped."""
        return int(self._server.sockets[0].getsockname()[1]) if self._server and self._server.sockets else 0

    @property
    def descriptor(self) -> int | None:
        """The listening socket's, if it is one alone: a successor may inherit it."""
        sockets = self._server.sockets if self._server is not None else ()
        return sockets[0].fileno() if len(sockets) == 1 else None

    async def start(self, host: str, port: int, inherited: socket.socket | None = None) -> None:
        """Listen, on a socket that somebody before us listened on, if there is one.

        Raises:
            NotReady: the address cannot be listened on.
        """
        try:
            listen = partial(
                asyncio.start_server, self._accept, limit=self._limits.line_bytes, backlog=descriptors.AT_ONCE
            )
            self._server = await (listen(sock=inherited) if inherited is not None else listen(host=host, port=port))
            descriptors.lengthen_queue(self._server)
        except OSError as error:
            raise NotReady(f"FastAGI cannot listen on {host}:{port}: {error.strerror or error}") from error

    async def take_no_more(self) -> None:
        """Stop listening and return when the last conversation has ended by itself."""
        if self._server:
            self._server.close()
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def stop(self) -> None:
        """Stop listening and end all conversations; their calls go on in the dialplan. Safe to call twice."""
        if self._server:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._server:
            await self._server.wait_closed()
            self._server = None

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        refusal = self._refusal(writer)
        if refusal:
            times = self._refused.happened(self.loop.time())
            if times:
                _log.warning("agi.refused", reason=refusal, peer=str(writer.get_extra_info("peername")), times=times)
            writer.transport.abort()
            return
        self._opened += 1
        task = self.loop.create_task(self.handler(reader, writer), name=f"agi-{self._opened}")
        self._tasks.add(task)
        self._unopened[task] = writer
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._unopened.pop(task, None)

    def _makes_room(self) -> bool:
        oldest = next(iter(self._unopened), None)
        if oldest is None:
            return False
        self._unopened.pop(oldest).transport.abort()
        return True

    def _refusal(self, writer: asyncio.StreamWriter) -> str:
        peer = writer.get_extra_info("peername")
        if not peer:
            return "already gone"
        address = ip_address(str(peer[0]).partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None) or address
        if not any(mapped in network for network in self._allowed):
            return "address not allowed"
        full = self._talking + len(self._unopened) >= self._most
        full = full or not descriptors.is_spare(writer.get_extra_info("socket"), kept_back=_KEPT_BACK)
        return "" if not full or self._makes_room() else "too many connections"

    async def handler(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection from its opening to its close; never raises but for cancellation."""
        call: AgiCall | None = None
        try:
            async with asyncio.timeout(self._limits.conversation_seconds):
                call = await self._open(reader, writer)
                self._unopened.pop(cast("asyncio.Task[None]", asyncio.current_task()), None)
                self._talking += 1
                await self._converse(call)
        except (CallerGone, ConnectionError) as gone:
            _log.debug("agi.gone", reason=str(gone))
        except TimeoutError:
            _log.warning("agi.too_long", channel=call.environment.channel if call else "")
        except RingbackError as error:
            times = self._failed.happened(self.loop.time())
            if times:
                _log.warning("agi.failed", error_id=error.error_id, reason=str(error), times=times)
        except Exception:  # noqa: BLE001 - a conversation's bug ends that conversation, logged, never the server
            _log.exception("agi.broken", channel=call.environment.channel if call else "")
        finally:
            if call:
                self._talking -= 1
                await call.close()
            else:
                writer.transport.abort()

    async def _open(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> AgiCall:
        try:
            async with asyncio.timeout(self._limits.opening_seconds):
                lines = await self._opening(reader)
        except TimeoutError as error:
            raise AgiPacketError("the opening did not come in time") from error
        environment = protocol.parse_environment(lines)
        heard = self._heard
        return AgiCall(environment, reader, writer, heard=(lambda path: heard(environment, path)) if heard else None)

    async def _opening(self, reader: asyncio.StreamReader) -> list[str]:
        lines: list[str] = []
        while line := await read_line(reader):
            if len(lines) == self._limits.opening_lines:
                raise AgiPacketError("an opening without an end")
            lines.append(line)
        return lines

    async def _converse(self, call: AgiCall) -> None:
        endpoint = self._route.get(call.environment.script)
        if endpoint is None:
            raise AgiPacketError(f"no such conversation: {call.environment.script[:80]!r}")
        if self.living is not None:
            witness = await self.living(call.environment)
            if witness is Liveness.FORGED:
                return  # the log has it; whoever it was hears nothing
            call.proven = witness is Liveness.LIVING
        with structlog.contextvars.bound_contextvars(channel=call.environment.channel):
            await endpoint(call)
