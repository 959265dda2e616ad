"""The call log: a list by any filter, and one call with all that is known of it."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from crm_bridge.api.endpoint import Asked, CallIdText, Endpoint, Instant, Line, Number, Params, Several
from crm_bridge.api.listing import NEXT, PageParams, cut
from crm_bridge.api.values import cursor
from crm_bridge.api.values.cursor import CursorPosition
from crm_bridge.api.values.keys import Scope
from crm_bridge.api.values.languages import preferred
from crm_bridge.errors import NoSuchThing
from crm_bridge.queries.calls import CallDetail, CallQueries, CallSummary
from crm_bridge.queries.sql_builder import any_of
from crm_bridge.web.words.text import UiLanguage
from crm_bridge.why_missed import why_missed
from telephony.model import CallKind, Direction, Disposition, MissedReason
from telephony.numbers import canonical

Tag = Annotated[Line, Field(min_length=1, max_length=64)]
"""A tag's word."""
Weekday = Annotated[int, Field(ge=1, le=7)]
"""As ISO 8601 counts."""
Hour = Annotated[int, Field(ge=0, le=23)]
"""Of a day."""
Seconds = Annotated[float, Field(ge=0, le=10**7, allow_inf_nan=False)]
"""A duration."""


class FilterParams(Params):
    """Which calls; filters are joined by "and"."""

    since: Instant | None = Field(None, description="Started at or after; ISO 8601 with a zone.")
    until: Instant | None = Field(None, description="Started before; ISO 8601 with a zone.")
    number: Several[Number] = Field((), description="The customer, in any spelling.")
    manager: Several[Number] = Field(
        (), description="The manager's extension or mobile; either finds the calls on both."
    )
    did: Several[Number] = Field((), description="Our number they called, in any spelling.")
    direction: Several[Direction] = ()
    disposition: Several[Disposition] = ()
    missed_reason: Several[MissedReason] = ()
    kind: Several[CallKind] = ()
    queue: Several[Tag] = Field((), description="The queue they waited in, by its name in Asterisk.")
    tag: Several[Tag] = Field((), description="A tag that somebody put on it.")
    weekday: Several[Weekday] = Field((), description="1 is Monday, 7 Sunday; in the company's zone.")
    hour: Several[Hour] = Field((), description="The hour in which it began, 0 to 23; in the company's zone.")
    wait_from: Seconds | None = Field(None, description="The caller waited so many seconds or more.")
    wait_to: Seconds | None = Field(None, description="The caller waited less than so many seconds.")
    talk_from: Seconds | None = Field(None, description="The talk was so many seconds or longer.")
    talk_to: Seconds | None = Field(None, description="The talk was shorter than so many seconds.")
    repaired: bool | None = Field(None, description="True: a part of it was rebuilt after an outage.")
    recorded: bool | None = Field(None, description="True: it has a recording that can be played.")
    said: Line | None = Field(None, min_length=1, max_length=200, description="Words of its transcript, in any order.")
    first_call: bool | None = Field(None, description="True: no call with this customer is older.")


class CallListParams(FilterParams, PageParams):
    """What to list."""


class CallPage(BaseModel):
    """A page of calls, newest first."""

    calls: list[CallSummary]
    next_cursor: str | None = NEXT


class CallParams(Params):
    """Which call."""

    call_id: CallIdText


class CallDetailParams(CallParams):
    """Which call, and in which language it is explained."""

    language: UiLanguage | None = Field(None, description="Of `why_missed`; else what `Accept-Language` likes best.")


class CallHandlers:
    """The operations on calls."""

    def __init__(self, queries: CallQueries, region: str, zone: ZoneInfo) -> None:
        self._queries = queries
        self._region = region
        self._zone = zone

    async def page(self, asked: Asked[CallListParams]) -> CallPage:
        """List calls."""
        params = asked.params
        chosen = filters(params, self._region, self._zone.key)
        if params.cursor is not None:
            place = cursor.read(params.cursor)
            chosen["before"] = [place.started_at, place.call_id]
        found = await self._queries.page(chosen, params.limit + 1, asked.access)
        shown, last = cut(found, params.limit, lambda call: cursor.write(CursorPosition(call.started_at, call.call_id)))
        return CallPage(calls=shown, next_cursor=last)

    async def one(self, asked: Asked[CallDetailParams]) -> CallDetail:
        """Show one call."""
        found = await self._queries.one(asked.params.call_id, asked.access)
        if found is None:
            raise NoSuchThing(f"there is no call {asked.params.call_id!r}")
        sentence = why_missed(found)
        if sentence is None:
            return found
        language = asked.params.language or preferred(asked.raw.headers.get("Accept-Language", ""))
        return found.model_copy(update={"why_missed": sentence.text(language)})

    def endpoints(self) -> list[Endpoint]:
        """Return the operations."""
        read = partial(Endpoint, method="GET", scope=Scope.CALLS_READ, tag="calls")
        return [
            read(
                path="/calls",
                operation="listCalls",
                narrow=True,
                summary="The call log, newest first.",
                handler=self.page,
                result=CallPage,
                params=CallListParams,
            ),
            read(
                path="/calls/{call_id}",
                operation="getCall",
                summary="One call with its legs, transfers, timeline, recordings, callback, notes and deliveries.",
                handler=self.one,
                result=CallDetail,
                params=CallDetailParams,
                refusals=(404,),
            ),
        ]


VIEW_FILTERS: Final = ("period", *FilterParams.model_fields)
"""Names of filters in the address of a page of calls; `period` names days that move on."""


def filters(params: FilterParams, region: str, zone: str) -> dict[str, list[object]]:
    """Turn parameters into the ledger's filters: numbers canonical; ``zone`` is the company's, by its IANA name."""
    managers = "manager" if len(params.manager) == 1 else "managers"
    numbers = {"customer": params.number, managers: params.manager, "did": params.did}
    uncommon = CallKind.ORDINARY not in params.kind
    words: dict[str, Sequence[object]] = {
        "tag" if len(params.tag) == 1 else "tags": params.tag,
        "direction": params.direction,
        "disposition": params.disposition,
        "missed_reason": params.missed_reason,
        "queue": params.queue,
        "uncommon_kind" if uncommon else "kind": params.kind,
        **{name: [canonical(number, region) for number in given] for name, given in numbers.items()},
    }
    plain: dict[str, object] = {
        "since": params.since,
        "until": params.until,
        "wait_from": params.wait_from,
        "wait_to": params.wait_to,
        "talk_from": params.talk_from,
        "talk_to": params.talk_to,
        "repaired": params.repaired,
        "recorded": params.recorded,
        "said": params.said,
        "first_call": params.first_call,
    }
    local = {"weekday": params.weekday, "hour": params.hour}
    found = {name: any_of(given) for name, given in words.items() if given}
    found |= {name: [value] for name, value in plain.items() if value is not None}
    return found | {name: [list(given), zone] for name, given in local.items() if given}
