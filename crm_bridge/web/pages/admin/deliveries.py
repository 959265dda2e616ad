"""What CRMs and webhooks were told: targets, messages, their tries; and call events that the ledger could not take."""

from datetime import timedelta
from typing import Final

from aiohttp import web

from crm_bridge.api.listing import cut
from crm_bridge.api.ports import DeadLetterOrders
from crm_bridge.api.resources.deliveries import DeliveryState
from crm_bridge.api.values import cursor
from crm_bridge.errors import NoSuchThing
from crm_bridge.outbox.store import OutboxStore
from crm_bridge.people.access import ACCESS
from crm_bridge.people.deeds import ABOUT
from crm_bridge.queries.sql_builder import compose
from crm_bridge.queries.statements import DELIVERIES
from crm_bridge.schemas import DeliveryShape
from crm_bridge.web import PREFIX
from crm_bridge.web.forms import FormRefused, fields, way_back
from crm_bridge.web.pages.admin.rights import for_admins
from crm_bridge.web.pages.given import author
from crm_bridge.web.surface import HEADERS, Surface
from telephony.errors import Refused
from telephony.postgres.pool import Pool

_PAGE: Final = 50
_AT_ONCE: Final = 10_000
_PAUSES: Final = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
_ROW: Final = r"\d{1,18}"


class DeliveryPages:
    """The handlers."""

    def __init__(self, surface: Surface, pool: Pool, letters: DeadLetterOrders) -> None:
        self._surface = surface
        self._pool = pool
        self._store = OutboxStore(pool)
        self._letters = letters

    def routes(self) -> list[web.RouteDef]:
        """Return them."""
        return [
            web.get("/deliveries", for_admins(self.page)),
            web.get(f"/deliveries/{{delivery:{_ROW}}}", for_admins(self.one)),
            web.post(f"/deliveries/{{delivery:{_ROW}}}/replay", for_admins(self.replay)),
            web.post("/deliveries/replay", for_admins(self.replay_target)),
            web.post("/deliveries/pause", for_admins(self.pause)),
            web.post(f"/dead-letters/{{letter:{_ROW}}}/revive", for_admins(self.revive)),
        ]

    async def page(self, request: web.Request) -> web.Response:
        """Show the targets, what is dead in the ledger, and messages by target and state."""
        target, state = request.query.get("target", "")[:64], request.query.get("state", "")
        chosen: dict[str, list[object]] = {}
        if target:
            chosen["target"] = [target]
        if state in set(DeliveryState):
            chosen["state" if state == DeliveryState.DELIVERED else "undelivered"] = [state]
        if place := request.query.get("cursor", ""):
            chosen["before"] = [cursor.read_number(place)]
        statement, values = compose(DELIVERIES.list_messages, DELIVERIES, chosen, _PAGE + 1, request[ACCESS])
        rows = await self._pool.fetch(statement, *values)
        found = [DeliveryShape.model_validate(dict(row)) for row in rows]
        shown, following = cut(found, _PAGE, lambda delivery: cursor.write_text(str(delivery.id)))
        now = self._surface.clock()
        return self._surface.page(
            request,
            "admin/deliveries.html",
            now=now,
            targets=[dict(row) for row in await self._pool.fetch(DELIVERIES.targets)],
            letters=await self._letters.page(20),
            deliveries=shown,
            following=following,
            filter={"target": target, "state": state if state in set(DeliveryState) else ""},
            states=list(DeliveryState),
            pauses=list(_PAUSES),
        )

    async def one(self, request: web.Request) -> web.Response:
        """Show one message with its tries."""
        delivery = int(request.match_info["delivery"])
        row = await self._pool.fetchrow(DELIVERIES.one, delivery)
        if row is None:
            raise NoSuchThing(f"there is no delivery {delivery}")
        tries = await self._pool.fetch(DELIVERIES.tries, delivery)
        return self._surface.page(
            request, "admin/delivery.html", delivery=dict(row), tries=[dict(each) for each in tries]
        )

    async def replay(self, request: web.Request) -> web.StreamResponse:
        """Return a dead message a new life."""
        delivery = int(request.match_info["delivery"])
        if not await self._store.replay([delivery], self._surface.clock()):
            raise Refused("only a dead message whose content was not erased can be sent again")
        raise web.HTTPSeeOther(f"{PREFIX}/deliveries/{delivery}", headers=HEADERS)

    async def replay_target(self, request: web.Request) -> web.StreamResponse:
        """Return all dead messages of a target a new life."""
        form = await fields(request)
        target = await self._target(request, form)
        await self._pool.fetch(DELIVERIES.replay_target, target, self._surface.clock(), _AT_ONCE)
        raise web.HTTPSeeOther(way_back(form.get("back", "")), headers=HEADERS)

    async def pause(self, request: web.Request) -> web.StreamResponse:
        """Send nothing to a target for a while, or go on."""
        form = await fields(request)
        target, span = await self._target(request, form), form.get("for", "")
        if span and span not in _PAUSES:
            raise FormRefused("for: hour, day, week or nothing")
        until = self._surface.clock() + _PAUSES[span] if span else None
        await self._pool.fetchval(DELIVERIES.pause, target, until)
        raise web.HTTPSeeOther(way_back(form.get("back", "")), headers=HEADERS)

    async def revive(self, request: web.Request) -> web.StreamResponse:
        """Have a call event tried again."""
        await self._letters.ask(int(request.match_info["letter"]), author(request).name)
        raise web.HTTPSeeOther(f"{PREFIX}/deliveries", headers=HEADERS)

    async def _target(self, request: web.Request, form: dict[str, str]) -> str:
        request[ABOUT] = form.get("target", "")
        rows = await self._pool.fetch(DELIVERIES.targets)
        if form.get("target", "") not in {row["target"] for row in rows}:
            raise NoSuchThing("there is no such target")
        return form["target"]
