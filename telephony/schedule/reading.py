"""Each source's closed days as they were read last, whatever became of the source since.

A file that cannot be read any more, or a link's copy that cannot, leaves what is known; what is wrong is kept beside it
as `Known.trouble`, and said once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from telephony.schedule.errors import ScheduleUnreadable
from telephony.schedule.rules.days import DayRule
from telephony.schedule.rules.icalendar_files import ClosedDays, PlannedDays
from telephony.schedule.sources import CalendarFile, CalendarLink, Stamp
from telephony.schedule.store import CalendarCopy, digest
from telephony.schedule.unrolling import unrolled

_log = structlog.get_logger(__name__)

Unroll = Callable[[bytes, PlannedDays, str], Awaitable[ClosedDays]]
"""Reads a calendar's closed days, as `unrolling.unrolled` does."""


class CalendarCopies(Protocol):
    """The last good copies; see `store.CalendarStore`. What it raises of a database that is away is passed on."""

    async def body(self, source: str) -> bytes | None:
        """Return a source's last good copy."""
        ...


_RECALLED = b""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a source."""

    days: tuple[DayRule, ...]
    seen: Stamp | bytes | None
    """What it was read from: a file's stamp, a copy's digest; `_RECALLED`: neither yet."""
    window: PlannedDays
    trouble: str = ""
    unsaved: bytes | None = None
    """A file's text, good, that the database has not got yet."""


class Reading:
    """Reads sources; ``unroll`` is replaced in tests only."""

    def __init__(self, unroll: Unroll = unrolled) -> None:
        self._unroll = unroll
        self._known: dict[str, Known] = {}

    def known(self, key: str) -> Known | None:
        """Return what is known of a source, by its key."""
        return self._known.get(key)

    def recall(self, key: str, days: tuple[DayRule, ...], window: PlannedDays) -> None:
        """Take what was known of a source before this start, until it is read: only if nothing is known yet."""
        self._known.setdefault(key, Known(days, _RECALLED, window))

    async def file(self, file: CalendarFile, window: PlannedDays, copies: CalendarCopies | None) -> None:
        """Read a file if it changed, or the days we plan for did.

        Raises:
            ScheduleUnreadable: it cannot be read, and nothing is known of it from before.
        """
        known, stamp = self._known.get(file.key), await asyncio.to_thread(file.stamp)
        if known is not None and (known.seen, known.window) == (stamp, window):
            return
        try:
            body = await asyncio.to_thread(file.read)
            days = (await self._unroll(body, window, file.said)).days
        except ScheduleUnreadable as error:
            self._known[file.key] = await self._as_before(file, stamp, window, copies, error)
            return
        if known is not None and known.trouble:
            _log.info("calendar.well_again", source=file.said)
        self._known[file.key] = Known(days, stamp, window, unsaved=body)

    def saved(self, file: CalendarFile) -> None:
        """Note that the database has a file's text."""
        self._known[file.key] = replace(self._known[file.key], unsaved=None)

    async def _as_before(
        self,
        file: CalendarFile,
        stamp: Stamp | None,
        window: PlannedDays,
        copies: CalendarCopies | None,
        error: ScheduleUnreadable,
    ) -> Known:
        known, trouble = self._known.get(file.key), str(error)
        days = await self._of_copy(file, window, copies)
        if days is None and known is None:
            raise error
        if known is None or known.trouble != trouble:
            _log.error(
                "calendar.broken", source=file.said, reason=trouble, cure="the last good one counts on: mend the file"
            )
        return Known(days if days is not None else known.days if known else (), stamp, window, trouble)

    async def _of_copy(
        self, file: CalendarFile, window: PlannedDays, copies: CalendarCopies | None
    ) -> tuple[DayRule, ...] | None:
        body = await copies.body(file.key) if copies else None
        try:
            return (await self._unroll(body, window, file.said)).days if body is not None else None
        except ScheduleUnreadable:  # it could be read once; this machine is too busy, or we were made stricter
            return None

    async def link(
        self, link: CalendarLink, window: PlannedDays, copy: CalendarCopy | None, copies: CalendarCopies
    ) -> None:
        """Read a link's copy, if there is another one than the one known, or other days to plan for."""
        known = self._known.get(link.key)
        if copy is None or copy.sha256 is None or (known and (known.seen, known.window) == (copy.sha256, window)):
            return
        body = await copies.body(link.key)
        if body is None:
            return
        try:
            days = (await self._unroll(body, window, link.said)).days
        except ScheduleUnreadable as error:
            _log.error("calendar.broken", source=link.said, reason=str(error), cure="what it said before counts on")
            self._known[link.key] = Known(known.days if known else (), copy.sha256, window, str(error))
        else:
            self._known[link.key] = Known(days, digest(body), window)
