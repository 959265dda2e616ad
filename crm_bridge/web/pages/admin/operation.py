"""How the daemon is: its parts, and the settings that hold."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from aiohttp import web

from crm_bridge.web.pages.admin.rights import for_admins
from crm_bridge.web.surface import Surface
from crm_bridge.web.views.health import named, sentences


class OperationPages:
    """The handlers. The health is everybody's; the settings are an administrator's."""

    def __init__(self, surface: Surface, health: Callable[[], Sequence[Any]], settings: Sequence[Any]) -> None:
        self._surface = surface
        self._health = health
        self._settings = settings

    def routes(self) -> list[web.RouteDef]:
        """Return them."""
        return [web.get("/health", self.health), web.get("/settings", for_admins(self.settings))]

    async def health(self, request: web.Request) -> web.Response:
        """Show each part."""
        parts = self._health()
        return self._surface.page(
            request,
            "admin/health.html",
            bad=[part for part in parts if not part.healthy],
            good=[part for part in parts if part.healthy],
            named=named,
            sentences=sentences,
            address=f"{request.rel_url.path}?part=parts",
        )

    async def settings(self, request: web.Request) -> web.Response:
        """Show what holds, table by table."""
        wanted = request.query.get("q", "")[:80].strip().lower()
        found = [setting for setting in self._settings if wanted in setting.name.lower()]
        tables = [(name, list(group)) for name, group in groupby(found, key=lambda setting: setting.name.split(".")[0])]
        return self._surface.page(request, "admin/settings.html", tables=tables, wanted=wanted)
