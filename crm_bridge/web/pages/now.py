"""What happens now: calls that are up, who waits, and how managers' phones stand."""

from typing import Final

from aiohttp import web

from crm_bridge.people.access import ACCESS
from crm_bridge.queries.calls import CallQueries
from crm_bridge.queries.console import ConsoleQueries
from crm_bridge.web.pages.given import ConsoleGiven
from crm_bridge.web.sharing import SharedParts
from crm_bridge.web.surface import Surface
from telephony.model import Direction, Disposition

_MOST: Final = 200


class NowPages:
    """The handler."""

    def __init__(self, surface: Surface, given: ConsoleGiven, shared: SharedParts) -> None:
        self._surface = surface
        self._given = given
        self._shared = shared.of("calls", "phones")
        self._calls = CallQueries(given.pool)
        self._console = ConsoleQueries(given.pool)

    def routes(self) -> list[web.RouteDef]:
        """Return it."""
        return [web.get("/live", self._shared(self.page))]

    async def page(self, request: web.Request) -> web.Response:
        """Show it."""
        access = request[ACCESS]
        calls = await self._calls.page({"disposition": [Disposition.IN_PROGRESS]}, _MOST, access)
        phones = [phone for phone in self._given.services.presences.everybody() if access.is_theirs(phone.manager_id)]
        return self._surface.page(
            request,
            "now/live.html",
            now=self._surface.clock(),
            waiting=[call for call in calls if call.answered_at is None and call.direction is Direction.INBOUND],
            talking=[call for call in calls if call.answered_at is not None or call.direction is not Direction.INBOUND],
            phones=phones,
            names=await self._console.names({call.customer for call in calls if call.customer}),
            managers=await self._console.managers(),
        )
