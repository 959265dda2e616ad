"""Deleting: what is too old, and what somebody asks to have deleted. What is held stays; what goes is written down.

A file goes first and its row after, in one transaction per batch that holds the rows' locks: killed between, the next
run finds no file any more, and writes down just that. Rows are never removed: that there was a recording, and who
deleted it, remains known.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import PurePosixPath

import structlog

from telephony.model import CallId, PbxName
from telephony.ports import Clock, Row, Transaction
from telephony.postgres.outages import breaks
from telephony.postgres.patience import Patience
from telephony.postgres.pool import Pool
from telephony.recording import files, store
from telephony.recording.alarms import RecordingMetrics
from telephony.recording.errors import OutsideShared
from telephony.recording.files import Shelf
from telephony.recording.plan.rows import Doomed, Keeping
from telephony.recording.store import SQL
from telephony.settings import RecordingSettings


# The rows of deleting: what is held, what is too old, what was deleted.
async def hold(tx: Transaction, call_id: CallId, *, held: bool) -> bool:
    """Set or lift the legal hold on a call's recordings; False if there is no such call."""
    return await tx.fetchval(SQL.hold, call_id, held) is not None


async def claim_old(tx: Transaction, limits: Mapping[Keeping, datetime], many: int) -> list[Doomed]:
    """Lock recordings that are older than their limit and not held."""
    rows = await tx.fetch(SQL.claim_old, [str(kind) for kind in limits], list(limits.values()), many)
    return _doomed(rows)


async def claim_for_deletion(tx: Transaction, call_id: CallId) -> list[Doomed]:
    """Lock a call's recordings that are not held."""
    return _doomed(await tx.fetch(SQL.claim_for_deletion, call_id))


def _doomed(rows: Sequence[Row]) -> list[Doomed]:
    return [
        Doomed(
            row["id"],
            CallId(row["call_id"]),
            PbxName(row["pbx"]),
            row["pbx_path"],
            row["adopted"],
            row["original_gone"],
            row["path"],
            row["bytes"],
            row["sha256"],
        )
        for row in rows
    ]


async def deleted(
    tx: Transaction, gone: Doomed, *, reason: str, by: str, at: datetime, was_there: bool, original_gone: bool
) -> None:
    """Remember that a recording was deleted, and write down what it was."""
    await tx.execute(SQL.deleted, gone.id, at, original_gone)
    if gone.path is not None:
        row = (gone.id, gone.call_id, gone.path, gone.size, gone.sha256, reason, by, at, was_there)
        await tx.execute(SQL.log_deletion, *row)


_log = structlog.get_logger(__name__)

_BATCH = 100
_MOST_MESSAGES = 1000
_LONGEST_WAIT_SECONDS = 60.0
_UNFINISHED_SECONDS = 86_400.0
BY_AGE = "retention"


def limits(settings: RecordingSettings, now: datetime) -> dict[Keeping, datetime]:
    """Return, for each kind, the start time before which a recording is too old. Pure."""
    days = {
        Keeping.INBOUND: settings.keep_days_inbound,
        Keeping.OUTBOUND: settings.keep_days_outbound,
        Keeping.INTERNAL: settings.keep_days_internal,
        Keeping.UNANSWERED: settings.keep_days_unanswered,
    }
    return {kind: now - timedelta(days=number) for kind, number in days.items()}


