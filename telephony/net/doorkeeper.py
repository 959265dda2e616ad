"""Who may stand at our HTTP port, and for how long.

Theory: a connection waits (for its first request, or for the next one), is served, or is not read from. Waiting costs a
stranger nothing and us a descriptor, so who has waited too long goes, and when there is no room for a newcomer the one
who has waited longest makes it: a thousand half-open connections push out each other and never who asks something at
once. Who is served stays, unless nothing of the answer was read for a minute.

It stands between the loop and aiohttp's own protocol, and passes on everything; a middleware tells it who is served.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Final, cast

import structlog
from aiohttp import web

from telephony.net import descriptors
from telephony.net.rarely import Rarely

_log = structlog.get_logger(__name__)

_LOOK_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class ConnectionBounds:
    """What is allowed; times in seconds."""

    connections: int = 500
    connections_per_address: int = 200
    """An IPv6 network of 64 bits is one address. This machine's own are not counted: a proxy may be there."""
    request_seconds: float = 10.0
    """From the connection to the end of the first request's headers."""
    idle_seconds: float = 75.0
    """Between an answer and the end of the next request's headers."""
    unread_seconds: float = 60.0
    """For which an answer may wait for its reader."""


class GuardedConnection(asyncio.Protocol):
    """One connection; passes all on to ``inner``, aiohttp's own protocol."""

    def __init__(self, keeper: "Doorkeeper", inner: web.RequestHandler) -> None:
        self._keeper = keeper
        self._inner = inner
        self._loop = asyncio.get_running_loop()
        self.transport: asyncio.Transport | None = None
        self.address = ""
        self.served = 0
        self.waits_until = 0.0
        self.unread_until: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let aiohttp begin, and the keeper look at who it is."""
        self.transport = cast("asyncio.Transport", transport)
        self.address = _address_of(transport)
        self._inner.connection_made(transport)
        self._keeper.came(self)

    def data_received(self, data: bytes) -> None:
        """Pass it on."""
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Pass it on."""
        return self._inner.eof_received()  # type: ignore[func-returns-value]  # as aiohttp has it

    def pause_writing(self) -> None:
        """Begin to count: the peer does not read."""
        self.unread_until = self._loop.time() + self._keeper.bounds.unread_seconds
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Stop counting."""
        self.unread_until = None
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Make room."""
        self._keeper.left(self)
        self._inner.connection_lost(exc)

    def end(self) -> None:
        """Close at once, without a word."""
        if self.transport is not None:
            self.transport.abort()

    def is_over(self, now: float) -> bool:
        """Return whether its time is over."""
        unread = self.unread_until is not None and now >= self.unread_until
        return unread or (not self.served and now >= self.waits_until)


class Doorkeeper:
    """Makes a `GuardedConnection` for each connection, as the loop's protocol factory.

    `watch` ends those whose time is over.
    """

    def __init__(self, inner: Callable[[], web.RequestHandler], bounds: ConnectionBounds) -> None:
        self.bounds = bounds
        self._inner = inner
        self._most = descriptors.share(bounds.connections)
        self._doors: dict[asyncio.Transport, GuardedConnection] = {}
        self._waiting: dict[GuardedConnection, None] = {}
        """In the order in which they began to wait."""
        self._by_address: Counter[str] = Counter()
        self._crowded = Rarely()

    def __call__(self) -> GuardedConnection:
        """Make the next one's."""
        return GuardedConnection(self, self._inner())

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._doors)

    def came(self, door: GuardedConnection) -> None:
        """Let somebody in, or make room, or turn them away."""
        assert door.transport is not None  # noqa: S101 - set before it is called
        now = self._now()
        self._doors[door.transport] = door
        self._by_address[door.address] += 1
        self._waits(door, now + self.bounds.request_seconds)
        peers = self._by_address[door.address]
        if door.address and peers > min(self._most, self.bounds.connections_per_address):
            self._make_room(door.address)
        elif len(self._doors) > self._most or not descriptors.is_spare(door.transport.get_extra_info("socket")):
            self._make_room()

    def left(self, door: GuardedConnection) -> None:
        """Forget somebody; safe to call twice."""
        if door.transport is None or self._doors.pop(door.transport, None) is None:
            return
        self._waiting.pop(door, None)
        self._by_address[door.address] -= 1
        if not self._by_address[door.address]:
            del self._by_address[door.address]

    @web.middleware
    async def middleware(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Note who is served."""
        door = self._doors.get(request.transport) if isinstance(request.transport, asyncio.Transport) else None
        if door is None:
            return await handler(request)
        door.served += 1
        self._waiting.pop(door, None)
        try:
            return await handler(request)
        finally:
            door.served -= 1
            if door.transport in self._doors:
                self._waits(door, self._now() + self.bounds.idle_seconds)

    async def watch(self) -> None:
        """End those whose time is over, until cancelled."""
        while True:
            await asyncio.sleep(min(_LOOK_SECONDS, self.bounds.request_seconds))
            now = self._now()
            for door in [door for door in self._doors.values() if door.is_over(now)]:
                door.end()

    def _make_room(self, address: str | None = None) -> None:
        """Turn away who has waited longest, of an address or of all; that may be the newcomer."""
        times = self._crowded.happened(self._now())
        if times:
            _log.warning("http.crowded", open=len(self._doors), turned_away=times)
        oldest = next((door for door in self._waiting if address in {None, door.address}), None)
        if oldest is not None:
            self.left(oldest)
            oldest.end()

    def _waits(self, door: GuardedConnection, until: float) -> None:
        door.waits_until = until
        self._waiting[door] = None

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _address_of(transport: asyncio.BaseTransport) -> str:
    """Return whose connections are counted together; empty for this machine's own."""
    peer = transport.get_extra_info("peername")
    if not isinstance(peer, tuple):
        return ""
    address = ip_address(str(peer[0]).partition("%")[0])
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return "" if address.is_loopback else str(int(address) >> 64)
        address = address.ipv4_mapped
    return "" if address.is_loopback else str(address)
