"""Keys in the database, and the small memory of them that lets 500 requests a second cost no query each."""

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from crm_bridge.api.values.keys import ApiKey, Scope, digest, show
from crm_bridge.errors import NoSuchThing
from telephony.ports import Clock, Row
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load

_BETWEEN = 0.05
"""Seconds between two queries: whoever comes meanwhile is asked for in the next one, so a flood of keys costs 20 a
second."""
REMEMBERED = timedelta(seconds=5)
"""How long a revoked key may still work on a daemon that has just used it."""


class KeySql(NamedTuple):
    """The queries of keys.sql."""

    insert_key: str
    find_keys: str
    list_keys: str
    revoke_key: str


SQL = load(Path(__file__).with_name("keys.sql"), KeySql)


class KeyStore:
    """Makes, finds, lists and revokes keys."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._known: dict[str, tuple[datetime, ApiKey]] = {}
        self._wanted: set[str] = set()
        self._asking = asyncio.Lock()
        self._asked_at = float("-inf")

    def knows(self, key_id: str) -> bool:
        """Return whether there was such a key when it was last used."""
        return key_id in self._known

    async def find(self, key_id: str) -> ApiKey | None:
        """Return a key by its id; only keys that exist are remembered, so a flood of wrong ids fills nothing."""
        now = self._clock()
        seen = self._known.get(key_id)
        if seen is not None and now - seen[0] < REMEMBERED:
            return seen[1]
        self._wanted.add(key_id)
        async with self._asking:
            if key_id in self._wanted:  # else somebody who was before us asked for ours, too
                await self._ask()
        seen = self._known.get(key_id)
        return seen[1] if seen else None

    async def _ask(self) -> None:
        """Ask for all keys that are wanted by now."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._asked_at + _BETWEEN - loop.time()))
        self._asked_at = loop.time()
        wanted, self._wanted = self._wanted, set()
        try:
            rows = await self._pool.fetch(SQL.find_keys, list(wanted))
        except BaseException:
            self._wanted |= wanted  # so that each of them asks, and fails, for itself
            raise
        for key_id in wanted:
            self._known.pop(key_id, None)
        self._known |= {row["key_id"]: (self._clock(), _key_of(row)) for row in rows}

    async def create(
        self,
        name: str,
        scopes: Collection[Scope],
        *,
        expires_at: datetime | None,
        per_minute: int,
        random_text: Callable[[int], str],
        key_id: str = "",
    ) -> str:
        """Make a key and give it as its owner must keep it: this is the only time it is shown.

        Args:
            name: whose it is, for the list.
            scopes: what it may do.
            expires_at: when it ends, or None.
            per_minute: how often it may ask.
            random_text: gives that many random bytes as URL-safe base64, e.g. `secrets.token_urlsafe`.
            key_id: by `new_key_id`, where settings had to name it before there was a database; else made here.
        """
        key_id = key_id or new_key_id(random_text)
        secret = random_text(32)
        values = (key_id, name, digest(secret), sorted(scopes), per_minute, self._clock(), expires_at)
        await self._pool.execute(SQL.insert_key, *values)
        return show(key_id, secret)

    async def all(self) -> list[ApiKey]:
        """List keys, oldest first."""
        return [_key_of(row) for row in await self._pool.fetch(SQL.list_keys)]

    async def revoke(self, key_id: str) -> None:
        """End a key.

        Raises:
            NoSuchThing: there is no such key, or it is revoked already.
        """
        self._known.pop(key_id, None)
        if await self._pool.fetchval(SQL.revoke_key, key_id, self._clock()) is None:
            raise NoSuchThing(f"there is no live key {key_id!r}; `ringback keys list` shows them")


def new_key_id(random_text: Callable[[int], str]) -> str:
    """Make the id of a key that is yet to be created."""
    return random_text(24).lower().replace("-", "x").replace("_", "y")[:8]


def _key_of(row: Row) -> ApiKey:
    known = {scope.value for scope in Scope}
    scopes = frozenset(Scope(text) for text in row["scopes"] if text in known)
    return ApiKey(**{**row, "scopes": scopes})
