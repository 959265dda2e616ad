"""The HTTP port: /healthz for whoever watches us, /metrics for Prometheus, and a place for others' routes."""

from collections.abc import Mapping
from types import MappingProxyType

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, disable_created_metrics, generate_latest

from telephony.daemon.health import Health
from telephony.errors import SettingsError
from telephony.settings import HttpSettings

disable_created_metrics()  # type: ignore[no-untyped-call] # a series of its own for each counter's birth, which nobody reads

_log = structlog.get_logger(__name__)


def application(
    health: Health, registry: CollectorRegistry, others: Mapping[str, web.Application] = MappingProxyType({})
) -> web.Application:
    """Make the application; ``others`` are the API and the pages, each under its path."""

    async def healthz(_request: web.Request) -> web.Response:
        parts = health.parts()
        well = all(part.healthy for part in parts)
        told = [{"name": part.name, "healthy": part.healthy, "said": part.said} for part in parts]
        return web.json_response({"healthy": well, "parts": told}, status=200 if well else 503)

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/metrics", metrics)])
    for path, other in others.items():
        app.add_subapp(path, other)
    return app


class HttpServer:
    """Listens while it is open."""

    def __init__(self, settings: HttpSettings, app: web.Application) -> None:
        self._settings = settings
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)

    async def open(self) -> None:
        """Listen.

        Raises:
            SettingsError: the port is taken, or the address is not ours.
        """
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._settings.host, self._settings.port).start()
        except OSError as error:
            raise SettingsError(
                f"http.port: cannot listen on {self._settings.host}:{self._settings.port}: {error.strerror}. "
                "Is another Ringback running? Else choose another `port` (or `host`) under [http]."
            ) from error
        _log.info("http.listening", url=self.url)

    @property
    def url(self) -> str:
        """Where it listens, without a path."""
        return f"http://{self._settings.host}:{self._settings.port}"

    async def close(self) -> None:
        """Stop listening."""
        await self._runner.cleanup()
