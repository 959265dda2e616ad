"""Where call events are between the tracker and the ledger: in memory for moments, on disk when it takes longer.

An event that the ledger does not have after `PATIENCE_SECONDS`, for whatever reason (the database is away, frozen or
slow, or there is none yet), is written to the spool (`telephony.calls.spool`); so a kill of ourselves, the database or
both loses nothing that is older. As long as something is on disk, the ledger is written from there, in order; what
comes meanwhile goes behind it. At rest, and while the database keeps up, no file is touched.

If the disk fails, too (full, not writable, in use), events stay in memory up to a bound, where the least worthy are
shed (`telephony.calls.backlog`); it is said loudly, shows as `trouble`, and the disk is tried again every second.
"""

import asyncio
from typing import Final

import structlog

from telephony.calls.backlog import Backlog
from telephony.calls.spool import Spool, SpoolPosition, SpoolWrites
from telephony.events import CallEvent

_log = structlog.get_logger(__name__)

PATIENCE_SECONDS: Final = 0.05
_RETRY_SECONDS: Final = 1.0
_AT_ONCE: Final = 2_000
"""Events in one append."""


class Safekeeping:
    """See the module. ``bound``: the most events in memory. Without a spool all of them are kept there."""

    def __init__(self, bound: int, spool: Spool | None) -> None:
        self._backlog = Backlog(bound)
        self._spool = spool
        self._hand: list[CallEvent] = []
        self._hand_number = 0
        """Of the first event in hand, if those came from memory."""
        self._hand_spooled: tuple[int, SpoolPosition] | None = None
        """If those in hand are on disk: how many lines they are, and where they end."""
        self._unsafe = asyncio.Event()
        self._moving = asyncio.Lock()
        self.trouble = ""
        """Why nothing can be written to disk, or empty."""

    @property
    def waiting(self) -> int:
        """Events that are not known to be in the ledger."""
        return self.on_disk + self.in_memory

    @property
    def on_disk(self) -> int:
        """Those of them that a kill would not lose."""
        return self._spool.waiting if self._spool else 0

    @property
    def spooled(self) -> SpoolWrites:
        """What was written to disk since the start."""
        return self._spool.written if self._spool else SpoolWrites()

    @property
    def in_memory(self) -> int:
        """Those of them that it would."""
        return len(self._backlog) + (0 if self._hand_spooled else len(self._hand))

    def put(self, event: CallEvent) -> CallEvent | None:
        """Take an event; return the one that had to be shed for it, if any."""
        self._unsafe.set()
        return self._backlog.put(event)

    async def begin(self) -> None:
        """Open the spool: what an earlier process left there goes first."""
        if self._spool is not None:
            try:
                await self._spool.open()
            except OSError as error:
                self._complain(error)

    async def take(self, most: int) -> list[CallEvent]:
        """Return the oldest events, to be written; none if there are none. Then call `done`, however long that takes.

        Raises:
            OSError: the spool cannot be read just now.
        """
        async with self._moving:
            while self._spool is not None and self._spool.waiting:
                events, lines, end = await self._spool.read(most)
                if events:
                    self._hand, self._hand_spooled = events, (lines, end)
                    return events
                await self._spool.done(lines, end)
            self._hand_number = self._backlog.oldest or 0
            self._hand = self._backlog.take(most)
            return self._hand

    async def done(self) -> None:
        """Let go of what was taken: it is in the ledger."""
        async with self._moving:
            if self._spool is not None and self._hand_spooled is not None:
                try:
                    await self._spool.done(*self._hand_spooled)
                except OSError as error:  # it is read again by the next process, which changes nothing
                    self._complain(error)
            self._hand, self._hand_spooled = [], None

    async def keep_safe(self) -> None:
        """Write to disk what the ledger does not take in time; own this as a task."""
        if self._spool is None:
            return
        while True:
            await self._unsafe.wait()
            mark = self._backlog.came
            await asyncio.sleep(PATIENCE_SECONDS)
            oldest = self._oldest_unsafe()
            if oldest is None:
                self._unsafe.clear()
            elif oldest < mark and not await self.to_disk():
                await asyncio.sleep(_RETRY_SECONDS)

    async def to_disk(self) -> bool:
        """Write all that is in memory to disk; tell whether that could be done."""
        if self._spool is None:
            return False
        async with self._moving:
            try:
                await self._spool.open()
                while self.in_memory:
                    await self._move(self._spool)
            except OSError as error:
                self._complain(error)
                return False
        if self.trouble:
            self.trouble = ""
            _log.info("spool.works_again")
        return True

    async def _move(self, spool: Spool) -> None:
        if self._hand and not self._hand_spooled:
            # Something is before them only if an earlier process left it and the spool could not be opened until now:
            # then they are read a second time after it, which changes nothing.
            lines = 0 if spool.waiting else len(self._hand)
            await spool.append(self._hand)
            self._hand_spooled = (lines, await spool.skip(lines))
            return
        numbered = self._backlog.peek(_AT_ONCE)
        await spool.append([event for _, event in numbered])
        self._backlog.drop_through(numbered[-1][0])

    def _oldest_unsafe(self) -> int | None:
        if self._hand and not self._hand_spooled:
            return self._hand_number
        return self._backlog.oldest

    def _complain(self, error: OSError) -> None:
        reason = error.strerror or str(error)
        if reason != self.trouble:
            cure = "make room or mend database.spool_folder: until then call events are in memory only"
            _log.error("spool.fails", reason=reason, cure=cure)
        self.trouble = reason
