"""Who may listen, and that they did: links without a key, and the log of every listening.

The log is written before the first byte goes out: who cannot be written down does not listen.
"""

import secrets
from datetime import datetime
from typing import Final, Protocol

from crm_bridge.api.problems import Problem
from crm_bridge.api.values.keys import ApiKey, Scope, lives
from crm_bridge.api.values.signatures import Grant, good, sign
from crm_bridge.errors import NoSuchThing
from crm_bridge.queries.statements import RECORDINGS
from telephony.ports import Row
from telephony.postgres.pool import Pool

_PURPOSE: Final = "recording links"


class WhoListens(Protocol):
    """Who is written down: a key, or a person in front of a page."""

    @property
    def key_id(self) -> str:
        """What tells them from others."""
        ...

    @property
    def name(self) -> str:
        """What they are called."""
        ...


class Listening:
    """The log and the links' secret."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._secret: bytes | None = None

    async def file_of(self, recording_id: int) -> Row:
        """Return a kept recording's row.

        Raises:
            NoSuchThing: there is none.
            Problem: 410, its sound was deleted; 409, it is not converted yet.
        """
        row = await self._pool.fetchrow(RECORDINGS.file, recording_id)
        if row is None:
            raise NoSuchThing(f"there is no recording {recording_id}")
        if row["deleted_at"] is not None:
            raise Problem(410, "deleted", "this recording's sound was deleted")
        if row["path"] is None:
            raise Problem(409, "not-ready", "this recording is not converted yet, or could not be")
        found: Row = row
        return found

    async def write_down(self, row: Row, key: WhoListens, way: str, at: datetime, from_byte: int) -> None:
        """Remember that somebody listens: once for a listening, however many pieces the player asks for."""
        async with self._pool.acquire() as connection, connection.transaction():
            goes_on = (row["recording_id"], key.key_id, way, at)
            if await connection.fetchval(RECORDINGS.goes_on, *goes_on) is None:
                values = (row["recording_id"], row["call_id"], key.name, key.key_id, way, at, from_byte)
                await connection.execute(RECORDINGS.begin, *values)

    async def link(self, recording_id: int, key: ApiKey, expires_at: datetime) -> str:
        """Return the query of a link."""
        grant = Grant(recording_id, key.key_id, int(expires_at.timestamp()))
        return f"key={grant.key_id}&expires={grant.expires}&signature={sign(grant, await self._link_secret())}"

    async def admit(self, grant: Grant, signature: str, key: ApiKey | None, now: datetime) -> ApiKey:
        """Check a link; gives the key that made it.

        Raises:
            Problem: 403, it is not ours, it is over, or its key has ended or may not listen (any more).
        """
        if key is None or not good(grant, signature, await self._link_secret()):
            raise Problem(403, "bad-link", "this link is not one of ours, or was changed")
        if now.timestamp() >= grant.expires:
            raise Problem(403, "link-over", "this link is over; ask for a new one")
        if not lives(key, now) or Scope.RECORDINGS_READ not in key.scopes:
            raise Problem(403, "bad-link", "the key that made this link is no longer good")
        return key

    async def _link_secret(self) -> bytes:
        if self._secret is None:
            await self._pool.execute(RECORDINGS.make_secret, _PURPOSE, secrets.token_bytes(32))
            self._secret = await self._pool.fetchval(RECORDINGS.secret, _PURPOSE)
        return self._secret
