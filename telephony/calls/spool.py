"""Call events on disk while the database is away: appended, read in order, gone once they are in the ledger.

Theory of operation. The folder holds segments, ``events-00000001.spool``, ``...02.spool``, each of some 256 kB (see
`telephony.calls.spool_format`). `append` writes at the end of the newest one and returns when the disk has it (fsync);
`read` gives the oldest events that `done` was not told of; a segment all of whose events are done is deleted. How far
a segment was read is not kept: after a kill it is read again from its beginning, and an event that the ledger has
already changes nothing there.

* A process never appends to what another one left: a kill can tear only the last line of a segment. Such a line was
  never promised to anybody (`append` had not returned), so it is passed over.
* A line that is damaged otherwise goes to ``damaged.jsonl`` with the reason; what follows it is read. A segment of an
  unknown format is put aside whole, as ``*.unknown``.
* An `append` that fails leaves nothing: the segment is cut back to what was safe, or given up.
* One process at a time: ``lock`` is held for as long as the spool is open, and the kernel frees it with the process.

All files are ours alone (0600) since they hold numbers and names. All work is done in one thread of its own, so the
loop waits for no disk and two steps never overlap.
"""

import asyncio
import contextlib
import errno
import fcntl
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic
from typing import Final, NamedTuple, TypeVar

import structlog

from telephony.calls.spool_files import give_up, lines_in, set_aside, sync_folder, write_all
from telephony.calls.spool_format import HEADER, DamagedRecord, event_of, line_of
from telephony.events import CallEvent

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")

SEGMENT_BYTES: Final = 256_000
"""A kill costs the reading of one segment again: a daemon that is killed again and again must get on in between."""


class SpoolPosition(NamedTuple):
    """Up to where the spool was read."""

    segment: int
    offset: int


class SpoolBatch(NamedTuple):
    """What `Spool.read` found; ``events`` may be empty though lines were read, if all were damaged."""

    events: list[CallEvent]
    lines: int
    end: SpoolPosition


class SpoolWrites(NamedTuple):
    """What was written since the start: each write is one fsync."""

    events: int = 0
    writes: int = 0
    seconds: float = 0.0


class SpoolFull(OSError):
    """The bound is reached."""


