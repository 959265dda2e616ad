"""What is told outside the settings, in PostgreSQL: the API's days, and the last good copies of calendars."""

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Final, NamedTuple

from telephony.ports import Transaction
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load
from telephony.schedule.errors import TooManyDays
from telephony.schedule.rules.assembly import ToldDay
from telephony.schedule.rules.icalendar_files import PlannedDays

CHANNEL: Final = "ringback_calendar"
"""Where a change of any of this is hinted at."""
MOST_AHEAD: Final = 2000
"""Days told by the API from a day on, of all scopes together."""


class _CalendarSql(NamedTuple):
    days: str
    ahead: str
    add_alone: str
    put_day: str
    take_day: str
    hint: str
    copies: str
    body: str
    keep: str
    same: str
    failed: str
    claim: str


SQL: Final = load(Path(__file__).with_name("calendar.sql"), _CalendarSql)


class CalendarCopy(NamedTuple):
    """The last good copy of a calendar, and how its source is."""

    sha256: bytes | None
    """None if there is none yet."""
    read_at: datetime | None
    trouble: str
    failing_since: datetime | None


class Claimed(NamedTuple):
    """A source that is ours to ask now."""

    etag: str
    sha256: bytes | None


class Written(NamedTuple):
    """A day of the API, and when it was told."""

    told: ToldDay
    changed_at: datetime


def digest(body: bytes) -> bytes:
    """Return what tells two texts apart."""
    return hashlib.sha256(body).digest()


class CalendarStore:
    """Reads and writes it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    # --- days ---------------------------------------------------------------------------------------------------------

    async def days(self, window: PlannedDays) -> list[Written]:
        """Return the API's days, in order of day and scope; both ends count."""
        return [
            Written(
                ToldDay(row["day"], row["hours"], row["note"], row["by_whom"], row["did"], row["team"]),
                row["changed_at"],
            )
            for row in await self._pool.fetch(SQL.days, window.first, window.last)
        ]

    async def put(self, written_day: ToldDay, at: datetime) -> None:
        """Tell a day, in place of what was told of it for the same scope before.

        Raises:
            TooManyDays: there are so many that the calendar would become slow.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(SQL.add_alone)
            scope = (written_day.day, written_day.did, written_day.group)
            if await connection.fetchval(SQL.ahead, at.date(), *scope) >= MOST_AHEAD:
                raise TooManyDays(f"{MOST_AHEAD:,} days are told from today on: take some back first")
            await connection.execute(SQL.put_day, *scope, written_day.hours, written_day.note, written_day.by, at)
            await connection.execute(SQL.hint)

    async def take_back(self, day: date, did: str, group: str) -> bool:
        """Let a day be as it was without; tell whether it was told."""
        async with self._pool.acquire() as connection, connection.transaction():
            taken = await connection.fetchval(SQL.take_day, day, did, group) is not None
            await connection.execute(SQL.hint)
            return taken

    # --- copies -------------------------------------------------------------------------------------------------------

    async def copies(self, sources: Iterable[str]) -> dict[str, CalendarCopy]:
        """Return how these sources are, without their bodies."""
        return {
            row["source"]: CalendarCopy(row["sha256"], row["read_at"], row["trouble"], row["failing_since"])
            for row in await self._pool.fetch(SQL.copies, list(sources))
        }

    async def body(self, source: str) -> bytes | None:
        """Return a source's last good copy."""
        found: bytes | None = await self._pool.fetchval(SQL.body, source)
        return found

    async def keep(self, source: str, body: bytes, etag: str, at: datetime, due_at: datetime) -> None:
        """Keep what a source says now, which could be read."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(SQL.keep, source, body, digest(body), etag, at, due_at)
            await _hint(connection)

    async def same(self, source: str, at: datetime, due_at: datetime) -> None:
        """Note that a source says what it said."""
        await self._pool.execute(SQL.same, source, at, due_at)

    async def failed(self, source: str, trouble: str, at: datetime, due_at: datetime) -> bool:
        """Note why a source could not be read; tell whether that is new."""
        before: str | None = await self._pool.fetchval(SQL.failed, source, trouble, at, due_at)
        return before != trouble

    async def claim(self, source: str, now: datetime, lease: datetime) -> Claimed | None:
        """Take a source to ask, if it is due and nobody else has it."""
        row = await self._pool.fetchrow(SQL.claim, source, now, lease)
        return Claimed(row["etag"], row["sha256"]) if row else None


async def _hint(transaction: Transaction) -> None:
    await transaction.execute(SQL.hint)
