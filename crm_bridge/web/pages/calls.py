"""The list of calls, with its filters in the address; and the same list as a file."""

from datetime import timedelta
from typing import Any, Final

from aiohttp import web
from pydantic import ValidationError

from crm_bridge.api import problems
from crm_bridge.api.listing import cut
from crm_bridge.api.resources.calls import VIEW_FILTERS, FilterParams, filters
from crm_bridge.api.resources.exports import Format
from crm_bridge.api.values import cursor
from crm_bridge.api.values.cursor import CursorPosition
from crm_bridge.people.access import ACCESS, PERSON
from crm_bridge.people.saved_views import SavedViews, ViewRefused
from crm_bridge.queries.calls import CallQueries, CallSummary
from crm_bridge.queries.console import MOST_COUNTED, ConsoleQueries
from crm_bridge.web import PREFIX
from crm_bridge.web.forms import fields, way_back
from crm_bridge.web.pages.given import ConsoleGiven
from crm_bridge.web.surface import HEADERS, PART, Surface
from crm_bridge.web.templating import query
from crm_bridge.web.views.chips import chips_of, kept_of
from crm_bridge.web.views.periods import Period, PeriodName, period
from telephony.model import CallKind, Direction, Disposition, MissedReason

_PAGE: Final = 50
_IN_USE: Final = timedelta(days=92)
_PICKED: Final = ("manager", "did", "direction", "disposition", "missed_reason", "kind", "tag")
"""Of which the form takes several values."""
_PLAIN: Final = tuple(name for name in FilterParams.model_fields if name not in {"since", "until"})
_PERIODS: Final = tuple(name for name in PeriodName if name is not PeriodName.CUSTOM)


class CallPages:
    """The handlers."""

    def __init__(self, surface: Surface, given: ConsoleGiven) -> None:
        self._surface = surface
        self._given = given
        self._calls = CallQueries(given.pool)
        self._console = ConsoleQueries(given.pool)
        self._views = SavedViews(given.pool, surface.clock, VIEW_FILTERS)

    def routes(self) -> list[web.RouteDef]:
        """Return them."""
        return [
            web.get("/calls", self.page),
            web.get("/calls/export", self.export),
            web.post("/views", self.save),
            web.post(r"/views/{view_id:\d{1,18}}/drop", self.drop),
        ]

    async def page(self, request: web.Request) -> web.Response:
        """Show the list."""
        now = self._surface.clock()
        chosen, asked = self.chosen(request)
        place = request.query.get("cursor", "")
        before = {"before": _read(place)} if place else {}
        rows = await self._calls.page(chosen | before, _PAGE + 1, request[ACCESS])
        shown, following = cut(rows, _PAGE, _cursor)
        total = await self._console.count_calls(chosen, request[ACCESS], now)
        tags, dids = await self._console.choices(now - _IN_USE)
        managers = await self._console.managers()
        people = {one.endpoint.partition("/")[2].partition("@")[0]: one.name for one in managers.values()}
        kept = kept_of(request.query, ("period", "since", "until", *_PLAIN))
        return self._surface.page(
            request,
            "calls/list.html",
            now=now,
            calls=shown,
            following=following,
            total=total,
            more=total >= MOST_COUNTED,
            first=not place,
            period=asked,
            periods=_PERIODS,
            filter=dict.fromkeys(("period", "since", "until", *_PLAIN), "") | kept,
            picked={name: _several(kept.get(name, ())) for name in _PICKED},
            people=people,
            chips=chips_of(kept, {"period", "since", "until", "number"}, _PICKED),
            names=await self._console.names({call.customer for call in shown if call.customer}),
            marks=await self._console.marks([call.call_id for call in shown]),
            managers=managers,
            views=await self._views.of(request[PERSON].user_id),
            may_share=request[ACCESS].everything,
            choices={
                "manager": list(people),
                "direction": list(Direction),
                "disposition": [each for each in Disposition if each is not Disposition.IN_PROGRESS],
                "missed_reason": list(MissedReason),
                "kind": list(CallKind),
                "tag": tags,
                "did": dids,
            },
            address=f"{request.rel_url.path}?{query(kept | {PART: 'rows'})}",
        )

    async def export(self, request: web.Request) -> web.StreamResponse:
        """Send the list as a file, with the filters of the page."""
        chosen, _ = self.chosen(request)
        asked = request.query.get("format", "")
        form = Format(asked) if asked in set(Format) else Format.CSV
        return await self._given.export(request, chosen, form, self._surface.clock(), request[ACCESS])

    async def save(self, request: web.Request) -> web.StreamResponse:
        """Keep a list under a name."""
        form = await fields(request)
        shared = form.get("shared") == "yes" and request[ACCESS].everything
        try:
            await self._views.save(request[PERSON].user_id, form.get("name", ""), form.get("query", ""), shared=shared)
        except ViewRefused:
            return self._surface.refusal(request, 422, "refused.view")
        raise web.HTTPSeeOther(way_back(f"{PREFIX}/calls?{form.get('query', '')}"), headers=HEADERS)

    async def drop(self, request: web.Request) -> web.StreamResponse:
        """Take a view of one's own out."""
        form = await fields(request)
        await self._views.drop(request[PERSON].user_id, int(request.match_info["view_id"]))
        raise web.HTTPSeeOther(way_back(form.get("back", "")), headers=HEADERS)

    def chosen(self, request: web.Request) -> tuple[dict[str, list[object]], Period]:
        """Read the filters off the address."""
        asked = period(
            request.query.get("period", ""),
            request.query.get("since", ""),
            request.query.get("until", ""),
            self._surface.clock().astimezone(self._surface.zone).date(),
            PeriodName.ALL if request.query.get("number") else PeriodName.WEEK,
        )
        several = FilterParams.several()
        answer: dict[str, Any] = {
            name: list(filter(None, request.query.getall(name))) if name in several else request.query[name]
            for name in _PLAIN
            if any(request.query.getall(name, ()))
        }
        answer |= {"since": asked.since(self._surface.zone), "until": asked.until(self._surface.zone)}
        try:
            params = FilterParams.model_validate(answer)
        except ValidationError as error:
            raise problems.invalid("query", error) from None
        return filters(params, self._given.region, self._surface.zone.key), asked


def _several(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def _cursor(call: CallSummary) -> str:
    return cursor.write(CursorPosition(call.started_at, call.call_id))


def _read(text: str) -> list[object]:
    place = cursor.read(text)
    return [place.started_at, place.call_id]
