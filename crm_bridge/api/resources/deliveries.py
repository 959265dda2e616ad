"""The outbox for its operator: what was told to whom, what died, and a hand on it."""

from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

from pydantic import BaseModel, Field

from crm_bridge.api.endpoint import Asked, Body, CallIdText, Endpoint, Instant, Line, Nothing, Params, RowId, Several
from crm_bridge.api.listing import NEXT, PageParams, cut
from crm_bridge.api.problems import Problem
from crm_bridge.api.values import cursor
from crm_bridge.api.values.keys import Scope
from crm_bridge.errors import NoSuchThing
from crm_bridge.outbox.store import OutboxStore
from crm_bridge.queries.sql_builder import any_of, compose
from crm_bridge.queries.statements import DELIVERIES
from crm_bridge.schemas import DeliveryShape, Shape
from telephony.errors import Refused
from telephony.postgres.pool import Pool

_REPLAYED_AT_ONCE = 10_000


class DeliveryState(StrEnum):
    """Where a message stands."""

    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    DEAD = "dead"


TargetName = Annotated[Line, Field(max_length=64)]
"""Who is told things."""


class DeliveryListParams(PageParams):
    """What to list; filters are joined by "and"."""

    call_id: Several[CallIdText] = Field((), description="Messages about these calls.")
    request_id: Several[RowId] = Field((), description="Messages about these callback requests.")
    target: Several[TargetName] = ()
    state: Several[DeliveryState] = ()


class DeliveryPage(BaseModel):
    """A page of messages, newest first."""

    deliveries: list[DeliveryShape]
    next_cursor: str | None = NEXT


class DeliveryParams(Params):
    """Which message."""

    delivery_id: RowId


class TryShape(Shape):
    """One try to deliver."""

    attempt: int
    began_at: datetime
    seconds: float
    answer: str = Field(description="`delivered`, `retry`, `snooze` or `discard`.")
    reason: str = Field(description="The target's words.")


class DeliveryDetail(DeliveryShape):
    """One message whole."""

    body: Any = Field(description="What is told, as the target gets it under `data`.")
    tries: list[TryShape]


class TargetParams(Params):
    """Which target."""

    target: Line = Field(min_length=1, max_length=64)


class TargetShape(Shape):
    """Somebody who is told things."""

    target: str
    rate: float | None = Field(description="The most messages a second; null: no limit.")
    paused_until: datetime | None
    waiting: int
    dead: int


class Targets(BaseModel):
    """All targets, those of settings of old, too."""

    targets: list[TargetShape]


class PauseBody(Body):
    """How long."""

    until: Instant | None = Field(description="Nothing is sent before; null goes on at once.")


class Replayed(BaseModel):
    """What was given a new life."""

    messages: int


