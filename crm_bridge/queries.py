"""Read models: what the API asks of the ledger's published views, as typed values."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

from pydantic import Field

from crm_bridge.payloads import LegShape, Shape, TransferShape
from telephony.model import CallKind, Direction, Disposition, MissedReason
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load


class CallSql(NamedTuple):
    """The queries of calls.sql."""

    list_calls: str
    filter_before: str
    filter_since: str
    filter_until: str
    filter_customer: str
    filter_manager: str
    filter_did: str
    filter_direction: str
    filter_disposition: str
    filter_missed_reason: str
    filter_kind: str
    one_call: str
    legs: str
    transfers: str
    timeline: str


SQL = load(Path(__file__).parent / "sql" / "calls.sql", CallSql)
_PARAMETER = re.compile(r"\$(\d+)")


class CallSummary(Shape):
    """One call, as in a list."""

    call_id: str = Field(description="`<pbx>:<linkedid>`; stable for ever.")
    pbx: str
    direction: Direction
    kind: CallKind
    caller_number: str = Field(description="As the PBX said it; empty if hidden.")
    caller_name: str = Field(description="As the caller's side sent it: never trust it as HTML.")
    dialed: str
    customer: str = Field(description="The outside party, E.164; empty for internal calls and hidden callers.")
    did: str
    manager: str = Field(description="The person of ours who talked or called; empty if nobody did.")
    trunk: str
    queue: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    disposition: Disposition
    missed_reason: MissedReason | None
    answered_by_number: str | None
    answered_by_name: str | None
    wait_seconds: float | None
    talk_seconds: float
    repaired: bool

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Take it from a row of `published.calls`."""
        return cls.model_validate(dict(row))


class TimelineEntry(Shape):
    """One thing that happened to a call."""

    at: datetime
    kind: str = Field(description="`call_started`, `leg_started`, `ringing`, `leg_ended` ...")
    number: str
    detail: str = Field(description="A channel, a file, a cause: what tells this entry from its like.")


class CallDetail(CallSummary):
    """One call with everything that is known of it."""

    legs: tuple[LegShape, ...]
    transfers: tuple[TransferShape, ...]
    timeline: tuple[TimelineEntry, ...] = Field(description="In order; read it to see why a call was missed.")


Filters = Mapping[str, Sequence[object]]
"""A filter's name in calls.sql (without ``filter_``) and the values of its parameters."""


def compose(filters: Filters) -> tuple[str, list[object]]:
    """Put the list's statement together: ``$1`` is the limit, then each filter's values in order."""
    values: list[object] = []
    conditions: list[str] = []
    for name, given in filters.items():
        shift = 1 + len(values)
        text: str = getattr(SQL, f"filter_{name}")
        conditions.append(_PARAMETER.sub(lambda match, by=shift: f"${int(match[1]) + by}", text))  # type: ignore[misc]
        values.extend(given)
    return SQL.list_calls.replace("-- filters", "\n".join(conditions)), values


class CallQueries:
    """The ledger as others read it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def page(self, filters: Filters, limit: int) -> list[CallSummary]:
        """Give the newest calls that pass the filters."""
        statement, values = compose(filters)
        return [CallSummary.of(row) for row in await self._pool.fetch(statement, limit, *values)]

    async def one(self, call_id: str) -> CallDetail | None:
        """Give one call whole, as of one moment."""
        async with self._pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
            row = await connection.fetchrow(SQL.one_call, call_id)
            if row is None:
                return None
            return CallDetail(
                **dict(row),
                legs=tuple(LegShape(**leg) for leg in await connection.fetch(SQL.legs, call_id)),
                transfers=tuple(TransferShape(**each) for each in await connection.fetch(SQL.transfers, call_id)),
                timeline=tuple(TimelineEntry(**each) for each in await connection.fetch(SQL.timeline, call_id)),
            )
