"""Unhappy customers: who waits for help, one with its reasons and its history, and what people do about it."""

import secrets
from collections.abc import Awaitable, Callable
from datetime import date
from enum import StrEnum
from typing import Any, Final

from aiohttp import web
from pydantic import ValidationError

from crm_bridge.api import problems
from crm_bridge.api.listing import cut
from crm_bridge.cases.book import CaseReason
from crm_bridge.cases.lifecycle import CaseCause, CaseState, CaseWhy
from crm_bridge.cases.listing import CaseListParams, CaseQueries, case_filters, case_place
from crm_bridge.people.access import ACCESS
from crm_bridge.people.once import OnceKeeper
from crm_bridge.queries.console import ConsoleQueries
from crm_bridge.web import PREFIX
from crm_bridge.web.forms import FormRefused, fields, way_back
from crm_bridge.web.pages.given import ConsoleGiven, author
from crm_bridge.web.surface import HEADERS, Surface
from crm_bridge.web.views.chips import chips_of, kept_of
from crm_bridge.web.views.periods import PeriodName, period
from telephony.numbers import canonical
from telephony.ports import Transaction

_PAGE: Final = 50
_FILTERS: Final = ("why", "cause", "owner", "state", "customer")
_MARKS: Final = ("late", "changed")
_DAYS: Final = ("since", "until")


class CaseTab(StrEnum):
    """What is listed."""

    OPEN = "open"
    CLOSED = "closed"
    ALL = "all"


_TABS: Final[dict[CaseTab, dict[str, Any]]] = {
    CaseTab.OPEN: {"open": True},
    CaseTab.CLOSED: {"open": False},
    CaseTab.ALL: {},
}


class CasePages:
    """The handlers; the door has looked after `case_id`."""

    def __init__(self, surface: Surface, given: ConsoleGiven) -> None:
        self._surface = surface
        self._given = given
        self._queries = CaseQueries(given.pool)
        self._console = ConsoleQueries(given.pool)
        self._once = OnceKeeper(given.pool)

    def routes(self) -> list[web.RouteDef]:
        """Return them."""
        one = r"/cases/{case_id:\d{1,18}}"
        return [
            web.get("/cases", self.page),
            web.get(one, self.one),
            web.post("/customers/{number}/unhappy", self.open),
            web.post(f"{one}/{{order:act|give|close}}", self.order),
        ]

    async def page(self, request: web.Request) -> web.Response:
        """Show a tab."""
        access = request[ACCESS]
        tab = CaseTab(asked) if (asked := request.query.get("tab", "")) in set(CaseTab) else CaseTab.OPEN
        kept = {"tab": tab.value, **kept_of(request.query, (*_FILTERS, *_MARKS, *_DAYS))}
        chosen = self._asked(request, tab)
        if tab is CaseTab.OPEN:
            shown, following = await self._queries.urgent(chosen, _PAGE * 4, access), None
        else:
            found = await self._queries.newest(chosen, _PAGE + 1, access)
            shown, following = cut(found, _PAGE, case_place)
        return self._surface.page(
            request,
            "cases/list.html",
            tab=tab,
            tabs=list(CaseTab),
            counts={each: await self._queries.count(self._asked(request, each), access) for each in CaseTab},
            rows=shown,
            following=following,
            kept=kept,
            chips=chips_of(kept, ("tab",)),
            managers=await self._console.managers(),
        )

    def _asked(self, request: web.Request, tab: CaseTab) -> dict[str, list[object]]:
        kept = kept_of(request.query, _FILTERS)
        several = {name: value if isinstance(value, tuple) else (value,) for name, value in kept.items()}
        since, until = (request.query.get(name, "") for name in _DAYS)
        days = period("", since, until, date.min, PeriodName.ALL)
        last = {"cursor": request.query["cursor"]} if request.query.get("cursor") and tab is not CaseTab.OPEN else {}
        times = {"since": days.since(self._surface.zone), "until": days.until(self._surface.zone)}
        try:
            params = CaseListParams.model_validate(
                {**_TABS[tab], **several, **kept_of(request.query, _MARKS), **times, **last}
            )
        except ValidationError as error:
            raise problems.invalid("query", error) from None
        return case_filters(params, self._given.region)

    async def one(self, request: web.Request) -> web.Response:
        """Show one."""
        case = await self._queries.one(int(request.match_info["case_id"]), request[ACCESS])
        return self._surface.page(
            request,
            "cases/one.html",
            case=case,
            history=await self._queries.history(case.case_id),
            managers=await self._console.managers(),
            causes=list(CaseCause),
            is_open=case.state is not CaseState.CLOSED,
            token=secrets.token_urlsafe,
        )

    async def open(self, request: web.Request) -> web.StreamResponse:
        """Open a case by hand, from a customer's card."""
        form = await fields(request)
        number = canonical(request.match_info["number"][:40], self._given.region)
        words = form.get("words", "").strip()
        access = request[ACCESS]
        known = await self._console.customer(number, access)
        if not number or (known is None and not access.everything):
            raise web.HTTPNotFound
        if not words:
            raise FormRefused("words")
        by = author(request)
        reason = CaseReason(CaseWhy.BY_HAND, f"{by.key_id}.{form.get('once', '')}"[:128], number, "", words)
        async with self._given.pool.acquire() as connection, connection.transaction():
            await self._given.cases.open(connection, reason, by.name)
        raise web.HTTPSeeOther(way_back(f"{PREFIX}/customers/{number}"), headers=HEADERS)

    async def order(self, request: web.Request) -> web.StreamResponse:
        """Do what a button says, once."""
        form = await fields(request)
        case_id, by = int(request.match_info["case_id"]), author(request)
        once = form.get("once", "")
        same = f"case {case_id}.{request.match_info['order']}.{form.get('words', '')}.{form.get('owner', '')}"
        if await self._once.begin(by.key_id, once, same):
            try:
                async with self._given.pool.acquire() as connection, connection.transaction():
                    await self._order(request, form, by.name)(connection)
            except BaseException:
                await self._once.undo(by.key_id, once, same)
                raise
        raise web.HTTPSeeOther(f"{PREFIX}/cases/{case_id}", headers=HEADERS)

    def _order(self, request: web.Request, form: dict[str, str], by: str) -> Callable[[Transaction], Awaitable[None]]:
        book, case_id, order = self._given.cases, int(request.match_info["case_id"]), request.match_info["order"]
        words = form.get("words", "").strip()
        cause = form.get("cause", "")
        if order == "give":
            return lambda tx: book.give(tx, case_id, form.get("owner", ""), by)
        if not words or (order == "close" and cause not in set(CaseCause)):
            raise FormRefused("words")
        if order == "act":
            return lambda tx: book.act(tx, case_id, by, words)
        return lambda tx: book.close(tx, case_id, CaseCause(cause), (words, form.get("changed", "")), by)
