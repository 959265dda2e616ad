"""The page on which somebody says what they want to be told, where and when."""

from datetime import time
from typing import Final

from aiohttp import web

from crm_bridge.errors import NoSuchThing
from crm_bridge.notifications.assembly import Notifications
from crm_bridge.notifications.sender import AddressRefused
from crm_bridge.notifications.store import WISHED, Wishes
from crm_bridge.people.access import PERSON
from crm_bridge.web import PREFIX
from crm_bridge.web.forms import FormRefused, fields
from crm_bridge.web.surface import HEADERS, Surface

_ROW_DIGITS: Final = 18


class NoticePages:
    """The handlers, under `/console/me/notifications`."""

    def __init__(self, surface: Surface, notifications: Notifications) -> None:
        self._surface = surface
        self._store = notifications.store
        self._sender = notifications.sender

    def routes(self) -> list[web.RouteDef]:
        """Return them."""
        return [
            web.get("/me/notifications", self.page),
            web.post("/me/notifications", self.wish),
            web.post("/me/notifications/addresses", self.add),
            web.post("/me/notifications/addresses/{address_id}/drop", self.drop),
            web.post("/me/notifications/test", self.test),
        ]

    async def page(self, request: web.Request) -> web.Response:
        """Show what is wished, and the addresses without their secrets."""
        return await self._shown(request)

    async def _shown(
        self,
        request: web.Request,
        status: int = 200,
        error: str = "",
        words: str = "",
        halves: str = "",
        wishes: Wishes | None = None,
    ) -> web.Response:
        user_id = request[PERSON].user_id
        return self._surface.page(
            request,
            "people/notifications.html",
            status=status,
            wishes=wishes or await self._store.wishes(user_id),
            wished=WISHED,
            addresses=await self._sender.masked(await self._store.addresses(user_id)),
            error=error,
            said=words,
            halves=halves,
        )

    async def wish(self, request: web.Request) -> web.StreamResponse:
        """Keep what somebody wishes."""
        form = await fields(request)
        kinds = frozenset(kind for kind in WISHED if form.get(f"kind_{kind}"))
        begin, end = _time(form, "quiet_from"), _time(form, "quiet_until")
        wishes = Wishes(kinds, begin, end, _time(form, "digest_at"))
        if (begin is None) != (end is None) or (begin is not None and begin == end):
            return await self._shown(request, 422, halves="people.notices.quiet_both", wishes=wishes)
        await self._store.wish(request[PERSON].user_id, wishes)
        return _back()

    async def add(self, request: web.Request) -> web.StreamResponse:
        """Add an address."""
        address = (await fields(request)).get("address", "").strip()
        try:
            await self._sender.check(address)
            await self._store.add(request[PERSON].user_id, address)
        except AddressRefused as error:
            return await self._shown(request, 422, error=str(error))
        return _back()

    async def drop(self, request: web.Request) -> web.StreamResponse:
        """Take one out."""
        answer = request.match_info["address_id"]
        if not (answer.isascii() and answer.isdecimal() and len(answer) <= _ROW_DIGITS):
            raise NoSuchThing("there is no such address")
        await self._store.drop(request[PERSON].user_id, int(answer))
        return _back()

    async def test(self, request: web.Request) -> web.StreamResponse:
        """Send a test to each address."""
        sent = await self._store.test(request[PERSON].user_id)
        return await self._shown(request, words="people.notices.test_sent" if sent else "people.notices.no_address")


def _back() -> web.Response:
    return web.Response(status=303, headers={"Location": f"{PREFIX}/me/notifications", **HEADERS})


def _time(form: dict[str, str], name: str) -> time | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise FormRefused(f"{name}: a time of day") from None
