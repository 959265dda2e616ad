"""Sign-ins that were begun: a row each, used once, by the browser that began it, within ten minutes."""

import secrets
from datetime import timedelta
from pathlib import Path
from typing import Final, NamedTuple

from crm_bridge.people.oidc.errors import OidcAway, OidcRefused
from crm_bridge.people.tokens import digest_of, new_token
from telephony.ports import Clock
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load

LIFE: Final = timedelta(minutes=10)
_MOST: Final = 10_000


class OidcSql(NamedTuple):
    """The queries of oidc.sql."""

    begin: str
    take: str
    forget: str
    by_subject: str
    by_name: str
    bind: str


SQL: Final = load(Path(__file__).with_name("oidc.sql"), OidcSql)


class OidcStart(NamedTuple):
    """One that was begun."""

    state: str
    nonce: str
    verifier: str
    """Of PKCE: its challenge is sent with the browser, itself with the code."""
    back: str
    """The page of ours to go to."""


class OidcStarts:
    """Keeps them."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def begin(self, browser: str, back: str) -> OidcStart:
        """Begin one for the browser that holds this token.

        Raises:
            OidcAway: too many were begun and not ended.
        """
        now = self._clock()
        start = OidcStart(new_token(), new_token(), secrets.token_urlsafe(48), back)
        await self._pool.execute(SQL.forget, now)
        values = (digest_of(start.state), digest_of(browser), start.nonce, start.verifier, back, now + LIFE, _MOST)
        if await self._pool.fetchval(SQL.begin, *values) is None:
            raise OidcAway("too many sign-ins were begun and not ended")
        return start

    async def take(self, state: str, browser: str) -> OidcStart:
        """Use one up.

        Raises:
            OidcRefused: there is none (any more), or another browser began it.
        """
        digest = digest_of(state)
        row = await self._pool.fetchrow(SQL.take, digest) if digest else None
        if row is None or row["ends_at"] < self._clock():
            raise OidcRefused("the state is unknown, used or over")
        if digest_of(browser) != row["browser_sha256"]:
            raise OidcRefused("another browser began this")
        return OidcStart(state, row["nonce"], row["verifier"], row["back"])
