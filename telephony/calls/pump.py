"""From the tracker to the ledger: every call event written, in order, once; then told.

Theory of operation. `Pump.submit` is called by the links as things happen: it never waits and never raises. One task
(`Pump.run`) takes what has gathered, up to a batch of 500, and commits it in one transaction: while one commit is
under way the next batch gathers, so the disk's speed sets the size of a batch and nobody waits for a timer (group
commit). At rest the task waits for a flag and costs nothing.

* **In one transaction**: the calls' rows, the events' rows and the hooks of each *new* event. Writing the same event
  again (a commit whose answer was lost, a restart with resync) finds the event's row and runs no hook: hooks run
  exactly once. Hooks see the call's row as the batch leaves it, and ``event.call`` as it was at the event.
* **Listeners** come in two kinds. ``before`` hear an event in `submit`, when it happens, and may be told of something
  that is never written: for the recorder, who cannot wait for a disk. ``after`` hear it when it is committed, at
  least once: for whoever then reads the ledger.
* **Poison**: if PostgreSQL refuses a batch, or a hook raises, the batch is rolled back and written in halves until the
  culprit is alone. Then, if a hook was at fault, the call is written without the hooks. The event becomes a dead
  letter, logged once; `Pump.revive` tries again those that somebody asked for. All other events of the batch are
  written, in order.
* **Outage**: the batch in hand is tried again, ever slower up to 2 s; events wait on disk, or in memory where there is
  no disk (see `telephony.calls.safekeeping`). A database that is silent for 5 s is away (the connection is cut off);
  each further try has twice the time, up to a minute, for half as many events at once, so that one that is merely slow
  gets there in the end.
* **Stop**: `Pump.stop` lets the task write what is left, for as long as it is given; what then remains goes to disk.
"""

import asyncio
from collections.abc import Sequence
from time import monotonic
from typing import NamedTuple

import structlog

from telephony.calls.dead_letters import decode, encode, name, where
from telephony.calls.pump_figures import PumpFigures
from telephony.calls.revival import SQL as DEAD
from telephony.calls.rows import LONGEST_KEY, clean, key_of
from telephony.calls.safekeeping import Safekeeping
from telephony.calls.spool import Spool
from telephony.calls.store import WRITE, LedgerWriter
from telephony.errors import RingbackError, reason
from telephony.events import CallEvent
from telephony.ports import CallListener, LedgerHook, Transaction
from telephony.postgres.limits import acquired
from telephony.postgres.outages import breaks, is_outage
from telephony.postgres.pool import Pool

_log = structlog.get_logger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0
_LONGEST_LIMIT = 60.0
_LONGEST_REASON = 2_000


class HookFailed(RingbackError):
    """A hook raised: the event's call is written without the hooks, and the event is a dead letter."""

    error_id = "hook-failed"


class PumpBounds(NamedTuple):
    """How much the pump takes at once, and for how long."""

    in_memory: int = 100_000
    """Events, if they cannot wait on disk."""
    batch: int = 500
    """Events in one transaction."""
    first_try_seconds: float = 5.0


_USUAL = PumpBounds()


