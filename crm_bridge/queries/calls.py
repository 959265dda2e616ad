"""Read models: what the API asks of the ledger's published views, as typed values."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

from pydantic import Field

from crm_bridge.outbox.store import SQL as OUTBOX
from crm_bridge.people.access import Access
from crm_bridge.queries.sql_builder import Filters, compose
from crm_bridge.queries.statements import CALLBACKS, NOTES, RECORDINGS
from crm_bridge.queries.visible import narrowed
from crm_bridge.schemas import (
    CallbackShape,
    CommentShape,
    DeliveryShape,
    LegShape,
    RecordingShape,
    RecordingVerdict,
    ResultShape,
    Shape,
    TagShape,
    TransferShape,
)
from telephony.model import CallKind, Direction, Disposition, MissedReason
from telephony.ports import Row
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load


class CallSql(NamedTuple):
    """The queries of calls.sql."""

    list_calls: str
    list_tagged: str
    filter_before: str
    filter_since: str
    filter_until: str
    filter_customer: str
    filter_manager: str
    filter_managers: str
    filter_did: str
    filter_direction: str
    filter_disposition: str
    filter_missed_reason: str
    filter_kind: str
    filter_uncommon_kind: str
    filter_queue: str
    filter_weekday: str
    filter_hour: str
    filter_wait_from: str
    filter_wait_to: str
    filter_talk_from: str
    filter_talk_to: str
    filter_repaired: str
    filter_recorded: str
    filter_said: str
    filter_first_call: str
    filter_tags: str
    filter_tag: str
    one_call: str
    merged_into: str
    merges: str
    legs: str
    transfers: str
    timeline: str


SQL = load(Path(__file__).with_name("calls.sql"), CallSql)


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
    talked_last_number: str | None = Field(
        default=None, description="Who of ours talked with the customer last; `answered_by_number` is who did first."
    )
    talked_last_name: str | None = None

    @classmethod
    def of(cls, row: Row) -> Self:
        """Take it from a row of `published.calls`."""
        return cls.model_validate(dict(row))


class TimelineEntry(Shape):
    """One thing that happened to a call."""

    at: datetime
    kind: str = Field(description="`call_started`, `leg_started`, `ringing`, `leg_ended` ...")
    number: str
    detail: str = Field(description="A channel, a file, a cause: what tells this entry from its like.")


class MergeShape(Shape):
    """A call that turned out to be a part of this one."""

    call_id: str = Field(description="Its id; asking for it gives this call.")
    at: datetime


class CallDetail(CallSummary):
    """One call with everything that is known of it."""

    why_missed: str | None = Field(
        default=None, description="Of a missed call: in one sentence, who was rung, how long, and how it ended."
    )
    legs: tuple[LegShape, ...]
    transfers: tuple[TransferShape, ...]
    merged: tuple[MergeShape, ...] = Field(description="Calls that an attended transfer joined to this one.")
    timeline: tuple[TimelineEntry, ...] = Field(description="In order; read it to see why a call was missed.")
    comments: tuple[CommentShape, ...]
    tags: tuple[TagShape, ...]
    result: ResultShape | None
    recordings: tuple[RecordingShape, ...]
    recording_verdict: RecordingVerdict | None = Field(description="Null if none was wanted and none was made.")
    callback: CallbackShape | None = Field(description="The request that this call made, or was an attempt of.")
    deliveries: tuple[DeliveryShape, ...] = Field(description="What was told of it to whom.")


class CallQueries:
    """The ledger as others read it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def page(self, filters: Filters, limit: int, access: Access) -> list[CallSummary]:
        """Return the newest calls that pass the filters and may be seen."""
        return [CallSummary.of(row) for row in await self.rows(filters, limit, access)]

    async def rows(self, filters: Filters, limit: int, access: Access) -> Sequence[Row]:
        """Return the same as rows, in the order of `CallSummary`'s fields."""
        listing = SQL.list_tagged if "tag" in filters else SQL.list_calls
        statement, values = compose(listing, SQL, filters, limit, access)
        rows: Sequence[Row] = await self._pool.fetch(statement, *values)
        return rows

    async def one(self, call_id: str, access: Access) -> CallDetail | None:
        """Return one call whole, as of one moment; None also for one that may not be seen.

        A call that was merged into another one gives that one.
        """
        statement, values = narrowed(SQL.one_call, access, [call_id])
        async with self._pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
            row = await connection.fetchrow(statement, *values)
            if row is None:
                call_id = await connection.fetchval(SQL.merged_into, call_id) or call_id
                statement, values = narrowed(SQL.one_call, access, [call_id])
                row = await connection.fetchrow(statement, *values)
            if row is None:
                return None

            async def all_of(query: str) -> list[dict[str, Any]]:
                return [dict(each) for each in await connection.fetch(query, call_id)]

            async def one_of(query: str) -> dict[str, Any] | None:
                return next(iter(await all_of(query)), None)

            return CallDetail.model_validate(
                {
                    **dict(row),
                    "legs": await all_of(SQL.legs),
                    "transfers": await all_of(SQL.transfers),
                    "merged": await all_of(SQL.merges),
                    "timeline": await all_of(SQL.timeline),
                    "comments": await all_of(NOTES.comments),
                    "tags": await all_of(NOTES.tags),
                    "result": await one_of(NOTES.result_of),
                    "recordings": await all_of(RECORDINGS.of_call),
                    "recording_verdict": await one_of(RECORDINGS.call_verdict),
                    "callback": await one_of(CALLBACKS.of_call),
                    "deliveries": await all_of(OUTBOX.deliveries_of_key),
                }
            )
