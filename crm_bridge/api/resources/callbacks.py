"""Callback requests: listed, shown, made, and ordered about."""

from datetime import datetime
from functools import partial

from pydantic import BaseModel, Field

from crm_bridge.api.endpoint import Asked, Body, Endpoint, Instant, Line, Number, Params, RowId
from crm_bridge.api.filters.callbacks import CallbackListParams, CallbackOrder, filters, place
from crm_bridge.api.listing import NEXT, cut
from crm_bridge.api.ports import CallbackOrders
from crm_bridge.api.problems import Problem
from crm_bridge.api.values.keys import Scope
from crm_bridge.queries.sql_builder import compose
from crm_bridge.queries.statements import CALLBACKS
from crm_bridge.schemas import CallbackShape, Shape
from telephony.postgres.pool import Pool


class CallbackPage(BaseModel):
    """A page of requests."""

    callbacks: list[CallbackShape]
    next_cursor: str | None = NEXT


class CallbackParams(Params):
    """Which request."""

    request_id: RowId


class CreateBody(Body):
    """Whom to call back."""

    number: Number = Field(description="The customer, in any spelling.")
    name: Line = Field("", max_length=120, description="What the manager is told of them.")
    did: str = Field("", max_length=40, pattern=r"^[+0-9 ().-]*$", description="Our number that they are to see.")
    due_at: Instant | None = Field(None, description="When to ring first; at once if it is left out.")


class SnoozeBody(Body):
    """Until when."""

    until: Instant = Field(description="Now, or a past moment, rings at once and releases a held request.")


class ReassignBody(Body):
    """Who serves them from now on."""

    manager: Line = Field(min_length=1, max_length=64, description="An id of the directory.")


class RankBody(Body):
    """How urgent it is."""

    priority: int = Field(ge=0, le=100, description="0 is usual; a promised time counts as 20.")


class MissShape(BaseModel):
    """One missed call."""

    call_id: str
    at: datetime


class AttemptShape(Shape):
    """One manager's phone rung once."""

    manager: str
    channel_id: str = Field(description="The call's id is `<pbx>:<channel_id>`.")
    step: str = Field(description="`owner`, `deputy`, `group` or `head`.")
    round: int
    written_at: datetime
    rang_at: datetime | None
    answered_at: datetime | None
    accepted_at: datetime | None
    ended_at: datetime | None
    outcome: str | None = Field(description="`reached`, `no_answer`, `manager_busy` ...; null while it goes on.")


class LineShape(Shape):
    """One line of the history."""

    at: datetime
    verb: str
    state: str
    reason: str
    by: str


class FiguresShape(Shape):
    """Working seconds since the caller hung up; null where it has not come to that."""

    to_first_ring: float | None
    to_acceptance: float | None
    to_talk: float | None
    target: str = Field(description="`open`, `met`, `missed` or `not_needed`: a manager's phone rang in time.")
    why_not: str = Field(description="Of a missed target: what the time went to.")


class CallbackDetail(BaseModel):
    """Everything about one request."""

    request: CallbackShape
    figures: FiguresShape
    misses: list[MissShape]
    attempts: list[AttemptShape]
    history: list[LineShape]


