"""What people did: who listened, ordered, wrote, erased, changed the calendar; read where each of that is kept."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from telephony.postgres.pool import Pool
from telephony.postgres.queries import load


class JournalSql(NamedTuple):
    """The query of journal.sql."""

    page: str


SQL: Final = load(Path(__file__).with_name("journal.sql"), JournalSql)


class Deed(NamedTuple):
    """One thing that somebody did."""

    at: datetime
    by_whom: str
    what: str
    """``listened``, ``commented``, ``callback.snooze``, ``privacy.erase``, ``calendar`` ..."""
    about: str
    """A call's id, a number, a user, a day ... or nothing."""
    request_id: int | None


async def deeds(pool: Pool, limit: int, before: datetime | None = None) -> Sequence[Deed]:
    """Return the newest ``limit`` deeds before a moment."""
    return [Deed(**dict(row)) for row in await pool.fetch(SQL.page, limit, before)]
