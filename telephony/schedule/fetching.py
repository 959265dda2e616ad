"""Asks calendars over HTTP, each when its time has come, and keeps what could be read for all daemons.

The copy in the database is what counts: one daemon asks (`CalendarStore.claim`), and all read the copy (`watch`), also
after a restart while the server is away. What cannot be read as a calendar never replaces a copy that could.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import aiohttp
import structlog

from telephony.errors import reason
from telephony.ports import Clock
from telephony.postgres.outages import is_worldly
from telephony.postgres.patience import Patience
from telephony.postgres.pool import Pool
from telephony.schedule.caldav import CalendarServer, Fetched
from telephony.schedule.errors import CalendarAway, ScheduleUnreadable
from telephony.schedule.reading import Unroll
from telephony.schedule.rules.icalendar_files import PlannedDays, around
from telephony.schedule.sources import CalendarLink
from telephony.schedule.store import CalendarStore, Claimed, digest
from telephony.schedule.unrolling import unrolled
from telephony.settings import CalendarSettings

_log = structlog.get_logger(__name__)

_AGAIN: Final = timedelta(minutes=1)
"""After a failure; and how long a daemon that died while it asked keeps others from asking."""
_LOOK_SECONDS: Final = 10.0
"""How often it is looked whose time has come."""


class CalendarFetching:
    """See the module. ``unroll`` is replaced in tests only."""

    def __init__(
        self, pool: Pool, calendars: Sequence[CalendarSettings], clock: Clock, unroll: Unroll = unrolled
    ) -> None:
        self._store = CalendarStore(pool)
        self._links = [CalendarLink(one) for one in calendars]
        self._clock = clock
        self._unroll = unroll
        self._patience = Patience("calendars elsewhere")

    async def run(self) -> None:
        """Ask until cancelled; a database that is away is waited for."""
        pause = min([_LOOK_SECONDS, *(link.settings.refresh_minutes * 30 for link in self._links)])
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            servers = [(link, CalendarServer(http, link.settings)) for link in self._links]

            async def turn() -> None:
                for link, server in servers:
                    await self.ask(link, server)
                self._patience.well()
                await asyncio.sleep(pause)

            await self._patience.forever(turn)

    async def ask(self, link: CalendarLink, server: CalendarServer) -> None:
        """Ask one calendar, if it is due and no other daemon does."""
        now = self._clock()
        claimed = await self._store.claim(link.key, now, now + _AGAIN)
        if claimed is None:
            return
        refresh = timedelta(minutes=link.settings.refresh_minutes)
        trouble = ""
        try:
            new = await self._new(link, server, claimed, around(now.date()))
        except (CalendarAway, ScheduleUnreadable) as error:
            trouble = str(error).removeprefix(f"{link.said}: ")
        except Exception as error:  # noqa: BLE001 - none of it touched the database, and other calendars wait
            _log.exception("calendar.not_understood", source=link.said)
            trouble = reason(error)
        if not trouble:
            trouble = await self._kept(link, new, now, now + refresh)
        if trouble and await self._store.failed(link.key, trouble, now, now + min(_AGAIN, refresh)):
            cure = "what it said last counts on" if claimed.sha256 else "its days are not known yet"
            _log.warning("calendar.away", source=link.said, reason=trouble, cure=cure)

    async def _new(
        self, link: CalendarLink, server: CalendarServer, claimed: Claimed, window: PlannedDays
    ) -> Fetched | None:
        """Return what it says now, which can be read; None if it says what it said."""
        fetched = await server.fetch(window, claimed.etag)
        if fetched is None or digest(fetched.body) == claimed.sha256:
            return None
        found = await self._unroll(fetched.body, window, link.said)
        _log.info("calendar.fetched", source=link.said, closed_days=len(found.days), passed_over=found.passed_over)
        return fetched

    async def _kept(self, link: CalendarLink, new: Fetched | None, now: datetime, due_at: datetime) -> str:
        """Keep it; gives why the database does not take it, or empty."""
        try:
            if new is None:
                await self._store.same(link.key, now, due_at)
            else:
                await self._store.keep(link.key, new.body, new.etag, now, due_at)
        except Exception as error:
            if is_worldly(error):
                raise
            _log.exception("calendar.not_kept", source=link.said)
            return f"cannot be kept: {reason(error)}"
        return ""
