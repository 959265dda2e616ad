"""The demo's webhook receiver: a small server as a company might write one, on a port of its own.

It answers 2xx only when it has understood a delivery, and anything else is sent again by the daemon: what cannot be
verified is refused with 401, what cannot be read with 400, and while the API does not answer it says 503.
"""

import json
from collections.abc import Callable
from typing import TextIO
from zoneinfo import ZoneInfo

import aiohttp
from aiohttp import web

from deploy.demo.api_reader import ApiReader
from deploy.demo.deliveries import Delivery, NotReadable, read
from deploy.demo.inbox import Inbox, Line
from deploy.demo.page import HEADERS, page
from deploy.demo.signature import NotSigned, verified
from telephony.ports import Clock

_HOST = "127.0.0.1"
_USUAL_PORT = 8481
_MOST_BYTES = 2**20
_PATH = "/ringback"
_SHOWN = 100


class Sink:
    """Listens while it is open.

    Args:
        key: the webhook secret, decoded.
        clock: the time.
        zone: whose times the page shows.
        record: each delivery that was taken is written there as one line of JSON, with its ``webhook-id``.
    """

    def __init__(self, key: bytes, clock: Clock, zone: ZoneInfo, record: TextIO) -> None:
        self._key = key
        self._clock = clock
        self._zone = zone
        self._record = record
        self.inbox = Inbox()
        self.reader: ApiReader | None = None
        """Set when there is an API to read; until then deliveries are put off."""
        self.heard: Callable[[Line], None] = lambda _: None
        """Told each delivery that is new."""
        app = web.Application(client_max_size=_MOST_BYTES)
        app.add_routes([web.post(_PATH, self._take), web.get("/", self._page), web.get("/calls.json", self._calls)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        self._port = 0

    async def open(self) -> None:
        """Listen on the usual port, or on any if that is taken."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, _HOST, _USUAL_PORT).start()
        except OSError:
            await web.TCPSite(self._runner, _HOST, 0).start()
        self._port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Stop listening."""
        await self._runner.cleanup()

    @property
    def page_url(self) -> str:
        """Where a person looks."""
        return f"http://{_HOST}:{self._port}/"

    @property
    def target_url(self) -> str:
        """Where the daemon posts."""
        return f"http://{_HOST}:{self._port}{_PATH}"

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            message_id = verified(request.headers, body, self._key, self._clock())
            delivery = read(message_id, body)
        except NotSigned as error:
            return web.Response(status=401, text=str(error))
        except NotReadable as error:
            return web.Response(status=400, text=str(error))
        try:
            await self._taken(delivery, body)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return web.Response(status=503, text=f"the API: {type(error).__name__}", headers={"Retry-After": "1"})
        return web.Response(status=204)

    async def _taken(self, delivery: Delivery, body: bytes) -> None:
        if self.reader is None:
            raise aiohttp.ClientConnectionError
        looked = await self.reader.look_up(delivery)
        line = self.inbox.take(delivery, looked)
        if line is not None:
            kept = {"webhook-id": delivery.message_id, **json.loads(body)}
            self._record.write(json.dumps(kept, ensure_ascii=False) + "\n")
            self._record.flush()
            self.heard(line)

    async def _page(self, _request: web.Request) -> web.Response:
        rows = [row for row, _ in zip(self.inbox.rows(), range(_SHOWN), strict=False)]
        lines = list(reversed(self.inbox.lines))[:_SHOWN]
        text = page(rows, lines, self.inbox.repeated, self._zone)
        return web.Response(text=text, content_type="text/html", headers=HEADERS)

    async def _calls(self, _request: web.Request) -> web.Response:
        calls = [row.as_json() for row in self.inbox.rows()]
        return web.json_response({"repeated": self.inbox.repeated, "calls": calls}, headers=HEADERS)