class CallbackHandlers:
    """The operations on callback requests."""

    def __init__(self, pool: Pool, orders: CallbackOrders, region: str) -> None:
        self._pool = pool
        self._orders = orders
        self._region = region

    async def page(self, asked: Asked[CallbackListParams]) -> CallbackPage:
        """List requests."""
        limit = asked.params.limit
        urgent = asked.params.order is CallbackOrder.RING_BY
        listed = CALLBACKS.list_urgent if urgent else CALLBACKS.list_requests
        chosen = filters(asked.params, self._region)
        statement, values = compose(listed, CALLBACKS, chosen, limit + 1, asked.access)
        rows = await self._pool.fetch(statement, *values)
        requests = [CallbackShape.model_validate(dict(row)) for row in rows]

        shown, last = cut(requests, limit, lambda request: place(request, asked.params.order))
        return CallbackPage(callbacks=shown, next_cursor=last)

    async def one(self, asked: Asked[CallbackParams]) -> CallbackDetail:
        """Show one request."""
        whole = await self._orders.show(asked.params.request_id)
        return CallbackDetail(
            request=await self._shape(asked.params.request_id),
            figures=FiguresShape.model_validate(whole.figures),
            misses=[MissShape(call_id=call_id, at=at) for call_id, at in whole.misses],
            attempts=[AttemptShape.model_validate(each) for each in whole.attempts],
            history=[LineShape.model_validate(each) for each in whole.history],
        )

    async def create(self, asked: Asked[Params]) -> CallbackShape:
        """Make a request that no missed call made."""
        body: CreateBody = asked.body
        due = max(asked.now, body.due_at or asked.now)
        made = await self._orders.create(body.number, asked.by, due_at=due, name=body.name, did=body.did)
        return await self._shape(made.request_id)

    async def snooze(self, asked: Asked[CallbackParams]) -> CallbackShape:
        """Ring later."""
        until = max(asked.now, asked.body.until)
        await self._orders.snooze(asked.params.request_id, until, asked.by)
        return await self._shape(asked.params.request_id)

    async def cancel(self, asked: Asked[CallbackParams]) -> CallbackShape:
        """Nobody needs to be called back."""
        if not asked.access.everything:
            raise Problem(403, "not-yours", "the head of sales cancels; you may snooze it, or say that it is done")
        await self._orders.cancel(asked.params.request_id, asked.by)
        return await self._shape(asked.params.request_id)

    async def done(self, asked: Asked[CallbackParams]) -> CallbackShape:
        """It was dealt with otherwise."""
        await self._orders.done(asked.params.request_id, asked.by)
        return await self._shape(asked.params.request_id)

    async def reassign(self, asked: Asked[CallbackParams]) -> CallbackShape:
        """Make somebody else the owner."""
        if not asked.access.is_theirs(asked.body.manager):
            raise Problem(403, "not-yours", "you may take it yourself; who else does is the head of sales' order")
        await self._orders.reassign(asked.params.request_id, asked.body.manager, asked.by)
        return await self._shape(asked.params.request_id)

    async def rank(self, asked: Asked[CallbackParams]) -> CallbackShape:
        """Return how urgent it is."""
        if not asked.access.everything:
            raise Problem(403, "not-yours", "how urgent a request is is the head of sales' order")
        await self._orders.rank(asked.params.request_id, asked.body.priority, asked.by)
        return await self._shape(asked.params.request_id)

    async def _shape(self, request_id: int) -> CallbackShape:
        [row] = await self._pool.fetch(CALLBACKS.one, request_id)
        return CallbackShape.model_validate(dict(row))

    def endpoints(self) -> list[Endpoint]:
        """Return the operations."""
        read = partial(Endpoint, method="GET", scope=Scope.CALLBACKS_READ, tag="callbacks")
        write = partial(Endpoint, method="POST", scope=Scope.CALLBACKS_WRITE, tag="callbacks", result=CallbackShape)
        one = partial(Endpoint, params=CallbackParams, refusals=(404, 409))
        return [
            read(
                path="/callbacks",
                operation="listCallbacks",
                narrow=True,
                summary="Callback requests, newest or most urgent first.",
                handler=self.page,
                result=CallbackPage,
                params=CallbackListParams,
            ),
            write(
                path="/callbacks",
                operation="createCallback",
                narrow=True,
                summary="Ask for a customer to be called back; hours, guards and attempts are as for a missed call.",
                handler=self.create,
                body=CreateBody,
                success=201,
                refusals=(409,),
            ),
            read(
                path="/callbacks/{request_id}",
                operation="getCallback",
                summary="One request with its figures, missed calls, attempts and history.",
                handler=self.one,
                result=CallbackDetail,
                params=CallbackParams,
                refusals=(404,),
            ),
            one(
                path="/callbacks/{request_id}/snooze",
                operation="snoozeCallback",
                summary="Ring later, or at once; releases a held request.",
                handler=self.snooze,
                body=SnoozeBody,
                method="POST",
                scope=Scope.CALLBACKS_WRITE,
                tag="callbacks",
                result=CallbackShape,
            ),
            one(
                path="/callbacks/{request_id}/cancel",
                operation="cancelCallback",
                summary="Nobody needs to be called back; phones that ring for it stop.",
                handler=self.cancel,
                method="POST",
                scope=Scope.CALLBACKS_WRITE,
                tag="callbacks",
                result=CallbackShape,
            ),
            one(
                path="/callbacks/{request_id}/done",
                operation="finishCallback",
                summary="It was dealt with by other means.",
                handler=self.done,
                method="POST",
                scope=Scope.CALLBACKS_WRITE,
                tag="callbacks",
                result=CallbackShape,
            ),
            one(
                path="/callbacks/{request_id}/priority",
                operation="rankCallback",
                summary="Say how urgent it is: of those that are due, the more urgent are rung first.",
                handler=self.rank,
                body=RankBody,
                method="POST",
                scope=Scope.CALLBACKS_WRITE,
                tag="callbacks",
                result=CallbackShape,
            ),
            one(
                path="/callbacks/{request_id}/reassign",
                operation="reassignCallback",
                summary="Make another manager the owner, and ring them.",
                handler=self.reassign,
                body=ReassignBody,
                method="POST",
                scope=Scope.CALLBACKS_WRITE,
                tag="callbacks",
                result=CallbackShape,
            ),
        ]
