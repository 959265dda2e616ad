"""Times that callers were promised: which come, which were kept."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

from crm_bridge.api.endpoint import Asked, Endpoint, Instant, Line, RowId, Several
from crm_bridge.api.listing import NEXT, PageParams, cut
from crm_bridge.api.values import cursor
from crm_bridge.api.values.cursor import CursorPosition
from crm_bridge.api.values.keys import Scope
from crm_bridge.queries.sql_builder import any_of, compose
from crm_bridge.queries.statements import BOARD
from crm_bridge.schemas import Shape
from telephony.postgres.pool import Pool

SlotOwner = Annotated[Line, Field(max_length=80)]
"""``manager:<id>`` or ``group:<name>``."""


class PromiseOrder(StrEnum):
    """By the promised time."""

    SOONEST = "soonest"
    LATEST = "latest"


class PromiseVerdict(StrEnum):
    """What became of a promise."""

    KEPT = "kept"
    LATE = "late"
    BROKEN = "broken"
    RELEASED = "released"
    OVERDUE = "overdue"


class PromiseListParams(PageParams):
    """What to list; filters are joined by "and"."""

    order: PromiseOrder = Field(PromiseOrder.SOONEST, description="A cursor is good for the order that made it.")
    open: bool | None = Field(None, description="True: those that stand; false: those that are settled.")
    verdict: Several[PromiseVerdict] = ()
    slot_of: Several[SlotOwner] = Field((), description="Who is to ring: `manager:<id>` or `group:<name>`.")
    request_id: Several[RowId] = ()
    since: Instant | None = Field(None, description="Promised for that time or later; ISO 8601 with a zone.")
    until: Instant | None = Field(None, description="Promised for before; ISO 8601 with a zone.")


class PromiseShape(Shape):
    """A time that a caller was promised."""

    promise_id: int
    request_id: int
    slot_of: str = Field(description="Who is to ring: `manager:<id>` or `group:<name>`.")
    promised_at: datetime
    made_at: datetime
    accepted_at: datetime | None = Field(description="When the caller agreed by a key; it stands without that, too.")
    settled_at: datetime | None
    verdict: str | None = Field(
        description="`kept`, `late`, `broken`, `released`; `overdue` while its time has passed and nobody accepted; "
        "null while it is waited for."
    )
    why: str = Field(description="What the request waited for, or was closed for.")
    overdue_at: datetime | None
    customer: str = Field(description="E.164.")
    name: str = Field(description="As the caller's side or the directory told it: never trust it as HTML.")
    did: str
    owner: str | None
    state: str = Field(description="The request's.")


class PromisePage(BaseModel):
    """A page of promises."""

    promises: list[PromiseShape]
    next_cursor: str | None = NEXT


class PromiseHandlers:
    """The one operation."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def page(self, asked: Asked[PromiseListParams]) -> PromisePage:
        """List promises."""
        params = asked.params
        listed = BOARD.list_promises if params.order is PromiseOrder.SOONEST else BOARD.list_promises_newest
        statement, values = compose(listed, BOARD, promise_filters(params), params.limit + 1, asked.access)
        rows = await self._pool.fetch(statement, *values)
        promises = [PromiseShape.model_validate(dict(row)) for row in rows]
        shown, last = cut(
            promises, params.limit, lambda it: cursor.write(CursorPosition(it.promised_at, str(it.promise_id)))
        )
        return PromisePage(promises=shown, next_cursor=last)

    def endpoints(self) -> list[Endpoint]:
        """Return it."""
        return [
            Endpoint(
                method="GET",
                path="/promises",
                operation="listPromises",
                narrow=True,
                summary="Times that callers were promised, by that time.",
                handler=self.page,
                result=PromisePage,
                params=PromiseListParams,
                scope=Scope.CALLBACKS_READ,
                tag="callbacks",
            )
        ]


def promise_filters(params: PromiseListParams) -> dict[str, list[object]]:
    """Turn parameters into the list's filters."""
    found: dict[str, list[object]] = {}
    if params.open is not None:
        found["promise_open" if params.open else "promise_settled"] = []
    words = {"verdict": params.verdict, "slot_of": params.slot_of, "promise_request": params.request_id}
    found |= {name: any_of(given) for name, given in words.items() if given}
    times = {"promised_since": params.since, "promised_until": params.until}
    found |= {name: [value] for name, value in times.items() if value is not None}
    if params.cursor is not None:
        last = cursor.read(params.cursor)
        place: list[object] = [last.started_at, cursor.row_number(last.call_id)]
        found["promise_behind" if params.order is PromiseOrder.SOONEST else "promise_before"] = place
    return found
