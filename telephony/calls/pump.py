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
  letter, logged once; `Pump.revive` tries dead letters again. All other events of the batch are written, in order.
* **Outage**: events wait in memory and the batch in hand is tried again, ever slower up to 2 s. At the bound the
  backlog sheds (see `telephony.calls.backlog`), loudly counted.
* **Stop**: `Pump.stop` lets the task write what is left, for as long as it is given; what then remains is counted in
  the log.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

import structlog

from telephony.calls.backlog import Backlog
from telephony.calls.letters import decode, encode
from telephony.calls.reasons import name, where
from telephony.calls.rows import LONGEST_KEY, clean, key_of
from telephony.calls.store import WRITE, LedgerWriter
from telephony.errors import RingbackError, reason
from telephony.events import CallEvent
from telephony.ports import CallListener, LedgerHook, Transaction
from telephony.postgres.outages import is_outage
from telephony.postgres.pool import Pool

_log = structlog.get_logger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0
_LONGEST_REASON = 2_000


class HookFailed(RingbackError):
    """A hook raised: the event's call is written without the hooks, and the event is a dead letter."""

    error_id = "hook-failed"


@dataclass(slots=True)
class PumpFigures:
    """Counts since the start, for metrics and health."""

    submitted: int = 0
    written: int = 0
    """Events that are committed."""
    repeated: int = 0
    """Of these, events that were known already."""
    shed: int = 0
    dead: int = 0
    waiting: int = 0
    """Events in memory, not committed yet."""
    outage_since: float | None = None
    """`time.monotonic` of the first failure of the present outage."""


class Pump:
    """See the module. ``bound``: the most events kept in memory during an outage; ``batch``: in one transaction."""

    def __init__(
        self,
        pool: Pool,
        writer: LedgerWriter,
        *,
        hooks: Sequence[LedgerHook] = (),
        before: Sequence[CallListener] = (),
        after: Sequence[CallListener] = (),
        bound: int = 100_000,
        batch: int = 500,
    ) -> None:
        self._pool = pool
        self._writer = writer
        self._hooks = tuple(hooks)
        self._before = tuple(before)
        self._after = tuple(after)
        self._backlog = Backlog(bound)
        self._most = batch
        self._work = asyncio.Event()
        self._stopping = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self.figures = PumpFigures()

    def submit(self, event: CallEvent) -> None:
        """Take an event. Returns at once, never raises."""
        _tell(self._before, event)
        self.figures.submitted += 1
        self.figures.waiting += 1
        self._idle.clear()
        if self._backlog.put(event) is not None:
            self._count_shed()
        self._work.set()

    async def run(self) -> None:
        """Write until `stop`; own this as a task. Ends by itself after a stop, otherwise only with a defect of ours."""
        while not (self._stopping.is_set() and not self._backlog):
            await self._work.wait()
            batch = self._backlog.take(self._most)
            if batch:
                await self._write_until_done(batch)
                self.figures.waiting -= len(batch)
            if not self._backlog:
                self._idle.set()
                if not self._stopping.is_set():
                    self._work.clear()

    async def drained(self) -> None:
        """Wait until everything submitted so far is committed (or dead, or shed)."""
        await self._idle.wait()

    async def stop(self, *, within_seconds: float = 4.0) -> int:
        """Write what is left and let `run` end; return how many events were not written in time (0 is clean)."""
        self._stopping.set()
        self._work.set()
        try:
            async with asyncio.timeout(within_seconds):
                await self._idle.wait()
        except TimeoutError:
            _log.error("ledger.lost_at_stop", events=self.figures.waiting, cure="the database was away; CEL can repair")
        return self.figures.waiting

    async def revive(self) -> tuple[int, int]:
        """Try every dead letter once; return how many were written and how many stay dead."""
        revived = stay = last = 0
        while row := await self._pool.fetchrow(WRITE.dead, last):
            last = row["id"]
            try:
                event = decode(row["kind"], row["event"])
                async with self._pool.acquire() as connection, connection.transaction():
                    events = await self._writer.complete(connection, [event])
                    new = await self._writer.write(connection, events)
                    await self._run_hooks(connection, events if row["written"] else new)
                    await self._writer.merge(connection, new)
                    await connection.execute(WRITE.revived, last)
            except Exception as error:
                if is_outage(error):
                    raise
                stay += 1
                _log.warning("ledger.still_dead", letter=last, reason=reason(error))
            else:
                revived += 1
        return revived, stay

    # --- writing ------------------------------------------------------------------------------------------------------

    async def _write_until_done(self, batch: Sequence[CallEvent]) -> None:
        """Write a batch, however long the database is away; parts that were written before an outage stay written."""
        pause = _FIRST_PAUSE
        while True:
            try:
                await self._write(batch)
            except Exception as error:
                if not is_outage(error):
                    raise
                self._outage_goes_on(error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                self._outage_ends()
                return

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
            self.figures.written += len(events)
            for event in written:
                _tell(self._after, event)

    async def _commit(self, events: Sequence[CallEvent]) -> list[CallEvent]:
        async with self._pool.acquire() as connection, connection.transaction():
            completed = await self._writer.complete(connection, events)
            new = await self._writer.write(connection, completed)
            await self._run_hooks(connection, new)
            await self._writer.merge(connection, new)
        self.figures.repeated += len(events) - len(new)
        return completed

    async def _run_hooks(self, connection: Transaction, events: Sequence[CallEvent]) -> None:
        for event in events:
            for hook in self._hooks:
                try:
                    await hook(connection, event)
                except Exception as error:
                    if connection.is_closed() or (is_outage(error) and not isinstance(error, OSError)):
                        raise
                    # A hook's own OSError is no outage of the database: waiting would hold up the whole ledger.
                    raise HookFailed(f"{name(hook)}: {reason(error)}") from error

    async def _bury(self, event: CallEvent, error: Exception) -> None:
        self.figures.dead += 1
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
            async with self._pool.acquire() as connection, connection.transaction():
                events = await self._writer.complete(connection, [event])
                await self._writer.merge(connection, await self._writer.write(connection, events))
                await _send_to_dead(connection, event, error, written=True)
        except Exception as second:
            if is_outage(second):
                raise
            return False
        self.figures.written += 1
        for written in events:
            _tell(self._after, written)
        return True

    async def _bury_alone(self, event: CallEvent, error: Exception) -> None:
        try:
            await _send_to_dead(self._pool, event, error, written=False)
        except Exception as second:
            if is_outage(second):
                raise
            _log.error("ledger.event_lost", reason=reason(second), raw=repr(event)[:_LONGEST_REASON])

    # --- telling ------------------------------------------------------------------------------------------------------

    def _count_shed(self) -> None:
        self.figures.shed += 1
        self.figures.waiting -= 1
        if self.figures.shed.bit_count() == 1:  # 1, 2, 4, 8...: loud, but not a line an event
            _log.error(
                "ledger.shedding", shed=self.figures.shed, cure="the database is away: events_in_memory is reached"
            )

    def _outage_goes_on(self, error: Exception) -> None:
        if self.figures.outage_since is None:
            self.figures.outage_since = monotonic()
            _log.error("ledger.database_away", reason=reason(error), waiting=self.figures.waiting)

    def _outage_ends(self) -> None:
        if self.figures.outage_since is not None:
            seconds = round(monotonic() - self.figures.outage_since, 1)
            self.figures.outage_since = None
            _log.info(
                "ledger.database_back", away_seconds=seconds, waiting=self.figures.waiting, shed=self.figures.shed
            )


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
