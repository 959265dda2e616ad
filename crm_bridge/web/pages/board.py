"""The board: who waits to be called back, who is late, who does it, what became of the others; orders about them."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final

from aiohttp import web
from pydantic import ValidationError

from crm_bridge.api import problems
from crm_bridge.api.filters.callbacks import CallbackListParams, CallbackOrder, filters, place
from crm_bridge.api.listing import cut
from crm_bridge.people.access import ACCESS, Access
from crm_bridge.queries.calls import CallQueries
from crm_bridge.queries.console import ConsoleQueries
from crm_bridge.web import PREFIX
from crm_bridge.web.pages.given import ConsoleGiven
from crm_bridge.web.sharing import SharedParts
from crm_bridge.web.surface import PART, Surface, form_name
from crm_bridge.web.templating import query
from crm_bridge.web.views.chips import chips_of, kept_of
from crm_bridge.web.views.periods import PeriodName, period
from crm_bridge.web.views.race import race
from crm_bridge.why_missed import why_missed

_PAGE: Final = 50
_DAYS: Final = 7
_MOST_DAYS: Final = 366
NONE_TICKED: Final = "none_ticked"
"""In the address of a board to which an order for none of its rows leads back."""
SNOOZES: Final = (5, 15, 60)
"""Minutes."""


class BoardTab(StrEnum):
    """What is listed."""

    OWED = "owed"
    PROMISED = "promised"
    HELD = "held"
    LATE = "late"
    REACHED = "reached"
    GOT_THROUGH = "got_through"
    LOST = "lost"
    NEVER = "never"
    ALL = "all"
    """Whatever the address asks for: where reports lead to."""


_TABS: Final[dict[BoardTab, dict[str, Any]]] = {
    BoardTab.OWED: {
        "open": True,
        "state": ("waiting", "ringing", "dialling", "talking"),
        "order": CallbackOrder.RING_BY,
    },
    BoardTab.PROMISED: {"open": True, "waits_for": "promised", "order": CallbackOrder.RING_BY},
    BoardTab.HELD: {"state": ("held",), "order": CallbackOrder.RING_BY},
    BoardTab.LATE: {"target": ("missed",)},
    BoardTab.REACHED: {"fate": ("answered_later",)},
    BoardTab.GOT_THROUGH: {"fate": ("got_through",)},
    BoardTab.LOST: {"fate": ("lost",)},
    BoardTab.NEVER: {"fate": ("never_call",)},
    BoardTab.ALL: {},
}
_DAYS_OF: Final = ("since", "until")
_FILTERS: Final = tuple(
    name for name in CallbackListParams.model_fields if name not in {*_DAYS_OF, "cursor", "limit", "order"}
)
_OPEN_TABS: Final = (BoardTab.OWED, BoardTab.PROMISED, BoardTab.HELD)


def _params(answer: Mapping[str, object]) -> CallbackListParams:
    try:
        return CallbackListParams.model_validate(answer)
    except ValidationError as error:
        raise problems.invalid("query", error) from None


class BoardPages:
    """The handlers."""

    def __init__(self, surface: Surface, given: ConsoleGiven, shared: SharedParts) -> None:
        self._surface = surface
        self._given = given
        self._shared = shared.of("callbacks")
        self._calls = CallQueries(given.pool)
        self._console = ConsoleQueries(given.pool)

    def routes(self) -> list[web.RouteDef]:
        """Return them."""
        return [
            web.get("/board", self._shared(self.page)),
            web.get("/board/owed", self._shared(self.owed)),
        ]

    async def page(self, request: web.Request) -> web.Response:
        """Show a tab, and beside it the request that is open."""
        now, access = self._surface.clock(), request[ACCESS]
        tab = BoardTab(asked) if (asked := request.query.get("tab", "")) in set(BoardTab) else BoardTab.OWED
        owner = request.query.get("owner", "")
        days = _days(request.query.get("days", ""))
        chosen, order = self.chosen(tab, owner, now, days)
        answer = (("tab", tab.value), ("owner", owner), ("days", "" if days == _DAYS else str(days)))
        kept: dict[str, str | tuple[str, ...]] = {name: value for name, value in answer if value}
        if tab is BoardTab.ALL:
            chosen, kept = self._asked(request), {"tab": tab.value, **kept_of(request.query, (*_FILTERS, *_DAYS_OF))}
        last = request.query.get("cursor", "")
        if last:
            chosen |= _cursor(last, order)
        rows = await self._console.callbacks(chosen, _PAGE + 1, access, urgent=order is CallbackOrder.RING_BY)
        shown, following = cut(rows, _PAGE, lambda it: place(it, order))
        opened = request.query.get("open", "")
        managers = await self._console.managers()
        counts = await self._counts(owner, now, days, access)
        if tab is BoardTab.ALL:
            counts[tab] = await self._console.count_callbacks(self._asked(request), access)
        return self._surface.page(
            request,
            "board/board.html",
            now=now,
            tab=tab,
            tabs=list(BoardTab),
            counts=counts,
            rows=[(row, race(row, now)) for row in shown],
            following=following,
            first=not last,
            kept=kept,
            chips=chips_of(kept, ("tab", "owner", "days")),
            owner=owner,
            managers=managers,
            open=await self._opened(request, opened, now) if opened.isdecimal() else None,
            address=f"{PREFIX}/board?{query(kept | {PART: 'rows'})}",
            snoozes=SNOOZES,
            none_ticked=NONE_TICKED in request.query,
            token=lambda: form_name(request),
        )

    async def owed(self, request: web.Request) -> web.Response:
        """Show how many are owed a call: the figure in the rail of each page, counted as the board's first tab is."""
        chosen, _ = self.chosen(BoardTab.OWED, "", self._surface.clock())
        owed = await self._console.count_callbacks(chosen, request[ACCESS])
        return self._surface.page(request, "board/owed.html", owed=owed)

    async def _counts(self, owner: str, now: datetime, days: int, access: Access) -> dict[BoardTab, int]:
        """Count what each tab lists."""
        figures = {tab: self.chosen(tab, owner, now, days)[0] for tab in _OPEN_TABS}
        counts = {tab: await self._console.count_callbacks(figure, access) for tab, figure in figures.items()}
        return counts | (await self.closed_counts(owner, now, days, access))[0]

    async def closed_counts(
        self, owner: str, now: datetime, days: int, access: Access
    ) -> tuple[dict[BoardTab, int], dict[str, int]]:
        """Count in one reading what each tab of what is closed lists, and how many were rung in time or not."""
        narrow = self.chosen(BoardTab.LATE, owner, now, days)[0]
        del narrow["target"]
        fates = await self._console.count_fates(narrow, access)
        counts = {}
        for tab in set(_TABS) - {*_OPEN_TABS, BoardTab.ALL}:
            fate, target = _TABS[tab].get("fate", ()), _TABS[tab].get("target", ())
            counts[tab] = sum(count for one, stand, count in fates if one in fate or stand in target)
        return counts, {stand: sum(count for _, each, count in fates if each == stand) for stand in ("met", "missed")}

    def chosen(
        self, tab: BoardTab, owner: str, now: datetime, days: int = _DAYS
    ) -> tuple[dict[str, list[object]], CallbackOrder]:
        """Return a tab's filters: a figure that leads to it is counted by the same ones; ``days`` of what is closed."""
        answer = dict(_TABS[tab])
        waits_for = answer.pop("waits_for", None)
        if owner:
            answer["owner"] = (owner,)
        if tab not in _OPEN_TABS:
            answer["since"] = self.midnight(now) - timedelta(days=days - 1)
        params = _params(answer)
        found = filters(params, self._given.region)
        return (found | {"waits_for": [waits_for]} if waits_for else found), params.order

    def _asked(self, request: web.Request) -> dict[str, list[object]]:
        """Read every filter off the address, days as people name them."""
        several = CallbackListParams.several()
        kept = kept_of(request.query, _FILTERS)
        answer: dict[str, Any] = {
            name: (value if isinstance(value, tuple) else (value,)) if name in several else value
            for name, value in kept.items()
        }
        since, until = (request.query.get(name, "") for name in _DAYS_OF)
        days = period("", since, until, date.min, PeriodName.ALL)
        answer |= {"since": days.since(self._surface.zone), "until": days.until(self._surface.zone)}
        return filters(_params(answer), self._given.region)

    def midnight(self, now: datetime) -> datetime:
        """Return the beginning of this day."""
        return datetime.combine(now.astimezone(self._surface.zone).date(), time(), self._surface.zone)

    async def _opened(self, request: web.Request, opened: str, now: datetime) -> dict[str, Any]:
        rows = await self._console.one_callback(int(opened[:18]), request[ACCESS])
        whole = await self._given.services.callbacks.show(int(opened[:18]))
        last = await self._calls.one(whole.misses[-1][0], request[ACCESS]) if whole.misses else None
        why = why_missed(last) if last is not None else None
        return {
            "request": rows,
            "race": race(rows, now),
            "whole": whole,
            "sentence": why.text(self._surface.viewer(request).tongue) if why else "",
            "last": last,
        }


def _days(text: str) -> int:
    known = {str(days): days for days in range(1, _MOST_DAYS)}
    return known.get(text, _DAYS)


def _cursor(text: str, order: CallbackOrder) -> dict[str, list[object]]:
    found = filters(CallbackListParams(cursor=text, order=order), "")
    return {name: found[name] for name in ("before", "behind") if name in found}
