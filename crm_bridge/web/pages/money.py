"""Money at risk with what it is made of; and new customers, whose figures lead here."""

from datetime import date
from typing import Final

from aiohttp import web
from pydantic import ValidationError

from crm_bridge.api import problems
from crm_bridge.api.listing import cut
from crm_bridge.figures.reader import FigureReader
from crm_bridge.figures.reports import ReportName
from crm_bridge.money.reader import MoneyReader
from crm_bridge.money.reckoning import rounded
from crm_bridge.newcomers.listing import FILTERS, NewcomerParams, NewcomerQueries, newcomer_place
from crm_bridge.newcomers.nudging import NudgeName, NudgeVerdict
from crm_bridge.people.access import ACCESS, PERSON, UserRole
from crm_bridge.queries.console import ConsoleQueries
from crm_bridge.web import PREFIX
from crm_bridge.web.forms import FormRefused, fields, way_back
from crm_bridge.web.pages.given import ConsoleGiven, author
from crm_bridge.web.pages.reports import PERIODS, asked_days
from crm_bridge.web.surface import HEADERS, Surface
from crm_bridge.web.views.chips import chips_of, kept_of
from crm_bridge.web.views.periods import PeriodName, period
from telephony.numbers import canonical

_PAGE: Final = 50
_DAYS: Final = ("since", "until")


class MoneyPages:
    """The handlers; reports are for heads and administrators."""

    def __init__(self, surface: Surface, given: ConsoleGiven) -> None:
        self._surface = surface
        self._given = given
        self._figures = FigureReader(given.pool, surface.zone)
        self._money = MoneyReader(given.pool, surface.zone, given.money)
        self._newcomers = NewcomerQueries(given.pool, given.money.sold_codes)
        self._console = ConsoleQueries(given.pool)

    def routes(self) -> list[web.RouteDef]:
        """Return them."""
        return [
            web.get("/reports/money", self.money),
            web.get("/newcomers", self.newcomers),
            web.post("/customers/{number}/nudge", self.nudge),
        ]

    async def money(self, request: web.Request) -> web.Response:
        """Show the figure, its band, and what both are made of."""
        _for_heads(request)
        today = self._surface.clock().astimezone(self._surface.zone).date()
        chosen, span = await asked_days(request, today, self._figures)
        return self._surface.page(
            request,
            "reports/money.html",
            money=await self._money.report(span, today),
            currency=self._given.money.currency,
            names=list(ReportName),
            period=chosen,
            periods=PERIODS,
            span=span,
            kept=dict.fromkeys(("period", *_DAYS), "") | kept_of(request.query, ("period", *_DAYS)),
            rounded=rounded,
        )

    async def newcomers(self, request: web.Request) -> web.Response:
        """List new customers."""
        _for_heads(request)
        kept = kept_of(request.query, (*FILTERS, *_DAYS))
        since, until = (request.query.get(name, "") for name in _DAYS)
        days = period("", since, until, date.min, PeriodName.ALL)
        zone, last = self._surface.zone, request.query.get("cursor", "")
        try:
            params = NewcomerParams.model_validate(
                {name: kept[name] for name in FILTERS if name in kept}
                | {"since": days.since(zone), "until": days.until(zone), "cursor": last or None}
            )
        except ValidationError as error:
            raise problems.invalid("query", error) from None
        now = self._surface.clock()
        found = await self._newcomers.page(params, _PAGE + 1, now, request[ACCESS])
        shown, following = cut(found, _PAGE, newcomer_place)
        return self._surface.page(
            request,
            "customers/newcomers.html",
            now=now,
            rows=shown,
            following=following,
            kept=kept,
            chips=chips_of(kept, ()),
            currency=self._given.money.currency,
            managers=await self._console.managers(),
            day_of=lambda at: (now.astimezone(zone).date() - at.astimezone(zone).date()).days + 1,
        )

    async def nudge(self, request: web.Request) -> web.StreamResponse:
        """Write down that something was done for a new customer, or is not for this one."""
        form = await fields(request)
        number = canonical(request.match_info["number"][:40], self._given.region)
        access = request[ACCESS]
        if not number or (not access.everything and await self._console.customer(number, access) is None):
            raise web.HTTPNotFound
        nudge, verdict = form.get("nudge", ""), form.get("verdict", "")
        if nudge not in set(NudgeName) or verdict not in set(NudgeVerdict):
            raise FormRefused("nudge")
        await self._newcomers.settle(number, nudge, verdict, author(request).name, self._surface.clock())
        raise web.HTTPSeeOther(way_back(f"{PREFIX}/customers/{number}"), headers=HEADERS)


def _for_heads(request: web.Request) -> None:
    if request[PERSON].role is UserRole.MANAGER:
        raise web.HTTPForbidden
