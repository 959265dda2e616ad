"""What people write on calls, in the database; and how it follows a call that another one takes in."""

from datetime import datetime

from crm_bridge.errors import NoSuchThing
from crm_bridge.shapes import CommentShape
from crm_bridge.statements import NOTES
from telephony.events import CallEnded, CallEvent, CallMerged
from telephony.ports import Transaction
from telephony.postgres.pool import Pool


class Notes:
    """Comments, tags and results. Writing on a call that is not there raises `NoSuchThing`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def comment(self, call_id: str, text: str, author: str, at: datetime) -> CommentShape:
        """Write a comment."""
        await self._started(call_id)
        row = await self._pool.fetchrow(NOTES.comment, call_id, at, author, text)
        return CommentShape.model_validate(dict(row))

    async def uncomment(self, call_id: str, comment_id: int) -> bool:
        """Take one back; False if it is not there."""
        return await self._pool.fetchval(NOTES.uncomment, call_id, comment_id) is not None

    async def tag(self, call_id: str, tag: str, author: str, at: datetime) -> None:
        """Put a tag on; doing it twice changes nothing."""
        await self._pool.execute(NOTES.tag, call_id, tag, await self._started(call_id), at, author)

    async def untag(self, call_id: str, tag: str) -> bool:
        """Take it off; False if it is not there."""
        return await self._pool.fetchval(NOTES.untag, call_id, tag) is not None

    async def result(self, call_id: str, code: str, author: str, at: datetime) -> None:
        """Say how it went; replaces what was said before."""
        await self._started(call_id)
        await self._pool.execute(NOTES.result, call_id, code, at, author)

    async def no_result(self, call_id: str) -> bool:
        """Take it back; False if nothing was said."""
        return await self._pool.fetchval(NOTES.no_result, call_id) is not None

    async def _started(self, call_id: str) -> datetime:
        started: datetime | None = await self._pool.fetchval(NOTES.call_started, call_id)
        if started is None:
            raise NoSuchThing(f"there is no call {call_id!r}")
        return started


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
