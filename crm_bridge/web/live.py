"""What has changed, told to open pages: not the change itself, only of which kind it is.

A page that hears of a kind asks for its parts anew, with the rights of whoever looks; so nothing has to be checked here
but that they are signed in. The first change is told at once; what follows within half a second is told together.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from aiohttp import web

from crm_bridge.api.resources.live import Listener, LiveFeed

_TOGETHER_SECONDS: Final = 0.5
_BEAT_SECONDS: Final = 10.0
_HEAD: Final = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_BEAT: Final = b"event: beat\ndata: \n\n"
_RESET: Final = b"event: reset\ndata: \n\n"
_READY: Final = b"retry: 2000\nevent: ready\ndata: \n\n"
_KINDS: Final = {
    b"call": ("calls", "notes"),
    b"callback": ("callbacks",),
    b"recording": ("calls", "alarms"),
    b"phone": ("phones",),
}
"""The first word of an event's kind, and which parts of pages show such things."""

Allowed = Callable[[web.Request], Awaitable[bool]]


class LivePages:
    """The stream; ``allowed`` tells whether whoever opened it still may."""

    def __init__(self, feed: LiveFeed, allowed: Allowed) -> None:
        self._feed = feed
        self._allowed = allowed

    def routes(self) -> list[web.RouteDef]:
        """Return its one route."""
        return [web.get("/live/stream", self.stream)]

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Return what changes, until the browser goes or may not hear it any more."""
        response = web.StreamResponse(headers=_HEAD)
        await response.prepare(request)
        with self._feed.listener() as listener:
            await response.write(_READY)
            async for frame in self._frames(listener, request):
                await response.write(frame)
        return response

    async def _frames(self, listener: Listener, request: web.Request) -> AsyncIterator[bytes]:
        clock = asyncio.get_running_loop().time
        asked_at = clock()
        while not listener.lost:
            try:
                async with asyncio.timeout(_BEAT_SECONDS):
                    frame = await listener.queue.get()
            except TimeoutError:
                frame = b""
            if clock() - asked_at >= _BEAT_SECONDS:  # a PBX that is busy keeps nobody's ended session alive
                asked_at = clock()
                if not await self._allowed(request):
                    return
            if frame == b"":
                yield _BEAT
                continue
            frames = [frame, *_waiting(listener)]
            if None in frames:
                return
            yield _told(b"\n".join(each for each in frames if each is not None))
            await asyncio.sleep(_TOGETHER_SECONDS)  # what comes meanwhile is told together
        yield _RESET


def _waiting(listener: Listener) -> list[bytes | None]:
    found = []
    while not listener.queue.empty():
        found.append(listener.queue.get_nowait())
    return found


def _told(frames: bytes) -> bytes:
    kinds: dict[str, None] = {}
    for line in frames.splitlines():
        if line.startswith(b"event: "):
            first = line.removeprefix(b"event: ").partition(b".")[0]
            kinds.update(dict.fromkeys(_KINDS.get(first, ("other",))))
    return f"event: changed\ndata: {' '.join(kinds)}\n\n".encode()
