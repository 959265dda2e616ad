"""Orders about callback requests: one from its panel, or several at once from the board's rows; each done once."""

from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from crm_bridge.api.problems import Problem
from crm_bridge.errors import NoSuchThing
from crm_bridge.people.access import ACCESS, PERSON
from crm_bridge.people.once import OnceKeeper
from crm_bridge.queries.console import ConsoleQueries
from crm_bridge.web import PREFIX
from crm_bridge.web.changes import Changes
from crm_bridge.web.forms import FormRefused, fields, way_back
from crm_bridge.web.pages.board import NONE_TICKED, SNOOZES, BoardPages
from crm_bridge.web.pages.given import ConsoleGiven, author
from crm_bridge.web.surface import HEADERS, Surface, by_htmx
from telephony.errors import RingbackError

CHANGED: Final = {"HX-Trigger": "ringback:changed"}
"""Has open pages fetch anew what they show, whatever the stream says."""
_LONGEST_ID: Final = 64
_AT_ONCE: Final = 50
_OF_MANY: Final = frozenset({"snooze", "give", "done"})
_ROW: Final = "row."
_ROW_DIGITS: Final = 18


class BoardOrders:
    """The handlers; ``board`` knows when a day begins."""

    def __init__(self, surface: Surface, given: ConsoleGiven, board: BoardPages, changes: Changes) -> None:
        self._surface = surface
        self._given = given
        self._board = board
        self._console = ConsoleQueries(given.pool)
        self._once = OnceKeeper(given.pool)
        self._changes = changes

    def routes(self) -> list[web.RouteDef]:
        """Return them."""
        return [
            web.post("/board/many", self.many),
            web.post(r"/board/{request_id:\d{1,18}}/{order:[a-z]+}", self.order),
        ]

    async def order(self, request: web.Request) -> web.StreamResponse:
        """Do what a button says, once."""
        form = await fields(request)
        number, order = int(request.match_info["request_id"]), request.match_info["order"]
        done = await self._do_once(request, number, order, form)
        words = f"order.{order}.said" if done else "order.already"
        if by_htmx(request):
            answer = self._surface.message(request, self._surface.said(request, words))
            answer.headers.update(CHANGED)
            return answer
        raise web.HTTPSeeOther(way_back(form.get("back", "")), headers=HEADERS)

    async def many(self, request: web.Request) -> web.StreamResponse:
        """Do the same to each row that was ticked; those that could not be done are named by their number."""
        form = await fields(request)
        order, rows = form.get("order", ""), _rows(form)
        if order not in _OF_MANY:
            return self._surface.refusal(request, 422, "refused.wrong")
        if not rows:
            raise web.HTTPSeeOther(_none_ticked(way_back(form.get("back", ""))), headers=HEADERS)
        refused = []
        for number in rows:
            try:
                await self._console.one_callback(number, request[ACCESS])
                await self._do_once(request, number, order, form | {"once": f"{number}.{form.get('once', '')}"})
            except (RingbackError, Problem, NoSuchThing):
                refused.append(number)
        if refused:
            said = self._surface.counted(request, "order.many.refused", len(refused), len(rows))
            return self._surface.refusal(request, 409, "refused.some", said)
        raise web.HTTPSeeOther(way_back(form.get("back", "")), headers=HEADERS)

    async def _do_once(self, request: web.Request, number: int, order: str, form: dict[str, str]) -> bool:
        """Do an order; False if this form was sent before, or the same order a moment ago from another tab."""
        by, form_name = author(request), form.get("once", "")
        same = f"{number}.{order}.{form.get('minutes', '')}.{form.get('manager', '')}"
        if not await self._once.begin(by.key_id, form_name, same):
            return False
        try:
            await self._do(request, number, order, form, by.name)
        except (RingbackError, Problem, FormRefused, web.HTTPException):
            await self._once.undo(by.key_id, form_name, same)
            raise
        self._changes.all_changed()
        return True

    async def _do(self, request: web.Request, number: int, order: str, form: dict[str, str], by: str) -> None:
        orders, now, access = self._given.services.callbacks, self._surface.clock(), request[ACCESS]
        match order:
            case "ring":
                manager = request[PERSON].manager_id
                if manager:
                    await orders.reassign(number, manager, by)
                else:
                    await orders.snooze(number, now, by)
            case "snooze":
                await orders.snooze(number, self._later(form.get("minutes", ""), now), by)
            case "give":
                if not access.is_theirs(_manager(form)):
                    raise web.HTTPForbidden
                await orders.reassign(number, _manager(form), by)
            case "done":
                await orders.done(number, by)
            case "cancel" | "never" if not access.everything:
                raise web.HTTPForbidden
            case "cancel":
                await orders.cancel(number, by)
            case "never":
                whole = await orders.show(number)
                await self._given.services.directory.mark(whole.request.customer, do_not_call=True)
                await orders.cancel(number, by)
            case _:
                raise web.HTTPNotFound

    def _later(self, minutes: str, now: datetime) -> datetime:
        if minutes == "tomorrow":  # the engine goes on from there to the opening
            return self._board.midnight(now) + timedelta(days=1)
        if minutes not in {str(each) for each in SNOOZES}:
            raise FormRefused("minutes")
        return now + timedelta(minutes=int(minutes))


def _manager(form: dict[str, str]) -> str:
    manager = form.get("manager", "")
    if not manager or len(manager) > _LONGEST_ID:
        raise FormRefused("manager")
    return manager


def _none_ticked(back: str) -> str:
    """Return the board's address that says that nothing was ticked."""
    board = back if back.startswith(f"{PREFIX}/board") else f"{PREFIX}/board"
    return f"{board}{'&' if '?' in board else '?'}{NONE_TICKED}=yes"


def _rows(form: dict[str, str]) -> list[int]:
    """Return the requests that were ticked."""
    names = [name.removeprefix(_ROW) for name in form if name.startswith(_ROW)]
    good = [int(name) for name in names if name.isascii() and name.isdecimal() and len(name) <= _ROW_DIGITS]
    return good[:_AT_ONCE]