class Spool:
    """See the module. ``bound`` is the most bytes on disk. A disk that does not do as it should raises OSError."""

    def __init__(self, folder: Path, bound: int, *, segment_bytes: int = SEGMENT_BYTES) -> None:
        self._folder = folder
        self._bound = bound
        self._segment_bytes = segment_bytes
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._lock: int | None = None
        self._out: int | None = None
        self._sizes: dict[int, int] = {}
        """Of each segment the bytes that are safe, oldest first."""
        self._read_to = SpoolPosition(0, 0)
        self.waiting = 0
        """Events that are not done; after a kill, some of them may be in the ledger already."""
        self.written = SpoolWrites()

    @property
    def is_open(self) -> bool:
        """Return whether the folder is ours."""
        return self._lock is not None

    async def open(self) -> None:
        """Take the folder; what another process left is there to be read.

        Raises:
            OSError: it cannot be made or read, or another daemon has it.
        """
        await self._do(self._open)

    async def append(self, events: Sequence[CallEvent]) -> None:
        """Return when these are safe.

        Raises:
            SpoolFull: the bound is reached. As with every other OSError, none of them is kept.
        """
        await self._do(lambda: self._append(events))

    async def read(self, most: int) -> SpoolBatch:
        """Return the oldest events that are not done, at most ``most``; nothing is taken away."""
        return await self._do(lambda: self._read(most, event_of))

    async def skip(self, count: int) -> SpoolPosition:
        """Return where the first ``count`` events end."""
        return (await self._do(lambda: self._read(count, None))).end

    async def done(self, lines: int, end: SpoolPosition) -> None:
        """Forget the first ``lines``, which end at ``end``."""
        await self._do(lambda: self._done(lines, end))

    async def close(self) -> None:
        """Let go of the folder."""
        await self._do(self._close)
        self._thread.shutdown(wait=False)

    async def _do(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    # --- in the thread: opening ---------------------------------------------------------------------------------------

    def _open(self) -> None:
        if self.is_open:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._sizes = {}
            for path in sorted(self._folder.glob("events-*.spool")):
                self._adopt(path)
        except BlockingIOError as error:
            os.close(lock)
            raise OSError(errno.EBUSY, f"another daemon uses {self._folder}: give each its own") from error
        except BaseException:
            os.close(lock)
            raise
        self._read_to = self._first()
        self._lock = lock
        if self.waiting:
            _log.warning("spool.found", folder=str(self._folder), events=self.waiting)

    def _adopt(self, path: Path) -> None:
        content = path.read_bytes()
        if not content.startswith(HEADER):
            if len(content) < len(HEADER) and HEADER.startswith(content):
                path.unlink()  # torn before its first event
                return
            aside = path.with_suffix(".unknown")
            path.rename(aside)
            _log.error("spool.unknown_format", file=str(aside), cure="another version wrote it: let that one read it")
            return
        self._sizes[int(path.stem.partition("-")[2])] = len(content)
        self.waiting += content.count(b"\n") - 1

    # --- writing ------------------------------------------------------------------------------------------------------

    def _append(self, events: Sequence[CallEvent]) -> None:
        lines = b"".join(line_of(event) for event in events)
        if sum(self._sizes.values()) + len(lines) > self._bound:
            raise SpoolFull(errno.ENOSPC, f"the spool holds {self._bound:,} bytes, which is its bound")
        out = self._out
        if out is None or self._sizes[self._newest] >= self._segment_bytes:
            out = self._begin_segment()
        segment = self._newest
        safe = self._sizes[segment]
        began = monotonic()
        try:
            write_all(out, lines)
            os.fsync(out)
        except OSError:
            # After a failed fsync nobody knows what the disk has: never append behind it.
            self._out = None
            give_up(out, safe)
            raise
        self._sizes[segment] = safe + len(lines)
        self.waiting += len(events)
        was = self.written
        self.written = SpoolWrites(was.events + len(events), was.writes + 1, was.seconds + monotonic() - began)

    def _begin_segment(self) -> int:
        if self._out is not None:
            os.close(self._out)
            self._out = None
        number = self._newest + 1
        path = self._path(number)
        out = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            write_all(out, HEADER)
            os.fsync(out)
            sync_folder(self._folder)
        except OSError:
            give_up(out, 0)
            with contextlib.suppress(OSError):
                path.unlink()
            raise
        self._out, self._sizes[number] = out, len(HEADER)
        if len(self._sizes) == 1:
            self._read_to = self._first()
        return out

    @property
    def _newest(self) -> int:
        return max(self._sizes, default=max(self._read_to.segment, 0))

    def _path(self, segment: int) -> Path:
        return self._folder / f"events-{segment:08}.spool"

    # --- reading ------------------------------------------------------------------------------------------------------

    def _first(self) -> SpoolPosition:
        return SpoolPosition(min(self._sizes, default=self._read_to.segment), len(HEADER))

    def _read(self, most: int, event_in: Callable[[bytes], CallEvent] | None) -> SpoolBatch:
        events: list[CallEvent] = []
        lines, end = 0, self._read_to
        for segment in sorted(self._sizes):
            start = end.offset if segment == end.segment else len(HEADER)
            found, offset = lines_in(self._path(segment), start, self._sizes[segment], most - lines)
            end = SpoolPosition(segment, offset)
            lines += sum(line.endswith(b"\n") for line in found.values())
            if event_in is not None:
                events += self._events_in(segment, found, event_in)
            if lines >= most:
                break
        return SpoolBatch(events, lines, end)

    def _events_in(
        self, segment: int, found: Mapping[int, bytes], event_in: Callable[[bytes], CallEvent]
    ) -> Iterator[CallEvent]:
        for offset, line in found.items():
            try:
                yield event_in(line)
            except DamagedRecord as error:
                if line.endswith(b"\n"):
                    set_aside(self._folder / "damaged.jsonl", line, segment=segment, offset=offset, reason=str(error))
                else:
                    _log.info("spool.torn_line", segment=segment, bytes=len(line))

    def _done(self, lines: int, end: SpoolPosition) -> None:
        self.waiting -= lines
        self._read_to = end
        for segment in sorted(self._sizes):
            is_read = segment < end.segment or (segment == end.segment and end.offset >= self._sizes[segment])
            if not is_read:
                break
            if segment == self._newest and self._out is not None:
                os.close(self._out)
                self._out = None
            self._path(segment).unlink(missing_ok=True)
            del self._sizes[segment]
        if not self._sizes:
            self.waiting = 0

    def _close(self) -> None:
        for handle in (self._out, self._lock):
            if handle is not None:
                os.close(handle)
        self._out = self._lock = None
