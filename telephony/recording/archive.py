"""After the end of a call: its files are converted, measured, judged and kept; then the originals go.

A worker claims one call and holds its row's lock while it works: if this process is killed, PostgreSQL lets go of the
row
and another worker begins again. Each step may therefore be done twice and must come to the same:

1. look: is Asterisk done with the files? Their sizes must stand still from one look to the next (`settle_seconds`
   later).
2. convert into ``.incoming``, measure, flush, rename to a name that the row's number gives. Killed here: done again,
   and the same name is written over.
3. commit: the rows, the verdict, the alarm. Now the call's stage is *kept*.
4. remove the originals, then commit *done*. Killed between: removed again, which finds nothing.

Trouble that is ours (no ffmpeg, no room) is an alarm of the house, costs no try and is looked at again. Trouble of the
file (missing, unreadable) is tried again, ever later, then judged; the last word is an alarm of the call.
"""

import asyncio
import contextlib
from datetime import timedelta

import structlog

from telephony.ports import Clock, Transaction
from telephony.postgres.outages import breaks
from telephony.postgres.patience import Patience
from telephony.postgres.pool import Pool
from telephony.recording import store
from telephony.recording.alarms import CONVERTER, FOLDER, ORIGINALS, Alarms, ReadyHook, RecordingMetrics
from telephony.recording.convert import ConversionWorker
from telephony.recording.errors import ConverterMissing, FolderTrouble, OutsideShared
from telephony.recording.plan.names import is_whole
from telephony.recording.plan.rows import ArchiveStage, FileRow, Job, OrderKind
from telephony.recording.plan.verdict import Judgement, Kept, SoundVerdict, Tolerance, judge_call, redundant
from telephony.settings import RecordingSettings

_log = structlog.get_logger(__name__)

_IDLE_SECONDS = 30.0
_HOUSE_PAUSE = timedelta(seconds=60)
_TRYABLE = (SoundVerdict.MISSING, SoundVerdict.UNREADABLE)
_REMOVED = (SoundVerdict.GOOD, SoundVerdict.NOT_WANTED)


