"""Today: how we are doing now, and what is to be done next. Each figure is counted by the list that it leads to."""

from datetime import datetime
from typing import Final, NamedTuple

from aiohttp import web

from crm_bridge.api.resources.calendar import hours_of
from crm_bridge.api.resources.calls import FilterParams
from crm_bridge.api.resources.calls import filters as call_filters
from crm_bridge.people.access import ACCESS, Access
from crm_bridge.queries.calls import CallQueries
from crm_bridge.queries.console import ConsoleQueries
from crm_bridge.web.pages.board import BoardPages, BoardTab
from crm_bridge.web.pages.given import ConsoleGiven
from crm_bridge.web.sharing import SharedParts
from crm_bridge.web.surface import Surface
from crm_bridge.web.views.race import race
from telephony.model import Direction, Disposition

_URGENT: Final = 6
_LATEST: Final = 8


class TodayFigures(NamedTuple):
    """Counts of lists."""

    owed: int
    late: int
    reached: int
    got_through: int
    lost: int
    never: int
    answered: int
    missed: int
    met: int
    not_met: int


class WallScreen(NamedTuple):
    """Where the wallboard is, for it to be asked anew."""

    address: str
    stream: str
    whole: bool
    """Numbers are shown whole."""


class TodayPages:
    """The handlers; ``board`` knows what each of its tabs lists."""

    def __init__(self, surface: Surface, given: ConsoleGiven, board: BoardPages, shared: SharedParts) -> None:
        self._surface = surface
        self._given = given
        self._shared = shared.of("calls", "callbacks", "phones")
        self._board = board
        self._calls = CallQueries(given.pool)
        self._console = ConsoleQueries(given.pool)

    def routes(self) -> list[web.RouteDef]:
        """Return them."""
        return [web.get("", self._shared(self.page)), web.get("/", self._shared(self.page))]

    async def page(self, request: web.Request) -> web.Response:
        """Show it."""
        return await self.shown(request, "today/today.html", request[ACCESS])

    async def shown(
        self, request: web.Request, template: str, access: Access, screen: WallScreen | None = None
    ) -> web.Response:
        """Show a page of these figures: this one, or the wallboard."""
        now = self._surface.clock()
        owed, _ = self._board.chosen(BoardTab.OWED, "", now)
        urgent = await self._console.callbacks(owed, _URGENT, access, urgent=True)
        latest = await self._calls.page({}, _LATEST, access)
        talking = await self._calls.page({"disposition": [Disposition.IN_PROGRESS]}, 200, access)
        phones = self._given.services.presences.everybody()
        return self._surface.page(
            request,
            template,
            now=now,
            hours=hours_of(await self._given.services.calendar.at(now)),
            figures=await self._figures(now, access),
            urgent=[(row, race(row, now)) for row in urgent],
            latest=latest,
            up=len(talking),
            waiting=[call for call in talking if call.direction is Direction.INBOUND and call.answered_at is None],
            names=await self._console.names({call.customer for call in latest if call.customer}),
            marks=await self._console.marks([call.call_id for call in latest]),
            managers=await self._console.managers(),
            phones=[phone for phone in phones if access.is_theirs(phone.manager_id)],
            screen=screen,
        )

    async def _figures(self, now: datetime, access: Access) -> TodayFigures:
        midnight = self._board.midnight(now)
        calls = {
            disposition: call_filters(
                FilterParams(since=midnight, direction=(Direction.INBOUND,), disposition=(disposition,)),
                self._given.region,
                self._surface.zone.key,
            )
            for disposition in (Disposition.ANSWERED, Disposition.MISSED)
        }

        tabs, targets = await self._board.closed_counts("", now, 1, access)
        return TodayFigures(
            owed=await self._console.count_callbacks(self._board.chosen(BoardTab.OWED, "", now)[0], access),
            late=tabs[BoardTab.LATE],
            reached=tabs[BoardTab.REACHED],
            got_through=tabs[BoardTab.GOT_THROUGH],
            lost=tabs[BoardTab.LOST],
            never=tabs[BoardTab.NEVER],
            answered=await self._console.count_calls(calls[Disposition.ANSWERED], access, now),
            missed=await self._console.count_calls(calls[Disposition.MISSED], access, now),
            met=targets["met"],
            not_met=targets["missed"],
        )
