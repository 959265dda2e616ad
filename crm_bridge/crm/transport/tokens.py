"""OAuth tokens that renew each other: kept in the database, renewed by one daemon at a time.

A refresh token is good once. Two daemons that renewed at the same moment would lock each other out, so the row is
locked while its owner asks for new tokens, and the other one then finds them fresh.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from crm_bridge.crm.errors import CrmDenied
from telephony.ports import Clock
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load

_EARLY = timedelta(minutes=2)
"""A token is renewed so long before its end: requests under way must not meet it."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What an OAuth server gave us."""

    access: str
    refresh: str
    expires_at: datetime


Renew = Callable[[str], Awaitable[Tokens]]
"""Asks the OAuth server for new tokens, given the refresh token.

Raises:
    CrmDenied: the refresh token is not good any more: a person must connect the CRM anew.
"""


class TokenSql(NamedTuple):
    """The queries of tokens.sql."""

    first: str
    peek: str
    lock: str
    keep: str


SQL = load(Path(__file__).with_name("tokens.sql"), TokenSql)


class TokenStore:
    """One CRM's tokens."""

    def __init__(self, pool: Pool, crm: str, clock: Clock, renew: Renew) -> None:
        self._pool = pool
        self._crm = crm
        self._clock = clock
        self._renew = renew
        self._first = ""

    def begins_with(self, refresh: str) -> None:
        """Keep the settings' refresh token before one is needed: at the start there may be no database yet."""
        self._first = refresh

    async def begin(self, refresh: str) -> None:
        """Keep the refresh token of the settings, unless it is the one that we began with before."""
        await self._pool.execute(SQL.first, self._crm, refresh, self._clock())

    async def access(self, *, rejected: str = "") -> str:
        """Return an access token that is good now.

        Args:
            rejected: one that the CRM has just refused; it is renewed even if its time is not over.

        Raises:
            CrmDenied: there is none, or it cannot be renewed.
        """
        if self._first:
            await self.begin(self._first)
            self._first = ""
        row = await self._pool.fetchrow(SQL.peek, self._crm)
        if row is not None and self._good(row["access"], row["expires_at"], rejected):
            return str(row["access"])
        async with self._pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(SQL.lock, self._crm)
            if row is None:
                raise CrmDenied(f"{self._crm} is not connected: tell its `refresh_token`")
            if self._good(row["access"], row["expires_at"], rejected):
                return str(row["access"])  # another daemon was faster
            fresh = await self._renew(row["refresh"])
            await connection.execute(SQL.keep, self._crm, fresh.access, fresh.refresh, fresh.expires_at)
            return fresh.access

    def _good(self, access: str, expires_at: datetime, rejected: str) -> bool:
        return bool(access) and access != rejected and self._clock() < expires_at - _EARLY