class DeliveryHandlers:
    """The operations on the outbox."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._store = OutboxStore(pool)

    async def page(self, asked: Asked[DeliveryListParams]) -> DeliveryPage:
        """List messages."""
        limit = asked.params.limit
        statement, values = compose(
            DELIVERIES.list_messages, DELIVERIES, filters(asked.params), limit + 1, asked.access
        )
        rows = await self._pool.fetch(statement, *values)
        deliveries = [DeliveryShape.model_validate(dict(row)) for row in rows]
        shown, last = cut(deliveries, limit, lambda delivery: cursor.write_text(str(delivery.id)))
        return DeliveryPage(deliveries=shown, next_cursor=last)

    async def one(self, asked: Asked[DeliveryParams]) -> DeliveryDetail:
        """Show one message."""
        row = await self._pool.fetchrow(DELIVERIES.one, asked.params.delivery_id)
        if row is None:
            raise NoSuchThing(f"there is no delivery {asked.params.delivery_id}")
        tries = await self._pool.fetch(DELIVERIES.tries, asked.params.delivery_id)
        return DeliveryDetail.model_validate({**dict(row), "tries": [dict(each) for each in tries]})

    async def replay(self, asked: Asked[DeliveryParams]) -> Replayed:
        """Return a dead message a new life."""
        row = await self._pool.fetchrow(DELIVERIES.one, asked.params.delivery_id)
        if row is None:
            raise NoSuchThing(f"there is no delivery {asked.params.delivery_id}")
        if row["reason"] == "erased":
            raise Refused("its content was erased: there is nothing to send")
        if not await self._store.replay([asked.params.delivery_id], asked.now):
            raise Refused(f"delivery {asked.params.delivery_id} is {row['state']}: only a dead one can be replayed")
        return Replayed(messages=1)

    async def targets(self, _: Asked[Nothing]) -> Targets:
        """List targets."""
        rows = await self._pool.fetch(DELIVERIES.targets)
        return Targets(targets=[TargetShape.model_validate(dict(row)) for row in rows])

    async def replay_target(self, asked: Asked[TargetParams]) -> Replayed:
        """Return all dead messages of a target a new life."""
        await self._known(asked.params.target)
        rows = await self._pool.fetch(DELIVERIES.replay_target, asked.params.target, asked.now, _REPLAYED_AT_ONCE)
        return Replayed(messages=len(rows))

    async def pause(self, asked: Asked[TargetParams]) -> None:
        """Send nothing to a target for a while."""
        until: datetime | None = asked.body.until
        if until is not None:
            until = min(until, asked.now + timedelta(days=366))  # whoever means "for ever" takes it out of the settings
        if await self._pool.fetchval(DELIVERIES.pause, asked.params.target, until) is None:
            raise NoSuchThing(f"there is no target {asked.params.target!r}")

    async def _known(self, target: str) -> None:
        rows = await self._pool.fetch(DELIVERIES.targets)
        if target not in {row["target"] for row in rows}:
            raise NoSuchThing(f"there is no target {target!r}")

    def endpoints(self) -> list[Endpoint]:
        """Return the operations."""
        common = partial(Endpoint, scope=Scope.DELIVERIES, tag="deliveries")
        one = partial(common, params=DeliveryParams)
        target = partial(common, params=TargetParams, refusals=(404,))
        return [
            common(
                method="GET",
                path="/deliveries",
                operation="listDeliveries",
                summary="What was, is or could not be told, newest first.",
                handler=self.page,
                result=DeliveryPage,
                params=DeliveryListParams,
            ),
            one(
                method="GET",
                path="/deliveries/{delivery_id}",
                operation="getDelivery",
                summary="One message with its body and every try.",
                handler=self.one,
                result=DeliveryDetail,
                refusals=(404,),
            ),
            one(
                method="POST",
                path="/deliveries/{delivery_id}/replay",
                operation="replayDelivery",
                summary="Try a dead message again, from its first attempt.",
                handler=self.replay,
                result=Replayed,
                refusals=(404, 409),
            ),
            common(
                method="GET",
                path="/targets",
                operation="listTargets",
                summary="Webhooks and CRMs that are told things, and how many messages wait or died.",
                handler=self.targets,
                result=Targets,
            ),
            target(
                method="POST",
                path="/targets/{target}/replay",
                operation="replayTarget",
                summary="Try all dead messages of a target again (10,000 at a time).",
                handler=self.replay_target,
                result=Replayed,
            ),
            target(
                method="PUT",
                path="/targets/{target}/pause",
                operation="pauseTarget",
                summary="Send nothing to a target until a time, or go on; messages wait and stay in order.",
                handler=self.pause,
                result=None,
                success=204,
                body=PauseBody,
            ),
        ]


def filters(params: DeliveryListParams) -> dict[str, list[object]]:
    """Turn parameters into the list's filters."""
    keys = [*params.call_id, *(f"request:{request}" for request in params.request_id)]
    found: dict[str, list[object]] = {}
    if params.call_id and params.request_id:
        raise Problem(422, "invalid", "query.request_id: a message speaks of a call or of a request, never of both")
    if keys:
        found["key"] = any_of(keys)
    if params.target:
        found["target"] = any_of(params.target)
    if params.state:
        found["state" if DeliveryState.DELIVERED in params.state else "undelivered"] = any_of(params.state)
    if params.cursor is not None:
        found["before"] = [cursor.read_number(params.cursor)]
    return found
