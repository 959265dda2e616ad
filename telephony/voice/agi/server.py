"""The FastAGI server: accepts channels from Asterisk and runs one conversation, one owned task, for each.

It is panoramisk's `Application` (its routes) under a front door of our own. Whoever connects has `Limits` to obey: the
opening must come soon and be short, lines end, the number of connections is bounded, the peer's address is one of those
expected. Nothing that a peer does reaches another connection or the loop.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

import structlog
from panoramisk.fast_agi import Application

from telephony.errors import NotReady, RingbackError
from telephony.voice.agi import protocol
from telephony.voice.agi.call import AgiCall, read_line
from telephony.voice.errors import AgiPacketError, CallerGone

Conversation = Callable[[AgiCall], Awaitable[None]]
Network = IPv4Network | IPv6Network

_log = structlog.get_logger(__name__)


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
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._opened = 0

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

    async def start(self, host: str, port: int) -> None:
        """Listen.

        Raises:
            NotReady: the address cannot be listened on.
        """
        try:
            self._server = await asyncio.start_server(
                self._accept, host, port, limit=self._limits.line_bytes, backlog=256
            )
        except OSError as error:
            raise NotReady(f"FastAGI cannot listen on {host}:{port}: {error.strerror or error}") from error

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
            _log.warning("agi_refused", reason=refusal, peer=str(writer.get_extra_info("peername")))
            writer.transport.abort()
            return
        self._opened += 1
        task = self.loop.create_task(self.handler(reader, writer), name=f"agi-{self._opened}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _refusal(self, writer: asyncio.StreamWriter) -> str:
        if len(self._tasks) >= self._limits.connections:
            return "too many connections"
        peer = writer.get_extra_info("peername")
        if not peer:
            return "already gone"
        address = ip_address(str(peer[0]).partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None) or address
        return "" if any(mapped in network for network in self._allowed) else "address not allowed"

    async def handler(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection from its opening to its close; never raises but for cancellation."""
        call: AgiCall | None = None
        try:
            async with asyncio.timeout(self._limits.conversation_seconds):
                call = await self._open(reader, writer)
                await self._converse(call)
        except (CallerGone, ConnectionError) as gone:
            _log.debug("agi_gone", reason=str(gone))
        except TimeoutError:
            _log.warning("agi_too_long", channel=call.environment.channel if call else "")
        except RingbackError as error:
            _log.warning("agi_failed", error_id=error.error_id, reason=str(error))
        except Exception:  # noqa: BLE001 - a conversation's bug ends that conversation, logged, never the server
            _log.exception("agi_broken", channel=call.environment.channel if call else "")
        finally:
            if call:
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
        with structlog.contextvars.bound_contextvars(channel=call.environment.channel):
            await endpoint(call)
