"""Live events to browsers and CRMs: server-sent events with replay by Last-Event-ID.

One feed serves all listeners. An event is turned into bytes once, kept in a ring of the last `KEPT` events, and put on
each listener's queue. An event's id is ``<start of this daemon>-<number>``; a listener that comes back with an id gets
what followed it. If the ring no longer holds it (or the daemon was restarted) the listener first gets ``event: reset``,
which means: read the list anew, then go on. A listener that does not keep up is closed rather than remembered without
bound; it comes back with its last id and loses nothing.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import structlog
from aiohttp import web

from crm_bridge.api.endpoint import Asked, Endpoint, Params
from crm_bridge.api.values.keys import ApiKey, Scope, lives
from crm_bridge.events import publish
from telephony.errors import reason
from telephony.events import CallEvent
from telephony.ports import Clock
from telephony.postgres.listening import listening
from telephony.postgres.outages import is_outage
from telephony.postgres.patience import Patience
from telephony.postgres.pool import Pool

_log = structlog.get_logger(__name__)

KEPT = 10_000
"""Events in the ring, at most."""
KEPT_BYTES = 2_000_000
"""Of all events in the ring: some 2,000, about an hour of a busy company."""
_MOST_DIGITS = 18
_BEHIND = 1_000
"""How many events a listener may lag before it is closed."""
KEY_SECONDS = 2.0
"""How often it is looked whether a listener's key is still good."""
_HEARTBEAT_SECONDS = 15.0
"""Proxies close a silent connection after 30 to 60 s."""

NOTICES = "ringback_live"
"""The channel of NOTIFY; its payload is `notice`."""
_LONGEST_NOTICE = 7_900

_RESET = b"event: reset\ndata: {}\n\n"
_HEARTBEAT = b": still here\n\n"


@dataclass(slots=True, eq=False)
class Listener:
    """One connection's queue; None in it means that it is over."""

    queue: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(_BEHIND))
    lost: bool = False


class FeedHearer(Protocol):
    """Is told only that something happened, as it happens; it must neither wait nor raise."""

    def heard(self, kind: str) -> None:
        """Hear an event's kind."""
        ...

    def ended(self) -> None:
        """Hear that the feed is over."""
        ...


class LiveFeed:
    """Takes call events (it is a `CallListener`), gives streams."""

    def __init__(self, epoch: str, region: str) -> None:
        """Begin an empty feed; ``epoch`` tells this daemon's life from the one before, e.g. its start time."""
        self._epoch = epoch
        self._region = region
        self._number = 0
        self._ring: deque[tuple[int, bytes]] = deque()
        self._ring_bytes = 0
        self._listeners: set[Listener] = set()
        self._hearers: list[FeedHearer] = []

    def __call__(self, event: CallEvent) -> None:
        """Tell all listeners; never waits, never raises."""
        kind, body = publish(event, self._region)
        self.tell(kind, body)

    def tell(self, kind: str, body: Any) -> None:  # noqa: ANN401  (any JSON)
        """Send any JSON under a kind."""
        self._number += 1
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        frame = f"id: {self._epoch}-{self._number}\nevent: {kind}\ndata: {text}\n\n".encode()
        self._keep(frame)
        for listener in self._listeners:
            _offer(listener, frame)
        for hearer in self._hearers:
            hearer.heard(kind)

    def join(self, hearer: FeedHearer) -> None:
        """Have somebody hear of everything from now on, for as long as there is a feed."""
        self._hearers.append(hearer)

    def _keep(self, frame: bytes) -> None:
        self._ring.append((self._number, frame))
        self._ring_bytes += len(frame)
        while len(self._ring) > KEPT or self._ring_bytes > KEPT_BYTES:
            self._ring_bytes -= len(self._ring.popleft()[1])

    @contextmanager
    def listener(self) -> Any:  # noqa: ANN401  (contextmanager's own type)
        """Be told of everything from now on."""
        listener = Listener()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def since(self, last_id: str | None) -> list[bytes]:
        """Return what followed ``last_id``; a reset first if that cannot be known."""
        if not last_id:
            return []
        epoch, _, number = last_id.rpartition("-")
        oldest = self._ring[0][0] if self._ring else self._number + 1
        known = epoch == self._epoch and number.isdecimal() and len(number) <= _MOST_DIGITS
        if not known or not oldest - 1 <= int(number) <= self._number:
            return [_RESET]
        return [frame for kept, frame in self._ring if kept > int(number)]

    def forget(self) -> None:
        """Forget what was told so far, for somebody in it is to be forgotten; who comes back reads the list anew."""
        self._ring.clear()
        self._ring_bytes = 0

    def close(self) -> None:
        """End all streams."""
        for listener in self._listeners:
            listener.lost = True
            _offer(listener, None)
        for hearer in self._hearers:
            hearer.ended()