class Pump:
    """See the module. ``spool``: where events wait on disk; without one they do in memory."""

    def __init__(
        self,
        pool: Pool,
        writer: LedgerWriter,
        *,
        hooks: Sequence[LedgerHook] = (),
        before: Sequence[CallListener] = (),
        after: Sequence[CallListener] = (),
        spool: Spool | None = None,
        bounds: PumpBounds = _USUAL,
    ) -> None:
        self._pool = pool
        self._writer = writer
        self._hooks = tuple(hooks)
        self._before = tuple(before)
        self._after = tuple(after)
        self._kept = Safekeeping(bounds.in_memory, spool)
        self._most = bounds.batch
        self._work = asyncio.Event()
        self._stopping = asyncio.Event()
        self._idle = asyncio.Event()
        if spool is None:  # else nobody knows before it is opened
            self._idle.set()
        self._first_limit = self._limit = bounds.first_try_seconds
        self._figures = PumpFigures()

    @property
    def figures(self) -> PumpFigures:
        """The counts, as they are now."""
        self._count()
        return self._figures

    def submit(self, event: CallEvent) -> None:
        """Take an event. Returns at once, never raises."""
        _tell(self._before, event)
        self._figures.submitted += 1
        self._idle.clear()
        if self._kept.put(event) is not None:
            self._figures.count_shed()
        self._work.set()

    async def run(self) -> None:
        """Write until `stop`; own this as a task. Ends by itself after a stop, otherwise only with a defect of ours."""
        await self._kept.begin()
        async with asyncio.TaskGroup() as tasks:
            safe = tasks.create_task(self._kept.keep_safe(), name="ledger safekeeping")
            await self._write_all()
            safe.cancel()

    async def drained(self) -> None:
        """Wait until everything submitted so far, and what an earlier process spooled, is committed (dead, shed)."""
        await self._idle.wait()

    async def stop(self, *, within_seconds: float = 4.0) -> int:
        """Write what is left and let `run` end; return how many events are neither written nor on disk (0 is clean)."""
        self._stopping.set()
        self._work.set()
        try:
            async with asyncio.timeout(within_seconds):
                await self._idle.wait()
        except TimeoutError:
            if await self._kept.to_disk():
                _log.warning("ledger.spooled_at_stop", events=self._kept.on_disk)
            else:
                away = self._figures.outage_since is not None
                cure = f"{'the database was away' if away else 'there was not time enough'}; CEL can repair"
                _log.error("ledger.lost_at_stop", events=self._kept.in_memory, cure=cure)
        return self._kept.in_memory

    async def revive(self) -> tuple[int, int]:
        """Try each dead letter that somebody asked for; return how many were written and how many stay dead."""
        revived = stay = last = 0
        while True:
            async with acquired(self._pool, self._limit) as connection, connection.transaction():
                row = await connection.fetchrow(DEAD.next_asked, last)
                if row is None:
                    return revived, stay
                last = row["id"]
                try:
                    async with connection.transaction():
                        await self._write_again(connection, decode(row["kind"], row["event"]), written=row["written"])
                except Exception as error:
                    if is_outage(error):
                        raise
                    stay += 1
                    why = clean(reason(error), _LONGEST_REASON)
                    await connection.execute(DEAD.still_dead, last, why)
                    _log.warning("ledger.still_dead", letter=last, reason=why)
                else:
                    revived += 1
                    await connection.execute(DEAD.revived, last)

    async def _write_again(self, connection: Transaction, event: CallEvent, *, written: bool) -> None:
        events = await self._writer.complete(connection, [event])
        new = await self._writer.write(connection, events)
        await self._run_hooks(connection, events if written else new)
        await self._writer.merge(connection, new)

    # --- writing ------------------------------------------------------------------------------------------------------

    async def _write_all(self) -> None:
        while True:
            try:
                batch = await self._kept.take(self._most)
            except OSError as error:
                _log.warning("spool.unreadable", reason=reason(error))
                await asyncio.sleep(_LONGEST_PAUSE)
                continue
            if batch:
                await self._write_until_done(batch)
                await self._kept.done()
            if self._kept.waiting:
                continue
            self._idle.set()
            if self._stopping.is_set():
                return
            self._work.clear()
            await self._work.wait()

    def _count(self) -> None:
        kept, figures = self._kept, self._figures
        figures.waiting, figures.on_disk = kept.waiting, kept.on_disk
        figures.spooled, figures.spool_trouble = kept.spooled, kept.trouble

    async def _write_until_done(self, batch: Sequence[CallEvent]) -> None:
        """Write a batch, however long the database is away; parts that were written before an outage stay written."""
        pause, done, part = _FIRST_PAUSE, 0, len(batch)
        while done < len(batch):
            began = monotonic()
            try:
                await self._write(batch[done : done + part])
            except Exception as error:
                if not is_outage(error):
                    raise
                self.figures.outage_goes_on(error)
                await asyncio.sleep(pause)
                pause, self._limit = min(pause * 2, _LONGEST_PAUSE), min(self._limit * 2, _LONGEST_LIMIT)
                part = max(part // 2, 1)
            else:
                # A machine that is slow now is as slow with the next batch: cutting that off would cost its work again.
                took = monotonic() - began
                self._limit = min(max(self._first_limit, took * 3), _LONGEST_LIMIT)
                self.figures.outage_ends()
                done, part = done + part, part * 2 if took * 4 < self._limit else part

    async def _write(self, events: Sequence[CallEvent]) -> None:
        try:
            written = await self._commit(events)
        except Exception as error:
            if is_outage(error):
                raise
            if len(events) == 1:
                await self._bury(events[0], error)
                return
            middle = len(events) // 2
            await self._write(events[:middle])
            await self._write(events[middle:])
        else:
            self._figures.written += len(events)
            for event in written:
                _tell(self._after, event)

    async def _commit(self, events: Sequence[CallEvent]) -> list[CallEvent]:
        async with acquired(self._pool, self._limit) as connection, connection.transaction():
            completed = await self._writer.complete(connection, events)
            new = await self._writer.write(connection, completed)
            await self._run_hooks(connection, new)
            await self._writer.merge(connection, new)
        self._figures.repeated += len(events) - len(new)
        return completed

    async def _run_hooks(self, connection: Transaction, events: Sequence[CallEvent]) -> None:
        for event in events:
            for hook in self._hooks:
                try:
                    await hook(connection, event)
                except Exception as error:
                    if breaks(connection, error):
                        raise
                    # A hook's own OSError is no outage of the database: waiting would hold up the whole ledger.
                    raise HookFailed(f"{name(hook)}: {reason(error)}") from error

    async def _bury(self, event: CallEvent, error: Exception) -> None:
        self._figures.dead += 1
        written = isinstance(error, HookFailed) and await self._write_without_hooks(event, error)
        if not written:
            await self._bury_alone(event, error)
        _log.error(
            "ledger.dead_letter",
            call_id=event.call.call_id,
            event_kind=type(event).__name__,
            call_written=written,
            reason=reason(error),
            where=where(error),
        )

    async def _write_without_hooks(self, event: CallEvent, error: Exception) -> bool:
        try:
            async with acquired(self._pool, self._limit) as connection, connection.transaction():
                events = await self._writer.complete(connection, [event])
                await self._writer.merge(connection, await self._writer.write(connection, events))
                await _send_to_dead(connection, event, error, written=True)
        except Exception as second:
            if is_outage(second):
                raise
            return False
        self._figures.written += 1
        for written in events:
            _tell(self._after, written)
        return True

    async def _bury_alone(self, event: CallEvent, error: Exception) -> None:
        try:
            async with acquired(self._pool, self._limit) as connection:
                await _send_to_dead(connection, event, error, written=False)
        except Exception as second:
            if is_outage(second):
                raise
            _log.error("ledger.event_lost", reason=reason(second), raw=repr(event)[:_LONGEST_REASON])


def _tell(listeners: Sequence[CallListener], event: CallEvent) -> None:
    for listener in listeners:
        try:
            listener(event)
        except Exception as error:  # noqa: BLE001 - a listener must not raise; if it does, the ledger goes on
            _log.error(
                "ledger.listener_raised",
                listener=name(listener),
                call_id=event.call.call_id,
                reason=reason(error),
                where=where(error),
            )


async def _send_to_dead(connection: Transaction, event: CallEvent, error: Exception, *, written: bool) -> None:
    kind, text = encode(event)
    why = clean(reason(error), _LONGEST_REASON)
    await connection.execute(WRITE.bury, clean(key_of(event).call_id, LONGEST_KEY), kind, text, why, written)
