"""The calendar: sixty days with their hours, and a form that closes, shortens or opens one."""

from datetime import date, timedelta
from typing import Final

from aiohttp import web
from pydantic import ValidationError

from crm_bridge.api.ports import CalendarOrders
from crm_bridge.api.resources.calendar import DayBody
from crm_bridge.people.access import PERSON, UserRole
from crm_bridge.web import PREFIX
from crm_bridge.web.forms import FormRefused, fields
from crm_bridge.web.pages.given import author
from crm_bridge.web.surface import HEADERS, Surface
from crm_bridge.web.views.months import by_month

_DAYS_AHEAD: Final = 60
_FARTHEST: Final = 3_650


class CalendarPage:
    """The handlers. Who manages customers sees the days; heads and administrators change them."""

    def __init__(self, surface: Surface, orders: CalendarOrders) -> None:
        self._surface = surface
        self._orders = orders

    def routes(self) -> list[web.RouteDef]:
        """Return them."""
        return [
            web.get("/calendar", self.page),
            web.get("/calendar/{day}", self.day),
            web.post("/calendar/{day}", self.change),
            web.post("/calendar/{day}/take-back", self.take_back),
        ]

    async def page(self, request: web.Request) -> web.Response:
        """Show the days ahead."""
        return await self._shown(request, None)

    async def day(self, request: web.Request) -> web.Response:
        """Show them with one day's form open."""
        return await self._shown(request, self._day(request))

    async def _shown(
        self, request: web.Request, chosen: date | None, status: int = 200, error: str = ""
    ) -> web.Response:
        now = self._surface.clock()
        today = now.astimezone(self._surface.zone).date()
        first = min(today, chosen) if chosen and chosen > today - timedelta(days=_DAYS_AHEAD) else today
        last = max(today + timedelta(days=_DAYS_AHEAD), chosen or today)
        if last - first > timedelta(days=_DAYS_AHEAD * 2) and chosen:
            first, last = chosen, chosen + timedelta(days=_DAYS_AHEAD)
        ahead = await self._orders.ahead(first, last)
        written = {day.day: day for day in await self._orders.days(first, last) if not day.did and not day.group}
        special = [day for day in await self._orders.days(first, last) if day.did or day.group]
        return self._surface.page(
            request,
            "admin/calendar.html",
            status=status,
            now=now,
            months=by_month(ahead),
            weekdays=[date(2024, 1, number) for number in range(1, 8)],  # a Monday and what follows
            today=today,
            open_now=(await self._orders.at(now)).answer,
            written=written,
            special=special,
            chosen=next((day for day in ahead if day.day == chosen), None),
            may_change=request[PERSON].role is not UserRole.MANAGER,
            error=error,
        )

    async def change(self, request: web.Request) -> web.StreamResponse:
        """Close, shorten or open a day for everybody."""
        day, form = self._changeable(request), await fields(request)
        hours = "" if form.get("closed") else form.get("hours", "").replace(" ", "")
        if not hours and not form.get("closed"):
            return await self._shown(request, day, 422, "calendar.no_hours")
        try:
            body = DayBody(hours=hours, note=form.get("note", ""))
        except ValidationError:
            return await self._shown(request, day, 422, "calendar.wrong_hours")
        await self._orders.put(day, hours=body.hours, note=body.note, did="", group="", by=author(request).name)
        raise web.HTTPSeeOther(f"{PREFIX}/calendar/{day}", headers=HEADERS)

    async def take_back(self, request: web.Request) -> web.StreamResponse:
        """Let a day be as the settings have it."""
        day = self._changeable(request)
        await self._orders.take_back(day, did="", group="")
        raise web.HTTPSeeOther(f"{PREFIX}/calendar/{day}", headers=HEADERS)

    def _changeable(self, request: web.Request) -> date:
        if request[PERSON].role is UserRole.MANAGER:
            raise web.HTTPForbidden
        return self._day(request)

    def _day(self, request: web.Request) -> date:
        try:
            day = date.fromisoformat(request.match_info["day"])
        except ValueError:
            raise web.HTTPNotFound from None
        today = self._surface.clock().astimezone(self._surface.zone).date()
        if abs(day - today) > timedelta(days=_FARTHEST):
            raise FormRefused("a day of these ten years")
        return day
