"""What people wish to be told and where, and the writing of a message for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple

from crm_bridge.errors import NoSuchThing
from crm_bridge.notifications.sender import AddressRefused
from crm_bridge.outbox.store import enqueue
from telephony.ports import Clock, Transaction
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load

TARGET: Final = "people:"
"""The outbox's name for all people; no webhook can have it."""
_MOST_ADDRESSES: Final = 10
_KEPT: Final = timedelta(days=30)
"""How long it is known what was told."""


class NoticeKind(StrEnum):
    """What somebody is told of."""

    MISSED = "missed"
    LATE = "late"
    PROMISE = "promise"
    ALARM = "alarm"
    CASE = "case"
    """A customer may be unhappy."""
    CASE_DUE = "case_due"
    """Nobody has done anything about it in time."""
    DIGEST = "digest"
    TEST = "test"


WISHED: Final = (
    NoticeKind.MISSED,
    NoticeKind.LATE,
    NoticeKind.PROMISE,
    NoticeKind.ALARM,
    NoticeKind.CASE,
    NoticeKind.CASE_DUE,
)
"""What can be switched off."""


class NoticeSql(NamedTuple):
    """The queries of notifications.sql."""

    wishes: str
    wish: str
    addresses: str
    address: str
    add_address: str
    drop_address: str
    hearers: str
    told: str
    forget_told: str
    unrung: str
    overdue: str
    digests: str
    addresses_of: str
    request: str
    unhappy: str
    day: str
    manager_of: str


SQL: Final = load(Path(__file__).with_name("notifications.sql"), NoticeSql)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody wants to be told, and when not; times in the company's zone."""

    kinds: frozenset[NoticeKind]
    quiet_from: time | None
    quiet_until: time | None
    digest_at: time | None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to be told."""

    kind: NoticeKind
    thing: str
    """Names it among its kind, for all time: it is told once."""
    manager_id: str | None
    """Whom it concerns, besides heads and admins."""
    facts: dict[str, Any]
    """JSON: what the words are made of."""


async def tell(tx: Transaction, notice: Notice, at: datetime, *, heads: bool = False, admins: bool = False) -> bool:
    """Write a message for each address of who wants to hear of it; False if there was none to write."""
    rows = await tx.fetch(SQL.hearers, notice.kind, notice.manager_id, heads, admins)
    return await _write(tx, rows, notice, at)


async def tell_one(tx: Transaction, user_id: str, notice: Notice, at: datetime) -> bool:
    """Write one for each address of one person."""
    return await _write(tx, await tx.fetch(SQL.addresses_of, user_id), notice, at)


async def _write(tx: Transaction, rows: Sequence[Any], notice: Notice, at: datetime) -> bool:
    fresh: dict[str, bool] = {}
    for row in rows:
        user_id = row["user_id"]
        if user_id not in fresh:
            fresh[user_id] = bool(await tx.fetch(SQL.told, user_id, notice.kind, notice.thing, at))
        if fresh[user_id]:
            body = {"address": row["address_id"], "kind": notice.kind, "facts": notice.facts}
            key = f"user:{user_id}:{notice.kind}:{notice.thing}:{row['address_id']}"
            await enqueue(tx, [TARGET], key=key, kind=f"notice.{notice.kind}", body=body, at=at)
    return any(fresh.values())


class NoticeStore:
    """Keeps wishes and addresses."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def wishes(self, user_id: str) -> Wishes:
        """Give somebody's.

        Raises:
            NoSuchThing: there is nobody of that name.
        """
        row = await self._pool.fetchrow(SQL.wishes, user_id)
        if row is None:
            raise NoSuchThing(f"there is no user {user_id!r}")
        kinds = frozenset(NoticeKind(kind) for kind in row["kinds"] if kind in set(NoticeKind))
        return Wishes(kinds, row["quiet_from"], row["quiet_until"], row["digest_at"])

    async def wish(self, user_id: str, wishes: Wishes) -> None:
        """Keep them."""
        values = (sorted(wishes.kinds), wishes.quiet_from, wishes.quiet_until, wishes.digest_at)
        await self._pool.execute(SQL.wish, user_id, *values)

    async def addresses(self, user_id: str) -> list[tuple[int, str]]:
        """Give somebody's with their numbers; they are secrets."""
        return [(row["address_id"], row["address"]) for row in await self._pool.fetch(SQL.addresses, user_id)]

    async def add(self, user_id: str, address: str) -> None:
        """Add one that was checked.

        Raises:
            AddressRefused: there are many already.
        """
        if len(await self.addresses(user_id)) >= _MOST_ADDRESSES:
            raise AddressRefused(f"{_MOST_ADDRESSES} addresses are enough; take one out first")
        await self._pool.execute(SQL.add_address, user_id, address, self._clock())

    async def drop(self, user_id: str, address_id: int) -> None:
        """Take one out.

        Raises:
            NoSuchThing: it is not there, or another's.
        """
        if await self._pool.fetchval(SQL.drop_address, address_id, user_id) is None:
            raise NoSuchThing("there is no such address")

    async def test(self, user_id: str) -> bool:
        """Send a test to all of somebody's addresses; False if there are none."""
        now = self._clock()
        notice = Notice(NoticeKind.TEST, now.isoformat(), None, {})
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(SQL.forget_told, now - _KEPT)
            return await tell_one(connection, user_id, notice, now)