class Retention:
    """Deletes old recordings once a day (or as set), and others when asked to."""

    def __init__(self, pool: Pool, settings: RecordingSettings, metrics: RecordingMetrics, clock: Clock) -> None:
        self._pool = pool
        self._settings = settings
        self._metrics = metrics
        self._clock = clock
        self._shelf = Shelf(settings.folder)
        self._patience = Patience("recording retention", longest_seconds=_LONGEST_WAIT_SECONDS)

    async def run(self) -> None:
        """Tidy again and again until cancelled."""
        await self._patience.forever(self._turn)

    async def _turn(self) -> None:
        await self.tidy()
        self._patience.well()
        await asyncio.sleep(self._settings.retention_hours * 3600)

    async def tidy(self) -> int:
        """Delete what is too old; return how many recordings. Also ends lost calls and sweeps unfinished files."""
        now = self._clock()
        async with self._pool.acquire() as connection:
            lost = await store.end_lost_calls(connection, now - timedelta(hours=self._settings.lost_call_hours), now)
        swept = await asyncio.to_thread(self._shelf.sweep, _UNFINISHED_SECONDS)
        total = 0
        while many := await self._delete_batch(limits(self._settings, now), now):
            total += many
        total += await self._delete_old_messages(limits(self._settings, now)[Keeping.UNANSWERED])
        total += await self._delete_leftovers()
        unclaimed = await asyncio.to_thread(self._remove_unclaimed, min(limits(self._settings, now).values()))
        _log.info("recording.tidied", deleted=total, lost_calls=lost, unfinished=swept, unclaimed=unclaimed)
        return total

    async def _delete_old_messages(self, before: datetime) -> int:
        """Delete what people left to be heard; a file that cannot be removed keeps its row, and is tried tomorrow."""
        old = [
            *((SQL.forget_message, *row) for row in await self._pool.fetch(SQL.old_messages, before, _MOST_MESSAGES)),
            *((SQL.forget_answer, *row) for row in await self._pool.fetch(SQL.old_answers, before, _MOST_MESSAGES)),
        ]
        deleted = 0
        for forget, row_id, pbx, file in old:
            if await self.remove_original(PbxName(pbx), file):
                await self._pool.execute(forget, row_id)
                deleted += 1
        return deleted

    def _remove_unclaimed(self, before: datetime) -> int:
        """Remove tapes that no call ever claimed (nobody listened) and that are older than all limits."""
        spool = PurePosixPath(self._settings.pbx_folder)
        removed = 0
        for shared in self._settings.shared:
            if spool.is_relative_to(PurePosixPath(shared.there)):
                folder = shared.here / spool.relative_to(PurePosixPath(shared.there))
                for name in files.remove_old_tapes(folder, before):
                    removed += 1
                    _log.info("recording.unclaimed_removed", folder=str(folder), name=name)
        return removed

    async def _delete_batch(self, before: dict[Keeping, datetime], now: datetime) -> int:
        async with self._pool.acquire() as connection, connection.transaction():
            gone = 0
            for one in await claim_old(connection, before, _BATCH):
                try:
                    await self._delete(connection, one, BY_AGE, "ringback", now)
                except OSError as error:
                    if breaks(connection, error):
                        raise
                    # Its row stays, for its sound does; the others go, and this one is tried the next time.
                    _log.error("recording.copy_stays", recording_id=one.id, why=str(error))
                else:
                    gone += 1
        self._metrics.deleted.inc(gone)
        return gone

    async def erase(self, call_id: CallId, *, reason: str, by: str) -> int:
        """Delete a call's recordings now, whatever their age; held ones stay. Returns how many were deleted."""
        async with self._pool.acquire() as connection, connection.transaction():
            doomed = await claim_for_deletion(connection, call_id)
            for one in doomed:
                await self._delete(connection, one, reason, by, self._clock())
        self._metrics.deleted.inc(len(doomed))
        return len(doomed)

    async def remove_original(self, pbx: PbxName, path: str) -> bool:
        """Delete a sound file of the PBX that is no recording of ours (a caller's message); False if it stays.

        Args:
            pbx: whose file it is.
            path: by the PBX's own path; one outside `recording.shared` is never touched.
        """
        try:
            await asyncio.to_thread(files.remove, files.locate(self._settings.shared, pbx, path))
        except (OSError, OutsideShared) as error:
            _log.warning("recording.original_stays", path=path, why=str(error))
            return False
        return True

    async def erase_original(self, pbx: PbxName, path: str) -> str:
        """Delete a file of the PBX for good; empty if it is surely gone, else why it stays.

        A folder that is not there says nothing of the file: it may be a mount that is away.
        """
        try:
            found = files.locate(self._settings.shared, pbx, path)
            if not await asyncio.to_thread(found.parent.is_dir):
                return f"{found.parent} is not there"
            await asyncio.to_thread(files.remove, found)
        except OutsideShared as error:
            return str(error)
        except OSError as error:
            return f"it may not be deleted by this service: {error.strerror}"
        return ""

    async def _delete_leftovers(self) -> int:
        """Try again what erasures had to leave on the PBX; what is gone needs no trail any more."""
        gone = 0
        for leftover in await self._pool.fetch(SQL.leftovers, _MOST_MESSAGES):
            if not await self.erase_original(PbxName(leftover["pbx"]), leftover["path"]):
                await self._pool.execute(SQL.forget_leftover, leftover["leftover_id"])
                gone += 1
        return gone

    async def _delete(self, tx: Transaction, one: Doomed, reason: str, by: str, now: datetime) -> None:
        was_there = one.path is not None and await self._remove_copy(one, one.path)
        gone = one.original_gone or (not one.adopted and await self._remove_original(one))
        await deleted(tx, one, reason=reason, by=by, at=now, was_there=was_there, original_gone=gone)
        _log.info("recording.deleted", call_id=one.call_id, recording_id=one.id, reason=reason, by=by)

    async def _remove_copy(self, one: Doomed, path: str) -> bool:
        try:
            return await asyncio.to_thread(files.remove, self._shelf.place_of(path))
        except OutsideShared as error:  # somebody wrote the row by hand: nothing outside is ever deleted
            _log.warning("recording.copy_stays", recording_id=one.id, why=str(error))
            return False

    async def _remove_original(self, one: Doomed) -> bool:
        """Remove a tape of ours that was kept because its copy was not good."""
        try:
            await asyncio.to_thread(files.remove, files.locate(self._settings.shared, one.pbx, one.pbx_path))
        except (OSError, OutsideShared) as error:
            _log.warning("recording.original_stays", path=one.pbx_path, why=str(error))
            return False
        return True
