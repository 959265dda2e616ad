"""What is wrong with recordings: listed, and cleared by whoever has looked into it."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from crm_bridge.api.endpoint import Asked, CallIdText, Endpoint, Line, Params, RowId, Several
from crm_bridge.api.listing import NEXT, PageParams, cut
from crm_bridge.api.ports import AlarmOrders
from crm_bridge.api.values import cursor
from crm_bridge.api.values.keys import Scope
from crm_bridge.errors import NoSuchThing
from crm_bridge.queries.sql_builder import any_of, compose
from crm_bridge.queries.statements import BOARD
from crm_bridge.schemas import AlarmShape
from telephony.postgres.pool import Pool

CauseName = Annotated[Line, Field(max_length=64)]
"""Why an alarm was raised."""


class AlarmListParams(PageParams):
    """What to list; filters are joined by "and"."""

    open: bool | None = Field(None, description="True: those that nobody has cleared.")
    cause: Several[CauseName] = Field((), description="`missing`, `silent`, `one_sided`, `disk_full` ...")
    call_id: Several[CallIdText] = ()


class AlarmParams(Params):
    """Which alarm."""

    alarm_id: RowId


class AlarmEntry(AlarmShape):
    """An alarm as it stands."""

    cleared_at: datetime | None
    cleared_by: str | None = Field(description="The key's name; `by itself` if what was wrong has ended.")


class AlarmPage(BaseModel):
    """A page of alarms, newest first."""

    alarms: list[AlarmEntry]
    next_cursor: str | None = NEXT


class AlarmHandlers:
    """The operations on alarms."""

    def __init__(self, pool: Pool, orders: AlarmOrders) -> None:
        self._pool = pool
        self._orders = orders

    async def page(self, asked: Asked[AlarmListParams]) -> AlarmPage:
        """List alarms."""
        params = asked.params
        found: dict[str, list[object]] = {}
        if params.open is not None:
            found["alarm_open" if params.open else "alarm_cleared"] = []
        words = {"cause": params.cause, "alarm_call": params.call_id}
        found |= {name: any_of(given) for name, given in words.items() if given}
        if params.cursor is not None:
            found["alarm_before"] = [cursor.read_number(params.cursor)]
        statement, values = compose(BOARD.list_alarms, BOARD, found, params.limit + 1, asked.access)
        rows = await self._pool.fetch(statement, *values)
        alarms = [AlarmEntry.model_validate(dict(row)) for row in rows]
        shown, last = cut(alarms, params.limit, lambda it: cursor.write_text(str(it.alarm_id)))
        return AlarmPage(alarms=shown, next_cursor=last)

    async def clear(self, asked: Asked[AlarmParams]) -> AlarmEntry:
        """Clear one; one that is cleared already stays as it was."""
        await self._orders.clear(asked.params.alarm_id, asked.by)
        row = await self._pool.fetchrow(BOARD.one_alarm, asked.params.alarm_id)
        if row is None:
            raise NoSuchThing(f"there is no alarm {asked.params.alarm_id}")
        return AlarmEntry.model_validate(dict(row))

    def endpoints(self) -> list[Endpoint]:
        """Return the operations."""
        shared: dict[str, Any] = {"tag": "recordings"}
        return [
            Endpoint(
                method="GET",
                path="/alarms",
                operation="listAlarms",
                summary="What is wrong with recordings, newest first.",
                handler=self.page,
                result=AlarmPage,
                params=AlarmListParams,
                scope=Scope.CALLS_READ,
                **shared,
            ),
            Endpoint(
                method="POST",
                path="/alarms/{alarm_id}/clear",
                operation="clearAlarm",
                summary="Somebody has looked into it.",
                handler=self.clear,
                result=AlarmEntry,
                params=AlarmParams,
                scope=Scope.CALLS_WRITE,
                refusals=(404,),
                **shared,
            ),
        ]
