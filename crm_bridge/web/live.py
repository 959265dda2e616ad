"""What has changed, told to open pages: not the change itself, only of which kind it is.

A page that hears of a kind asks for its parts anew, with the rights of whoever looks; so nothing has to be checked here
but that they are signed in. `Changes` gathers what is told; a page says in its address which kinds it shows
(``?of=calls+notes``) and hears of no others.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from aiohttp import web

from crm_bridge.web.changes import NAMES, Changes, PageEar

_BEAT_SECONDS: Final = 10.0
_HEAD: Final = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_BEAT: Final = b"event: beat\ndata: \n\n"
_RESET: Final = b"event: reset\ndata: \n\n"
_READY: Final = b"retry: 2000\nevent: ready\ndata: \n\n"

Allowed = Callable[[web.Request], Awaitable[bool]]


class LivePages:
    """The stream; ``allowed`` tells whether whoever opened it still may."""

    def __init__(self, changes: Changes, allowed: Allowed) -> None:
        self._changes = changes
        self._allowed = allowed

    def routes(self) -> list[web.RouteDef]:
        """Return its one route."""
        return [web.get("/live/stream", self.stream)]

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Return what changes, until the browser goes or may not hear it any more."""
        response = web.StreamResponse(headers=_HEAD)
        await response.prepare(request)
        shown = NAMES & set(request.query.get("of", "").split()) or NAMES
        with self._changes.ear(shown) as ear:
            await response.write(_READY)
            async for frame in self._frames(ear, request):
                await response.write(frame)
        return response

    async def _frames(self, ear: PageEar, request: web.Request) -> AsyncIterator[bytes]:
        clock = asyncio.get_running_loop().time
        asked_at = clock()
        while True:
            kinds: list[str] = []
            try:
                async with asyncio.timeout(_BEAT_SECONDS):
                    kinds = await ear.hear()
            except TimeoutError:
                pass
            if ear.over:
                break
            if clock() - asked_at >= _BEAT_SECONDS:  # a PBX that is busy keeps nobody's ended session alive
                asked_at = clock()
                if not await self._allowed(request):
                    return
            yield f"event: changed\ndata: {' '.join(kinds)}\n\n".encode() if kinds else _BEAT
        yield _RESET
