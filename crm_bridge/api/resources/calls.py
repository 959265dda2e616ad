"""The call log: a list by any filter, and one call with all that is known of it."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from crm_bridge.api.endpoint import Asked, CallIdText, Endpoint, Instant, Line, Number, Params
from crm_bridge.api.listing import NEXT, PageParams, cut
from crm_bridge.api.values import cursor
from crm_bridge.api.values.cursor import CursorPosition
from crm_bridge.api.values.keys import Scope
from crm_bridge.errors import NoSuchThing
from crm_bridge.queries.calls import CallDetail, CallQueries, CallSummary
from telephony.model import CallKind, Direction, Disposition, MissedReason
from telephony.numbers import canonical


class FilterParams(Params):
    """Which calls; filters are joined by "and"."""

    since: Instant | None = Field(None, description="Started at or after; ISO 8601 with a zone.")
    until: Instant | None = Field(None, description="Started before; ISO 8601 with a zone.")
    number: Number | None = Field(None, description="The customer, in any spelling.")
    manager: Number | None = Field(
        None, description="The manager's extension or mobile; either finds the calls on both."
    )
    did: Number | None = Field(None, description="Our number they called, in any spelling.")
    direction: Direction | None = None
    disposition: Disposition | None = None
    missed_reason: MissedReason | None = None
    kind: CallKind | None = None
    tag: Line | None = Field(None, min_length=1, max_length=64, description="A tag that somebody put on it.")


class CallListParams(FilterParams, PageParams):
    """What to list."""


class CallPage(BaseModel):
    """A page of calls, newest first."""

    calls: list[CallSummary]
    next_cursor: str | None = NEXT


class CallParams(Params):
    """Which call."""

    call_id: CallIdText


class CallHandlers:
    """The operations on calls."""

    def __init__(self, queries: CallQueries, region: str) -> None:
        self._queries = queries
        self._region = region

    async def page(self, asked: Asked[CallListParams]) -> CallPage:
        """List calls."""
        params = asked.params
        chosen = filters(params, self._region)
        if params.cursor is not None:
            place = cursor.read(params.cursor)
            chosen["before"] = [place.started_at, place.call_id]
        found = await self._queries.page(chosen, params.limit + 1, asked.access)
        shown, last = cut(found, params.limit, lambda call: cursor.write(CursorPosition(call.started_at, call.call_id)))
        return CallPage(calls=shown, next_cursor=last)

    async def one(self, asked: Asked[CallParams]) -> CallDetail:
        """Show one call."""
        found = await self._queries.one(asked.params.call_id, asked.access)
        if found is None:
            raise NoSuchThing(f"there is no call {asked.params.call_id!r}")
        return found

    def endpoints(self) -> list[Endpoint]:
        """Give the operations."""
        read: dict[str, Any] = {"method": "GET", "scope": Scope.CALLS_READ, "tag": "calls"}
        return [
            Endpoint(
                path="/calls",
                operation="listCalls",
                narrow=True,
                summary="The call log, newest first.",
                handler=self.page,
                result=CallPage,
                params=CallListParams,
                **read,
            ),
            Endpoint(
                path="/calls/{call_id}",
                operation="getCall",
                summary="One call with its legs, transfers, timeline, recordings, callback, notes and deliveries.",
                handler=self.one,
                result=CallDetail,
                params=CallParams,
                refusals=(404,),
                **read,
            ),
        ]


def filters(params: FilterParams, region: str) -> dict[str, list[object]]:
    """Turn parameters into the ledger's filters: numbers canonical, enums as text."""
    numbers = {"customer": params.number, "manager": params.manager, "did": params.did}
    uncommon = params.kind not in {None, CallKind.ORDINARY}
    plain: dict[str, datetime | str | None] = {
        "tag": params.tag,
        "since": params.since,
        "until": params.until,
        "direction": params.direction,
        "disposition": params.disposition,
        "missed_reason": params.missed_reason,
        "uncommon_kind" if uncommon else "kind": params.kind,
    }
    plain |= {name: canonical(number, region) for name, number in numbers.items() if number is not None}
    return {name: [value] for name, value in plain.items() if value is not None}
