"""Keeps the almanac current: files of this machine, copies of links, the API's days.

Every few seconds (``hours.look_seconds``), and at once when another daemon or the API hints at a change, the watch
looks whether a file was written, a link's copy was renewed (`fetching`) or a day was told. What changed is read, and
the almanac retold. A database that is away leaves what is known.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

import structlog

from telephony.errors import DatabaseUnavailable
from telephony.ports import Clock
from telephony.postgres.listening import listening
from telephony.postgres.outages import is_outage
from telephony.postgres.patience import Patience
from telephony.postgres.pool import Pool
from telephony.schedule.errors import ScheduleUnreadable
from telephony.schedule.last_good import DaysCopy, KnownDays
from telephony.schedule.reading import Reading, Unroll
from telephony.schedule.rules.almanac import Almanac
from telephony.schedule.rules.assembly import Amendments, ToldDay
from telephony.schedule.rules.days import DayRule
from telephony.schedule.rules.icalendar_files import PlannedDays, around
from telephony.schedule.sources import CalendarFile, CalendarLink
from telephony.schedule.store import CHANNEL, CalendarCopy, CalendarStore
from telephony.schedule.unrolling import unrolled
from telephony.settings import HoursSettings

_log = structlog.get_logger(__name__)

_PATIENCE: Final = timedelta(hours=1)
"""So long a link may be away before somebody should look after it."""
_NEVER: Final = timedelta(days=36_500)


async def _nothing() -> None:
    """For a watch whose changes nobody has to be told of."""


class CalendarWatch:
    """See the module.

    Args:
        pool: the database; None reads files only.
        settings: the section ``[hours]``.
        almanac: who is retold.
        clock: now.
        on_change: called after a change; is tried again if the database was away.
        copy: what was known before this start, for one without the database.
        unroll: reads a calendar's text; another one in tests.
    """

    def __init__(
        self,
        pool: Pool | None,
        settings: HoursSettings,
        almanac: Almanac,
        clock: Clock,
        *,
        on_change: Callable[[], Awaitable[object]] = _nothing,
        copy: DaysCopy | None = None,
        unroll: Unroll = unrolled,
    ) -> None:
        self._pool = pool
        self._store = CalendarStore(pool) if pool is not None else None
        self._settings = settings
        self._almanac = almanac
        self._clock = clock
        self._on_change = on_change
        self._copy = copy
        self._files = [CalendarFile(path) for path in settings.closed_days_files]
        self._links = [CalendarLink(one) for one in settings.calendars]
        self._copies: dict[str, CalendarCopy] = {}
        self._days: tuple[ToldDay, ...] = almanac.told.days
        self._reading = Reading(unroll)
        self._untold = False
        self._trouble = ""
        self._lock = asyncio.Lock()
        self._wake = asyncio.Event()
        self._patience = Patience("calendar", longest_seconds=min(5.0, settings.look_seconds))

    async def look(self, at: datetime | None = None) -> None:
        """Look at everything once, as of ``at`` or now, and retell the almanac.

        Raises:
            ScheduleUnreadable: a file cannot be read, and nothing is known of it from before.
        """
        async with self._lock:
            window = around((at or self._clock()).date())
            for file in self._files:
                await self._reading.file(file, window, self._store)
            if self._store is not None:
                await self._ask_database(self._store, window)
            self._retell()
            if self._copy is not None and self._store is not None:
                await self._copy.keep(KnownDays(self._known_sources(), self._days))
            if self._untold:
                await self._on_change()
                self._untold = False

    async def begin(self) -> None:
        """Look for the first time; of a database that is away just now, what was known last counts.

        Raises:
            ScheduleUnreadable: a file cannot be read, and nothing is known of it from before.
        """
        try:
            await self.look()
        except Exception as error:
            if not is_outage(error):
                raise
            await self._recall()
            await self._look_at_files()

    async def _recall(self) -> None:
        if self._copy is None:
            return
        last, window = await self._copy.read(), around(self._clock().date())
        ours = {*(file.key for file in self._files), *(link.key for link in self._links)}
        for key in ours & last.sources.keys():
            self._reading.recall(key, last.sources[key], window)
        self._days = last.days

    def _known_sources(self) -> dict[str, tuple[DayRule, ...]]:
        keys = [*(file.key for file in self._files), *(link.key for link in self._links)]
        return {key: known.days for key in keys if (known := self._reading.known(key)) is not None}

    async def _look_at_files(self) -> None:
        async with self._lock:
            window = around(self._clock().date())
            for file in self._files:
                await self._reading.file(file, window, None)
            self._retell()

    async def _ask_database(self, store: CalendarStore, window: PlannedDays) -> None:
        for file in self._files:
            known = self._reading.known(file.key)
            if known is not None and known.unsaved is not None:
                now = self._clock()
                await store.keep(file.key, known.unsaved, "", now, now + _NEVER)
                self._reading.saved(file)
        self._copies = await store.copies(link.key for link in self._links) if self._links else {}
        for link in self._links:
            await self._reading.link(link, window, self._copies.get(link.key), store)
        self._days = tuple(day.told for day in await store.days(window))

    def _retell(self) -> None:
        closed = chain.from_iterable(self._known_sources().values())
        amendments = Amendments(tuple(closed), self._days)
        try:
            changed = self._almanac.retell(amendments)
            self._trouble = ""
        except ScheduleUnreadable as error:  # each part was read before; the whole must not stop the phones
            changed = False
            if not self._trouble:
                _log.error("calendar.broken", source="all of it", reason=str(error), cure="what was before counts on")
            self._trouble = str(error)
        if changed:
            _log.info("calendar.changed", closed_days=len(amendments.closed), by_api=len(amendments.days))
            self._untold = True

    # --- the loop -----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Look until cancelled; a database that is away is waited for."""
        await self._patience.forever(self._serve_or_look)

    async def _serve_or_look(self) -> None:
        """Serve; files are looked at also while the database is away."""
        try:
            await self._serve()
        except Exception:
            await self._look_at_files()
            raise

    async def _serve(self) -> None:
        if self._pool is None:
            raise DatabaseUnavailable("a watch without a database looks only when it is asked")
        async with listening(self._pool, CHANNEL, self._hinted, gone=self._wake.set) as line:
            while True:
                self._wake.clear()
                await self.look()
                await line.check()
                self._patience.well()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._settings.look_seconds):
                        await self._wake.wait()

    def _hinted(self, *_: object) -> None:
        self._wake.set()

    # --- how it is ----------------------------------------------------------------------------------------------------

    def troubles(self) -> list[str]:
        """Return what somebody should mend, with the cure; a link that is away for a while is no such thing yet."""
        files = [known.trouble for file in self._files if (known := self._reading.known(file.key)) and known.trouble]
        links = [trouble for link in self._links if (trouble := self._trouble_of(link))]
        return [*files, *links, *([self._trouble] if self._trouble else [])]

    def summary(self) -> str:
        """Return in a few words what is known."""
        sources = len(self._files) + len(self._links)
        return f"{sources} calendars, {len(self._days)} days by the API"

    def _trouble_of(self, link: CalendarLink) -> str:
        copy, known = self._copies.get(link.key), self._reading.known(link.key)
        if known is not None and known.trouble:
            return known.trouble
        if copy is None or (copy.sha256 is None and not copy.trouble):
            return ""  # it has not been asked yet
        if copy.failing_since is None or (copy.sha256 is not None and self._clock() - copy.failing_since < _PATIENCE):
            return ""
        return f"{link.said}: {copy.trouble}"
