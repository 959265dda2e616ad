"""The HTTP port: /healthz for whoever watches us, /metrics for Prometheus, and a place for others' routes."""

import asyncio
import logging
import socket
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, disable_created_metrics, generate_latest

from telephony.daemon.health import Health
from telephony.errors import SettingsError
from telephony.net import descriptors
from telephony.net.doorkeeper import ConnectionBounds, Doorkeeper
from telephony.settings import HttpSettings

disable_created_metrics()  # type: ignore[no-untyped-call] # a series of its own for each counter's birth, which nobody reads

_log = structlog.get_logger(__name__)

LONGEST_LINE = 64 * 1024
"""Bytes of a request's line: a list's filters take many values, and each letter may be written as ``%F0%9F%98%80``."""


def application(
    health: Health, registry: CollectorRegistry, others: Mapping[str, web.Application] = MappingProxyType({})
) -> web.Application:
    """Make the application; ``others`` are the API and the pages, each under its path."""

    async def healthz(_request: web.Request) -> web.Response:
        parts = health.parts()
        well = all(part.healthy for part in parts)
        listed = [{"name": part.name, "healthy": part.healthy, "said": part.said} for part in parts]
        return web.json_response({"healthy": well, "parts": listed}, status=200 if well else 503)

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/metrics", metrics)])
    for path, other in others.items():
        app.add_subapp(path, other)
    return app


class HttpServer:
    """Listens while it is open."""

    def __init__(self, settings: HttpSettings, app: web.Application, bounds: ConnectionBounds | None = None) -> None:
        self._settings = settings
        self._doors = Doorkeeper(self._handler, bounds or _bounds(settings))
        app.middlewares.insert(0, self._doors.middleware)
        self._runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=0.5, logger=_quiet_logger(), max_line_size=LONGEST_LINE
        )
        self._server: asyncio.Server | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port that it is to listen on."""
        return self._settings.port

    @property
    def descriptor(self) -> int | None:
        """The listening socket's, if it is one alone: a successor may inherit it."""
        sockets = self._server.sockets if self._server is not None else ()
        return sockets[0].fileno() if len(sockets) == 1 else None

    async def open(self, inherited: socket.socket | None = None) -> None:
        """Listen, on a socket that somebody before us listened on, if there is one.

        Raises:
            SettingsError: the port is taken, or the address is not ours.
        """
        await self._runner.setup()
        try:
            listen = partial(asyncio.get_running_loop().create_server, self._doors, backlog=descriptors.AT_ONCE)
            if inherited is not None:
                self._server = await listen(sock=inherited)
            else:
                self._server = await listen(host=self._settings.host, port=self._settings.port)
            descriptors.lengthen_queue(self._server)
        except OSError as error:
            raise SettingsError(
                f"http.port: cannot listen on {self._settings.host}:{self._settings.port}: {error.strerror}. "
                "Is another Ringback running? Else choose another `port` (or `host`) under [http]."
            ) from error
        self._watch = asyncio.create_task(self._doors.watch(), name="http doors")
        _log.info("http.listening", url=self.url)

    def _handler(self) -> web.RequestHandler:
        assert self._runner.server is not None  # noqa: S101 - made by `setup`
        return self._runner.server()

    @property
    def url(self) -> str:
        """Where it listens, without a path."""
        return f"http://{self._settings.host}:{self._settings.port}"

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait({self._watch})
        await self._runner.cleanup()


def _bounds(settings: HttpSettings) -> ConnectionBounds:
    return ConnectionBounds(settings.connections, settings.connections_per_address)


def _quiet_logger() -> logging.Logger:
    """Return aiohttp a logger that does not call a stranger's malformed request an error of ours."""
    logger = logging.getLogger("aiohttp.server.ringback")
    logger.filters[:] = [_not_malformed]
    return logger


def _not_malformed(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if not isinstance(error, HttpProcessingError):
        return True
    _log.debug("http.malformed", reason=str(error)[:200])
    return False
