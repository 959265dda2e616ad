"""A calendar's server as RFC 4791 and the common ones behave: GET, REPORT calendar-query, ETag, Basic auth."""

from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from tests.unit.telephony.schedule.test_icalendar_files import CHRISTMAS, calendar, multistatus

MOVING = "SUMMARY:Moving\r\nDTSTART;VALUE=DATE:20261202"


@dataclass
class FakeCalDav:
    """``/link.ics`` answers GET with iCalendar; ``/collection/`` answers GET with a page and REPORT with events."""

    events: list[str] = field(default_factory=lambda: [CHRISTMAS])
    user: str = ""
    password: str = ""
    page: str = "<!DOCTYPE html><html><body>Log in</body></html>"
    away: bool = False
    raw: bytes | None = None
    """Says this in place of the calendar."""
    etag: str | None = None
    """Says this in place of the calendar's own."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    url: str = ""
    other_url: str = ""
    """The same machine's other port: another origin."""
    moved_to: str = ""

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.method, request.path))
        given = request.headers.get("Authorization", "")
        self.secrets.append(given)
        if self.away:
            return web.Response(status=503)
        if self.user and b64decode(given.removeprefix("Basic ")).decode() != f"{self.user}:{self.password}":
            return web.Response(status=401, headers={"WWW-Authenticate": "Basic"})
        match (request.method, request.path):
            case ("GET", "/link.ics"):
                return self._link(request)
            case ("GET", "/endless.ics"):
                return await _endless(request)
            case ("GET", "/moved.ics"):
                return web.Response(status=302, headers={"Location": "/link.ics"})
            case ("GET", "/round.ics"):
                return web.Response(status=302, headers={"Location": "/round.ics"})
            case ("GET", "/elsewhere.ics"):
                return web.Response(status=302, headers={"Location": f"{self.other_url}/link.ics"})
            case ("GET", "/inside.ics"):
                return web.Response(status=302, headers={"Location": self.moved_to})
            case ("REPORT", "/collection/"):
                self.queries.append(f"{request.headers['Depth']} {await request.text()}")
                texts = [calendar(event).replace("UID:0", f"UID:{n}") for n, event in enumerate(self.events)]
                return web.Response(status=207, text=multistatus(*texts), content_type="application/xml")
        return web.Response(text=self.page, content_type="text/html")

    def _link(self, request: web.Request) -> web.Response:
        body = self.raw if self.raw is not None else calendar(*self.events).encode()
        etag = self.etag if self.etag is not None else f'"{hash(body)}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        return web.Response(body=body, content_type="text/calendar", headers={"ETag": etag})


async def _endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/calendar"})
    await response.prepare(request)
    await response.write(b"BEGIN:VCALENDAR\r\n")
    while True:
        await response.write(b"X-ENDLESS:" + b"x" * 65_536 + b"\r\n")


@asynccontextmanager
async def serving(fake: FakeCalDav) -> AsyncIterator[FakeCalDav]:
    """Serve it on a free port; its ``url`` is where."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", fake.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    for _ in range(2):
        await web.TCPSite(runner, "127.0.0.1", 0).start()
    fake.url, fake.other_url = (f"http://127.0.0.1:{address[1]}" for address in runner.addresses)
    try:
        yield fake
    finally:
        await runner.cleanup()
