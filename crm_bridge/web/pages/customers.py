"""Customers: found by name or number, and the card of one: who they are, what we owe them, what was before."""

import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from aiohttp import web

from crm_bridge.cases.listing import CaseQueries
from crm_bridge.newcomers.listing import NewcomerQueries
from crm_bridge.newcomers.nudging import HUNDRED, NudgeVerdict, due
from crm_bridge.people.access import ACCESS
from crm_bridge.queries.calls import CallQueries
from crm_bridge.queries.console import ConsoleQueries
from crm_bridge.web import PREFIX
from crm_bridge.web.forms import fields, way_back
from crm_bridge.web.pages.given import ConsoleGiven
from crm_bridge.web.surface import HEADERS, Surface
from crm_bridge.web.views.hundred import hundred
from crm_bridge.web.views.race import race
from telephony.model import Disposition
from telephony.numbers import canonical

_PAGE: Final = 50
_CALLS: Final = 500
_SHOWN: Final = 25
_BACK: Final = timedelta(days=31)
_LONGEST: Final = 200
_SHORTEST_NUMBER: Final = 3


class CustomerPages:
    """The handlers."""

    def __init__(self, surface: Surface, given: ConsoleGiven) -> None:
        self._surface = surface
        self._given = given
        self._calls = CallQueries(given.pool)
        self._console = ConsoleQueries(given.pool)
        self._cases = CaseQueries(given.pool)
        self._newcomers = NewcomerQueries(given.pool, given.money.sold_codes)

    def routes(self) -> list[web.RouteDef]:
        """Return them."""
        return [
            web.get("/search", self.search),
            web.get("/customers", self.page),
            web.get("/customers/{number}", self.card),
            web.post("/customers/{number}/never-call", self.never_call),
        ]

    async def search(self, request: web.Request) -> web.Response:
        """Lead to the call or the customers that were meant."""
        words = request.query.get("q", "").strip()[:_LONGEST]
        if ":" in words and await self._calls.one(words, request[ACCESS]) is not None:
            raise web.HTTPSeeOther(f"{PREFIX}/calls/{words}", headers=HEADERS)
        return await self.page(request)

    async def page(self, request: web.Request) -> web.Response:
        """Show customers."""
        words = request.query.get("q", "").strip()[:_LONGEST].replace("\0", "")
        access, now = request[ACCESS], self._surface.clock()
        digits = "".join(letter for letter in words if letter.isdecimal())
        number = digits if len(digits) >= _SHORTEST_NUMBER else ""
        if words:
            whole = canonical(words, self._given.region) if number else ""
            found = await self._console.search(words, (number, whole), now - _BACK, access, _PAGE)
        else:
            found = await self._console.latest(now - _BACK, access, _PAGE)
        return self._surface.page(request, "customers/list.html", now=now, words=words, found=found)

    async def card(self, request: web.Request) -> web.Response:
        """Show one."""
        number = canonical(request.match_info["number"][:40], self._given.region)
        access, now = request[ACCESS], self._surface.clock()
        entry = await self._console.customer(number, access)
        calls = await self._calls.page({"customer": [number]}, _CALLS, access) if number else []
        requests = await self._console.callbacks({"customer": [number]}, _SHOWN, access, urgent=False)
        if entry is None and not calls and not requests:
            raise web.HTTPNotFound
        zone = self._surface.zone
        name = (entry.name if entry else "") or next((call.caller_name for call in calls if call.caller_name), "")
        days = [(call.started_at.astimezone(zone).date(), call) for call in calls]
        return self._surface.page(
            request,
            "customers/card.html",
            now=now,
            number=number,
            entry=entry,
            shown_as=name,
            calls=calls[:_SHOWN],
            total=len(calls),
            more=len(calls) >= _CALLS,
            missed=sum(call.disposition is Disposition.MISSED for call in calls),
            answered=sum(call.disposition is Disposition.ANSWERED for call in calls),
            talked=sum(call.talk_seconds for call in calls),
            strip=hundred(days, now.astimezone(zone).date()),
            requests=[(row, race(row, now)) for row in requests],
            cases=await self._cases.newest({"customer": [number]}, _SHOWN, access),
            token=secrets.token_urlsafe,
            **await self._first_days(number, now),
            names={number: name} if name else {},
            marks=await self._console.marks([call.call_id for call in calls[:_SHOWN]]),
            managers=await self._console.managers(),
        )

    async def _first_days(self, number: str, now: datetime) -> dict[str, Any]:
        """Return which of their days it is, and what is to be done for them."""
        zone = self._surface.zone
        day = await self._newcomers.day(number, now.astimezone(zone).date(), zone)
        nudges = due(day, await self._newcomers.settled(number)) if day is not None and day <= HUNDRED else ()
        return {"day": day, "nudges": nudges, "verdicts": list(NudgeVerdict)}

    async def never_call(self, request: web.Request) -> web.StreamResponse:
        """Set or lift the mark that we never call this number."""
        if not request[ACCESS].everything:
            raise web.HTTPForbidden
        form = await fields(request)
        number = canonical(request.match_info["number"][:40], self._given.region)
        if not number:
            raise web.HTTPNotFound
        await self._given.services.directory.mark(number, do_not_call=form.get("never") == "yes")
        raise web.HTTPSeeOther(way_back(f"{PREFIX}/customers/{number}"), headers=HEADERS)
