"""Wall screens: a link that shows the company's figures to a room, without anybody being signed in there.

The link opens one page and its stream, and nothing else; it can change nothing. It is shown once, kept hashed, and
lives until it is revoked: a screen that shows it is out within ten seconds.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from crm_bridge.errors import NoSuchThing
from crm_bridge.people.tokens import digest_of, new_token
from telephony.ports import Clock
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load

_SEEN_EVERY: Final = timedelta(minutes=1)


class WallSql(NamedTuple):
    """The queries of walls.sql."""

    make: str
    walls: str
    opened: str
    seen: str
    revoke: str


SQL: Final = load(Path(__file__).with_name("walls.sql"), WallSql)


@dataclass(frozen=True, slots=True)
class Wall:
    """One screen's link."""

    wall_id: int
    name: str
    whole: bool
    """Customers' numbers are shown whole; else their last two digits."""
    made_by: str
    made_at: datetime
    seen_at: datetime | None
    """When the screen was last on; to the minute."""
    revoked_at: datetime | None
    language: str
    """Of the screen; empty: whatever its browser wishes."""


class WallStore:
    """Makes, lists, opens and revokes them."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def make(self, name: str, by: str, *, whole: bool, language: str = "") -> tuple[int, str]:
        """Make one; gives its number, and its token, which is shown this once."""
        token = new_token()
        values = (digest_of(token), name, whole, by, self._clock(), language)
        return await self._pool.fetchval(SQL.make, *values), token

    async def all(self) -> list[Wall]:
        """List them, newest first; at most 200."""
        return [Wall(**dict(row)) for row in await self._pool.fetch(SQL.walls)]

    async def opened(self, token: str) -> Wall | None:
        """Return whose a token is; None if it opens nothing (any more)."""
        digest, now = digest_of(token), self._clock()
        row = await self._pool.fetchrow(SQL.opened, digest) if digest else None
        if row is None:
            return None
        if row["seen_at"] is None or now - row["seen_at"] >= _SEEN_EVERY:
            await self._pool.execute(SQL.seen, row["wall_id"], now)
        return Wall(**dict(row))

    async def revoke(self, wall_id: int) -> None:
        """End one.

        Raises:
            NoSuchThing: there is none, or it is revoked.
        """
        if await self._pool.fetchval(SQL.revoke, wall_id, self._clock()) is None:
            raise NoSuchThing("there is no such wall screen, or it is revoked")
