"""The wallboard: for who is signed in, and for a screen on a wall that has a link of its own."""

from typing import Final

from aiohttp import web

from crm_bridge.people.access import ACCESS, Access
from crm_bridge.people.deeds import ABOUT
from crm_bridge.people.walls import Wall, WallStore
from crm_bridge.web import PREFIX
from crm_bridge.web.changes import Changes
from crm_bridge.web.forms import FormRefused, fields
from crm_bridge.web.live import LivePages
from crm_bridge.web.pages.admin.rights import for_admins
from crm_bridge.web.pages.given import ConsoleGiven, author
from crm_bridge.web.pages.today import TodayPages, WallScreen
from crm_bridge.web.surface import HEADERS, Surface
from crm_bridge.web.viewer import TONGUE
from crm_bridge.web.words.text import UiLanguage

_LONGEST_NAME: Final = 64


class WallPages:
    """The handlers; ``today`` counts the figures."""

    def __init__(self, surface: Surface, given: ConsoleGiven, today: TodayPages, changes: Changes) -> None:
        self._surface = surface
        self._today = today
        self._walls = WallStore(given.pool, surface.clock)
        self._live = LivePages(changes, self._still_open)

    def routes(self) -> list[web.RouteDef]:
        """Return them."""
        return [
            web.get("/wall", self.page),
            web.get("/wall/{token}", self.screen),
            web.get("/wall/{token}/stream", self.stream),
            web.get("/walls", for_admins(self.list)),
            web.post("/walls", for_admins(self.make)),
            web.post(r"/walls/{wall_id:\d{1,18}}/revoke", for_admins(self.revoke)),
        ]

    async def page(self, request: web.Request) -> web.Response:
        """Show the figures of who is signed in to a whole room: large, and without a customer's name."""
        if ACCESS not in request:
            raise web.HTTPForbidden
        return await self._shown(request, request[ACCESS], f"{PREFIX}/wall", whole=False)

    async def screen(self, request: web.Request) -> web.Response:
        """Show the company's figures to whoever has the link."""
        wall = await self._opened(request)
        if wall is None:
            raise web.HTTPNotFound
        request[TONGUE] = wall.language
        return await self._shown(request, Access.ALL, f"{PREFIX}/wall/{request.match_info['token']}", whole=wall.whole)

    async def _shown(self, request: web.Request, access: Access, here: str, *, whole: bool) -> web.Response:
        stream = f"{here}/stream" if here != f"{PREFIX}/wall" else f"{PREFIX}/live/stream"
        return await self._today.shown(request, "today/wall.html", access, WallScreen(here, stream, whole))

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Tell the screen what changes, for as long as its link is good."""
        if not await self._still_open(request):
            raise web.HTTPNotFound
        return await self._live.stream(request)

    async def _still_open(self, request: web.Request) -> bool:
        return await self._opened(request) is not None

    async def _opened(self, request: web.Request) -> Wall | None:
        return await self._walls.opened(request.match_info["token"])

    # --- for administrators -------------------------------------------------------------------------------------------

    async def list(self, request: web.Request) -> web.Response:
        """List the links, with a form for a new one."""
        return await self._list_page(request)

    async def _list_page(self, request: web.Request, status: int = 200, *, link: str = "") -> web.Response:
        walls = await self._walls.all()
        return self._surface.page(request, "admin/walls.html", status=status, walls=walls, link=link)

    async def make(self, request: web.Request) -> web.StreamResponse:
        """Make a link and show it, this once."""
        form = await fields(request)
        name = form.get("name", "").strip()
        if not name or len(name) > _LONGEST_NAME:
            return await self._list_page(request, 422)
        language = form.get("language", "")
        if language not in {"", *UiLanguage}:
            raise FormRefused("language")
        _, token = await self._walls.make(
            name, author(request).name, whole=form.get("whole") == "yes", language=language
        )
        request[ABOUT] = name
        link = str(request.url.origin().with_path(f"{PREFIX}/wall/{token}"))
        return await self._list_page(request, link=link)

    async def revoke(self, request: web.Request) -> web.StreamResponse:
        """End a link, and its stream."""
        await fields(request)
        await self._walls.revoke(int(request.match_info["wall_id"]))
        raise web.HTTPSeeOther(f"{PREFIX}/walls", headers=HEADERS)
