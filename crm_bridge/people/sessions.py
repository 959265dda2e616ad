"""Sessions: begun by who proved who they are, found by the browser's token, ended by a row."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from crm_bridge.errors import NoSuchThing
from crm_bridge.people.access import Access, Person, UserRole
from crm_bridge.people.store import SQL
from crm_bridge.people.tokens import digest_of, new_token
from telephony.ports import Clock, Row
from telephony.postgres.pool import Pool

IDLE: Final = timedelta(hours=12)
"""Unused for so long, a session is over."""
LIFE: Final = timedelta(days=14)
"""And after so long in any case."""
_SEEN_EVERY: Final = timedelta(minutes=1)
_KEPT: Final = timedelta(days=90)
"""Rows of sessions that are over."""
_LONGEST_AGENT: Final = 200


@dataclass(frozen=True, slots=True)
class Session:
    """One, as its person sees it."""

    session_id: int
    user_id: str
    made_at: datetime
    seen_at: datetime
    ends_at: datetime
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class TokenHolder:
    """Who holds a token, and what they may see."""

    person: Person
    access: Access


class Sessions:
    """Begins, finds, lists and ends them."""

    def __init__(self, pool: Pool, clock: Clock, region: str, default_group: str = "") -> None:
        self._pool = pool
        self._clock = clock
        self._region = region
        self._default_group = default_group

    async def begin(self, user_id: str, address: str, agent: str, before: str = "") -> str:
        """Begin one and give its token, always a new one; the browser's session of before (its token) ends.

        Raises:
            NoSuchThing: there is no such user any more.
        """
        token, now = new_token(), self._clock()
        shown = "".join(letter for letter in agent[:_LONGEST_AGENT] if letter.isprintable())
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(SQL.end_token, digest_of(before), now)
            values = (digest_of(token), user_id, now, now + LIFE, address, shown)
            if await connection.fetchval(SQL.begin_session, *values) is None:
                raise NoSuchThing("there is no such user any more")
            await connection.execute(SQL.forget_sessions, now - _KEPT)
        return token

    async def find(self, token: str) -> TokenHolder | None:
        """Return who holds a token; None if it is no session's, or the session is over."""
        digest, now = digest_of(token), self._clock()
        if digest is None:
            return None
        row = await self._pool.fetchrow(SQL.session, digest, now, now - IDLE)
        if row is None:
            return None
        if now - row["seen_at"] >= _SEEN_EVERY:
            await self._pool.execute(SQL.seen, row["session_id"], now)
        return TokenHolder(_person(row), self._access(row))

    async def of(self, user_id: str | None) -> list[Session]:
        """List those that live, used last first; None for everybody's."""
        now = self._clock()
        return [Session(**row) for row in await self._pool.fetch(SQL.sessions_of, user_id, now, now - IDLE)]

    async def end(self, session_id: int, user_id: str | None = None) -> None:
        """End one; with a user, only theirs.

        Raises:
            NoSuchThing: there is none, or it is over.
        """
        if await self._pool.fetchval(SQL.end_session, session_id, user_id, self._clock()) is None:
            raise NoSuchThing("there is no such session, or it is over")

    async def end_all(self, user_id: str, but: int = 0) -> None:
        """End all of somebody's but one."""
        await self._pool.execute(SQL.end_sessions, user_id, self._clock(), but)

    def _access(self, row: Row) -> Access:
        role = UserRole(row["role"])
        if role is UserRole.MANAGER:
            return Access.of_manager(
                row["manager_id"],
                row["endpoint"],
                row["mobile"],
                self._region,
                pbx=row["pbx"],
                group=row["group"],
                default_group=self._default_group,
            )
        return Access(everything=True, sound=role is UserRole.HEAD or row["may_listen"])


def _person(row: Row) -> Person:
    return Person(
        user_id=row["user_id"],
        name=row["name"],
        role=UserRole(row["role"]),
        manager_id=row["manager_id"],
        language=row["language"],
        theme=row["theme"],
        session_id=row["session_id"],
        may_listen=row["may_listen"],
    )
