"""What people write on calls, in the database; who is told of it; and how it follows a call that another one takes in.

Each change is told in its own transaction, with all that stands on the call after it: whoever hears the last word
knows everything. CRMs file notes under the call that they have, so what is written while a call goes on is told to
them at its end; the row lock of `NOTES.call_times` sees to it that no note falls between the two.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

from crm_bridge.errors import NoSuchThing
from crm_bridge.queries.statements import NOTES
from crm_bridge.schemas import CommentShape, NotesShape, ResultShape, TagShape
from telephony.events import CallEnded, CallEvent, CallMerged
from telephony.ports import Transaction
from telephony.postgres.pool import Pool

_MOST_COMMENTS: Final = 20
"""So many are told at once; a comment has at most 4,000 letters."""


@dataclass(frozen=True, slots=True)
class Noted:
    """What stands on a call after a change."""

    call_id: str
    notes: NotesShape
    at: datetime
    is_over: bool
    """Whether the call has ended."""


NoteHook = Callable[[Transaction, Noted], Awaitable[None]]
"""Tells others, in the transaction of the change."""
Row = TypeVar("Row")


async def _nobody(_tx: Transaction, _noted: Noted) -> None:
    """Where nobody wants to know."""


@dataclass(frozen=True, slots=True)
class _Change:
    """Who changes what, and when."""

    call_id: str
    verb: str
    by: str
    at: datetime


class Notes:
    """Comments, tags and results. Writing on a call that is not there raises `NoSuchThing`."""

    def __init__(self, pool: Pool, tell: NoteHook = _nobody) -> None:
        self._pool = pool
        self._tell = tell

    async def comment(self, call_id: str, text: str, author: str, at: datetime) -> CommentShape:
        """Write a comment."""
        row = await self._write(_Change(call_id, "comment", author, at), NOTES.comment, call_id, at, author, text)
        return CommentShape.model_validate(dict(row))

    async def uncomment(self, call_id: str, comment_id: int, by: str, at: datetime) -> bool:
        """Take one back; False if it is not there."""
        return (
            await self._write(_Change(call_id, "uncomment", by, at), NOTES.uncomment, call_id, comment_id) is not None
        )

    async def tag(self, call_id: str, tag: str, author: str, at: datetime) -> None:
        """Put a tag on; doing it twice changes nothing."""

        async def put(tx: Transaction, started_at: datetime) -> object:
            return await tx.fetchrow(NOTES.tag, call_id, tag, started_at, at, author)

        await self._changed(_Change(call_id, "tag", author, at), put)

    async def untag(self, call_id: str, tag: str, by: str, at: datetime) -> bool:
        """Take it off; False if it is not there."""
        return await self._write(_Change(call_id, "untag", by, at), NOTES.untag, call_id, tag) is not None

    async def result(self, call_id: str, code: str, author: str, at: datetime, amount: Decimal | None = None) -> None:
        """Say how it went, and what it brought; replaces what was said before."""
        await self._write(_Change(call_id, "result", author, at), NOTES.result, call_id, code, at, author, amount)

    async def no_result(self, call_id: str, by: str, at: datetime) -> bool:
        """Take it back; False if nothing was said."""
        return await self._write(_Change(call_id, "unresult", by, at), NOTES.no_result, call_id) is not None

    async def _write(self, change: _Change, query: str, *values: object) -> Any:  # noqa: ANN401  (asyncpg's record)
        async def work(tx: Transaction, _: datetime) -> Any:  # noqa: ANN401
            return await tx.fetchrow(query, *values)

        return await self._changed(change, work)

    async def _changed(self, change: _Change, work: Callable[[Transaction, datetime], Awaitable[Row]]) -> Row:
        """Do it and tell it; a row that is None changed nothing, and nobody is told."""
        async with self._pool.acquire() as tx, tx.transaction():
            times = await tx.fetchrow(NOTES.call_times, change.call_id)
            if times is None:
                raise NoSuchThing(f"there is no call {change.call_id!r}")
            row = await work(tx, times["started_at"])
            if row is not None:
                notes = await _notes(tx, change.call_id, change.verb, change.by)
                await self._tell(tx, Noted(change.call_id, notes, change.at, times["ended_at"] is not None))
        return row


async def follow(tx: Transaction, event: CallEvent) -> None:
    """Let notes follow their call; runs in the ledger's transaction."""
    call = event.call
    if isinstance(event, CallMerged):
        await tx.execute(NOTES.merge_comments, event.absorbed, call.call_id)
        await tx.execute(NOTES.merge_tags, event.absorbed, call.call_id, call.started_at)
        await tx.execute(NOTES.merge_result, event.absorbed, call.call_id)
        await tx.execute(NOTES.forget, [event.absorbed])
    elif isinstance(event, CallEnded):
        await tx.execute(NOTES.restart, call.call_id, call.started_at)


async def at_end(tx: Transaction, event: CallEnded) -> Noted | None:
    """Return what was written while a call went on, or None; runs in the transaction of its end."""
    call_id = event.call.call_id
    if not await tx.fetchval(NOTES.any, call_id):
        return None
    return Noted(call_id, await _notes(tx, call_id, "end", ""), event.at, is_over=True)


async def _notes(tx: Transaction, call_id: str, verb: str, by: str) -> NotesShape:
    comments = await tx.fetch(NOTES.last_comments, call_id, _MOST_COMMENTS)
    result = await tx.fetchrow(NOTES.result_of, call_id)
    return NotesShape(
        verb=verb,
        by=by,
        comments=tuple(CommentShape.model_validate(dict(row)) for row in comments),
        earlier=comments[0]["in_all"] - len(comments) if comments else 0,
        tags=tuple(TagShape.model_validate(dict(row)) for row in await tx.fetch(NOTES.tags, call_id)),
        result=ResultShape.model_validate(dict(result)) if result else None,
    )
