"""The journal: what people did."""

from datetime import datetime
from typing import Final

from aiohttp import web

from crm_bridge.queries.console import ConsoleQueries
from crm_bridge.queries.journal import deeds
from crm_bridge.web.forms import FormRefused
from crm_bridge.web.pages.admin.rights import for_admins
from crm_bridge.web.surface import Surface
from telephony.postgres.pool import Pool

_PAGE: Final = 100


class JournalPage:
    """The handler."""

    def __init__(self, surface: Surface, pool: Pool) -> None:
        self._surface = surface
        self._pool = pool

    def routes(self) -> list[web.RouteDef]:
        """Return it."""
        return [web.get("/audit", for_admins(self.page))]

    async def page(self, request: web.Request) -> web.Response:
        """Show the newest, or those before a moment."""
        found = await deeds(self._pool, _PAGE + 1, _moment(request.query.get("before", "")))
        shown = found[:_PAGE]
        older = shown[-1].at.isoformat() if len(found) > _PAGE else ""
        managers = await ConsoleQueries(self._pool).managers()
        return self._surface.page(request, "admin/journal.html", deeds=shown, older=older, managers=managers)


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise FormRefused("before: a moment") from None
    if at.tzinfo is None:
        raise FormRefused("before: a moment with its zone")
    return at