class Archive:
    """The workers. `run` works until it is cancelled; `wake` tells it that a call has ended."""

    def __init__(
        self,
        pool: Pool,
        settings: RecordingSettings,
        keeper: ConversionWorker,
        alarms: Alarms,
        metrics: RecordingMetrics,
        clock: Clock,
        ready: ReadyHook | None = None,
    ) -> None:
        self._pool = pool
        self._settings = settings
        self._ready = ready
        self._keeper = keeper
        self._alarms = alarms
        self._metrics = metrics
        self._clock = clock
        self._wake = asyncio.Event()
        self._tolerance = Tolerance(settings.tolerance_seconds, settings.tolerance_percent, settings.one_sided_seconds)

    def wake(self) -> None:
        """Look for work now."""
        self._wake.set()

    async def run(self) -> None:
        """Work with as many workers as the settings tell."""
        async with asyncio.TaskGroup() as workers:
            for number in range(self._settings.workers):
                workers.create_task(self._work(number), name=f"recording-archive-{number}")

    async def _work(self, number: int) -> None:
        patience = Patience(f"recording archive {number}")

        async def turn() -> None:
            if await self.work_one():
                return
            pause = await self._until_due()
            patience.well()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), pause)
            self._wake.clear()

        await patience.forever(turn)

    async def _until_due(self) -> float:
        async with self._pool.acquire() as connection:
            due = await store.next_due(connection)
        if due is None:
            return _IDLE_SECONDS
        return min(_IDLE_SECONDS, max(0.0, (due - self._clock()).total_seconds()) + 0.001)

    async def work_one(self) -> bool:
        """Claim a call that is due and take it one stage on; False if there is none.

        Raises:
            asyncpg.PostgresError: the database is away or a statement is wrong; the call is untouched.
        """
        async with self._pool.acquire() as connection:
            job: Job | None = None
            try:
                async with connection.transaction():
                    # The lock is held while ffmpeg works: minutes, for a conference of hours.
                    await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
                    job = await store.claim(connection, self._clock())
                    if job is None:
                        return False
                    await self._take_on(connection, job)
            except Exception as error:
                if job is None or breaks(connection, error):
                    raise
                _log.exception("recording.archive_failed", call_id=job.call_id)
                await self._failed(connection, job, error)
        return True

    async def _take_on(self, tx: Transaction, job: Job) -> None:
        if job.stage is ArchiveStage.KEPT:
            await self._clear_away(tx, job)
            return
        try:
            await self._archive(tx, job)
        except (ConverterMissing, FolderTrouble) as error:
            cause = CONVERTER if isinstance(error, ConverterMissing) else FOLDER
            await self._alarms.raise_(tx, None, cause, str(error), self._clock())
            await store.later(tx, job.call_id, self._clock() + _HOUSE_PAUSE, job.tries)

    async def _failed(self, tx: Transaction, job: Job, error: Exception) -> None:
        """A defect of ours: try again later; after the last try the call has its alarm and leaves the queue."""
        async with tx.transaction():
            if job.tries + 1 < self._settings.tries:
                await self._again(tx, job)
            elif job.stage is ArchiveStage.KEPT:
                await store.finish_call(tx, job.call_id)
            else:
                await self._judge(
                    tx, job, Judgement(SoundVerdict.UNREADABLE, f"{type(error).__name__}: {error}"), alarm=True
                )

    async def _again(self, tx: Transaction, job: Job) -> None:
        await store.later(tx, job.call_id, self._clock() + timedelta(seconds=2**job.tries), job.tries + 1)

    # --- stage "ended" ------------------------------------------------------------------------------------------------

    async def _archive(self, tx: Transaction, job: Job) -> None:
        kinds = {order.kind for order in await store.orders(tx, job.call_id)}
        wanted = job.wanted or OrderKind.START in kinds
        found = await store.files_of(tx, job.call_id)
        if not wanted:
            await self._leave_all(tx, job, found)
            return
        if not found:
            found = await self._keeper.search(tx, job)
        if not await self._calm(tx, job, found):
            await store.later(tx, job.call_id, self._clock() + self._settle, job.tries)
            return
        whole = OrderKind.STOP not in kinds and (job.wanted or OrderKind.START not in kinds)
        kept = await self._keep_all(tx, job, found)
        judgement = judge_call(job.talk_seconds, kept, self._tolerance, whole=whole)
        last = job.tries + 1 >= self._settings.tries
        if not last and (any(file.verdict in _TRYABLE for file in kept) or (job.answered and not kept)):
            await self._forget_tries(tx, found, kept)
            await self._again(tx, job)
        elif job.answered:
            await self._judge(tx, job, judgement, alarm=judgement.verdict is not SoundVerdict.GOOD)
        else:
            await self._judge(tx, job, _of_unanswered(kept), alarm=False)

    @property
    def _settle(self) -> timedelta:
        return timedelta(seconds=self._settings.settle_seconds)

    async def _leave_all(self, tx: Transaction, job: Job, found: list[FileRow]) -> None:
        for file in found:
            await store.judge_file(tx, file.id, SoundVerdict.NOT_WANTED)
        await self._judge(tx, job, Judgement(SoundVerdict.NOT_WANTED), alarm=False)

    async def _calm(self, tx: Transaction, job: Job, found: list[FileRow]) -> bool:
        """Return whether no original has grown since the last look."""
        calm = True
        for file in found:
            if file.verdict is not None:
                continue
            size = await self._keeper.size(job, file)
            if size != file.seen_bytes:
                await store.saw_bytes(tx, file.id, size)
                calm = False
        return calm

    async def _keep_all(self, tx: Transaction, job: Job, found: list[FileRow]) -> list[Kept]:
        """Convert what is not converted yet: the PBX's own files first, ours only where those leave a gap.

        Where nobody answered our tapes hold nothing, but for one of the whole call: the caller found us closed.
        """
        adopted = [await self._keeper.keep(tx, job, file) for file in found if file.adopted]
        ours = [file for file in found if not file.adopted]
        if not job.answered or redundant(job.talk_seconds, adopted, self._tolerance):
            unneeded = [file for file in ours if job.answered or not is_whole(file.pbx_path)]
            for file in unneeded:
                await store.judge_file(tx, file.id, SoundVerdict.NOT_WANTED)
            ours = [file for file in ours if file not in unneeded]
        return adopted + [await self._keeper.keep(tx, job, file) for file in ours]

    async def _forget_tries(self, tx: Transaction, found: list[FileRow], kept: list[Kept]) -> None:
        """Take the verdict back from files that are tried again."""
        if any(file.verdict in _TRYABLE for file in kept):
            await store.untried(tx, [file.id for file in found])

    async def _judge(self, tx: Transaction, job: Job, judgement: Judgement, *, alarm: bool) -> None:
        now = self._clock()
        await store.judge_call(tx, job.call_id, judgement, ArchiveStage.KEPT, now)
        self._metrics.verdicts[judgement.verdict].inc()
        _log.info("recording.judged", call_id=job.call_id, verdict=judgement.verdict, why=judgement.why)
        if alarm:
            await self._alarms.raise_(tx, job.call_id, judgement.verdict, judgement.why, now)
        else:
            await store.clear_call_alarms(tx, job.call_id, now)
        if judgement.verdict is SoundVerdict.GOOD and self._ready is not None:
            await self._ready(tx, job.call_id)

    # --- stage "kept" -------------------------------------------------------------------------------------------------

    async def _clear_away(self, tx: Transaction, job: Job) -> None:
        for file in await store.files_of(tx, job.call_id):
            if not file.original_gone and self._removable(file):
                try:
                    await self._keeper.remove_original(job, file)
                except (OSError, OutsideShared) as error:
                    why = f"the original {file.pbx_path} cannot be removed: {error}"
                    await self._alarms.raise_(tx, None, ORIGINALS, why, self._clock())
                    continue
                await store.original_gone(tx, file.id)
                await self._alarms.clear(tx, ORIGINALS, self._clock())
        await store.finish_call(tx, job.call_id)

    def _removable(self, file: FileRow) -> bool:
        if file.adopted:
            return file.verdict is SoundVerdict.GOOD and not self._settings.keep_adopted_originals
        return file.verdict in _REMOVED


def _of_unanswered(kept: list[Kept]) -> Judgement:
    """Judge a call that nobody answered: a voicemail that can be heard is good, nothing at all is not wanted."""
    best = next((file.verdict for file in kept if file.verdict is SoundVerdict.GOOD), None)
    return Judgement(best or (kept[0].verdict if kept else SoundVerdict.NOT_WANTED))
