"""The list of calls, with its filters in the address; and the same list as a file."""

from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web
from pydantic import ValidationError

from crm_bridge.api import problems
from crm_bridge.api.listing import cut
from crm_bridge.api.resources.calls import FilterParams, filters
from crm_bridge.api.resources.exports import Format
from crm_bridge.api.values import cursor
from crm_bridge.api.values.cursor import CursorPosition
from crm_bridge.people.access import ACCESS
from crm_bridge.queries.calls import CallQueries, CallSummary
from crm_bridge.queries.console import ConsoleQueries, most_counted
from crm_bridge.web.pages.given import ConsoleGiven
from crm_bridge.web.surface import PART, Surface
from crm_bridge.web.views.periods import Period, PeriodName, period
from telephony.model import CallKind, Direction, Disposition, MissedReason

_PAGE: Final = 50
_IN_USE: Final = timedelta(days=92)
_PLAIN: Final = ("number", "manager", "did", "direction", "disposition", "missed_reason", "kind", "tag", "queue")
_PERIODS: Final = tuple(name for name in PeriodName if name is not PeriodName.CUSTOM)


class CallPages:
    """The handlers."""

    def __init__(self, surface: Surface, given: ConsoleGiven) -> None:
        self._surface = surface
        self._given = given
        self._calls = CallQueries(given.pool)
        self._console = ConsoleQueries(given.pool)

    def routes(self) -> list[web.RouteDef]:
        """Return them."""
        return [web.get("/calls", self.page), web.get("/calls/export", self.export)]

    async def page(self, request: web.Request) -> web.Response:
        """Show the list."""
        now = self._surface.clock()
        chosen, asked = self.chosen(request)
        place = request.query.get("cursor", "")
        before = {"before": _read(place)} if place else {}
        rows = await self._calls.page(chosen | before, _PAGE + 1, request[ACCESS])
        shown, following = cut(rows, _PAGE, _cursor)
        total = await self._console.count_calls(chosen, request[ACCESS])
        tags, dids = await self._console.choices(now - _IN_USE)
        managers = await self._console.managers()
        return self._surface.page(
            request,
            "calls/list.html",
            now=now,
            calls=shown,
            following=following,
            total=total,
            more=total >= most_counted(chosen, request[ACCESS]),
            first=not place,
            period=asked,
            periods=_PERIODS,
            filter=dict.fromkeys(("period", "since", "until", *_PLAIN), "") | _kept(request),
            names=await self._console.names({call.customer for call in shown if call.customer}),
            marks=await self._console.marks([call.call_id for call in shown]),
            managers=managers,
            choices={
                "direction": list(Direction),
                "disposition": [each for each in Disposition if each is not Disposition.IN_PROGRESS],
                "missed_reason": list(MissedReason),
                "kind": list(CallKind),
                "tag": tags,
                "did": dids,
            },
            address=f"{request.rel_url.path}?{urlencode(_kept(request) | {PART: 'rows'})}",
        )

    async def export(self, request: web.Request) -> web.StreamResponse:
        """Send the list as a file, with the filters of the page."""
        chosen, _ = self.chosen(request)
        asked = request.query.get("format", "")
        form = Format(asked) if asked in set(Format) else Format.CSV
        return await self._given.export(request, chosen, form, self._surface.clock(), request[ACCESS])

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
            if request.query.get(name)
        }
        answer |= {"since": asked.since(self._surface.zone), "until": asked.until(self._surface.zone)}
        try:
            params = FilterParams.model_validate(answer)
        except ValidationError as error:
            raise problems.invalid("query", error) from None
        return filters(params, self._given.region, self._surface.zone.key), asked


def _kept(request: web.Request) -> dict[str, str]:
    names = {"period", "since", "until", *_PLAIN}
    return {name: value for name, value in request.query.items() if name in names and value}


def _cursor(call: CallSummary) -> str:
    return cursor.write(CursorPosition(call.started_at, call.call_id))


def _read(text: str) -> list[object]:
    place = cursor.read(text)
    return [place.started_at, place.call_id]