def notice(kind: str, body: Any) -> str:  # noqa: ANN401  (any JSON)
    """Write what PostgreSQL carries from a transaction's commit to every daemon; it takes 8,000 bytes, not more."""
    text = json.dumps({"kind": kind, "body": body}, separators=(",", ":"))
    return text if len(text) < _LONGEST_NOTICE else json.dumps({"kind": kind, "body": {"too_long": True}})


async def relay(pool: Pool, feed: LiveFeed, hint: Callable[[], None]) -> None:
    """Tell live listeners what transactions of any daemon have committed, until cancelled.

    ``hint`` is called for each: where there is news, there are messages to send. What is told while the database is
    away is not told live; the rows have it.
    """
    patience = Patience("live notices")

    def heard(text: str) -> None:
        try:
            notice = json.loads(text)
            feed.tell(notice["kind"], notice["body"])
        except (ValueError, KeyError, TypeError) as error:  # anybody in the database may NOTIFY
            _log.warning("api.live_notice_unreadable", reason=reason(error))
        hint()

    async def turn() -> None:
        async with listening(pool, NOTICES, heard) as line:
            patience.well()
            await line.until_gone()

    await patience.forever(turn)


def _offer(listener: Listener, frame: bytes | None) -> None:
    try:
        listener.queue.put_nowait(frame)
    except asyncio.QueueFull:
        listener.lost = True


class StreamParams(Params):
    """Nothing but the header Last-Event-ID."""


class KeyFinder(Protocol):
    """Finds keys."""

    async def find(self, key_id: str) -> ApiKey | None:
        """Return a key by its id."""
        ...


def endpoints(feed: LiveFeed, key_ring: KeyFinder, clock: Clock) -> list[Endpoint]:
    """Make the stream's one operation; ``key_ring`` says whether a listener's key is still good."""

    async def still_allowed(key: ApiKey | None) -> bool:
        if key is None:
            return False
        try:
            kept = await key_ring.find(key.key_id)
        except Exception as error:
            if not is_outage(error):
                raise
            kept = key  # the database is away: what we knew of it must do
        return kept is not None and lives(kept, clock())

    async def stream(asked: Asked[StreamParams]) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )
        await response.prepare(asked.raw)
        with feed.listener() as listener:
            for frame in feed.since(asked.raw.headers.get("Last-Event-ID")):
                await response.write(frame)
            async for frame in _frames(listener, partial(still_allowed, asked.key)):
                await response.write(frame)
        return response

    return [
        Endpoint(
            method="GET",
            path="/events",
            operation="streamEvents",
            summary="Everything that happens to calls, requests and managers' phones, live, as server-sent events.",
            handler=stream,
            result=web.StreamResponse,
            scope=Scope.CALLS_READ,
            params=StreamParams,
            media=("text/event-stream",),
            tag="events",
        )
    ]


async def _frames(listener: Listener, allowed: Callable[[], Awaitable[bool]]) -> AsyncIterator[bytes]:
    """Give frames until the listener is lost, or its key is not good any more."""
    time = asyncio.get_running_loop().time
    looked = beaten = time()
    while not listener.lost:
        if time() - looked >= KEY_SECONDS:
            looked = time()
            if not await allowed():
                return
        try:
            async with asyncio.timeout(KEY_SECONDS):
                frame = await listener.queue.get()
        except TimeoutError:
            if time() - beaten < _HEARTBEAT_SECONDS:
                continue
            frame = _HEARTBEAT
        beaten = time()
        if frame is None:
            return
        yield frame
