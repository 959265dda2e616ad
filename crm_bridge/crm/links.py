"""What a CRM calls our things."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from weakref import WeakValueDictionary

from crm_bridge.crm.errors import CrmBroken
from telephony.numbers import canonical
from telephony.ports import Clock
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load


class CrmSql(NamedTuple):
    """The queries of crm.sql."""

    link: str
    links: str
    lately: str
    begin: str
    claim: str
    unlink: str
    next_turn: str
    manager_of: str
    calls_to_tell: str
    adopt: str
    copies: str
    settle: str
    refuse: str
    accept: str
    call_message: str
    waiting_recording: str
    calls_of: str
    refused_parts: str
    own_mobiles: str


SQL = load(Path(__file__).with_name("crm.sql"), CrmSql)


_ID, _MARK = False, True
_OPEN = frozenset({"pending", "refused"})
_LATELY = timedelta(minutes=15)
_ALONE = "alone"
_DEAD_AFTER = timedelta(seconds=90)
"""Longer than a message may take: whoever is still at it after that has died."""


class Links:
    """One CRM's ids for our calls, requests and customers."""

    def __init__(self, pool: Pool, crm: str, clock: Clock) -> None:
        self._pool = pool
        self._crm = crm
        self._clock = clock
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def of(self, key: str) -> Mapping[str, str]:
        """Return their ids for one of our things, by role."""
        return {row["role"]: row["crm_id"] for row in await self._pool.fetch(SQL.links, self._crm, key)}

    async def lately(self, key: str, role: str) -> str:
        """Return what was written in the last quarter of an hour, or empty."""
        card: str | None = await self._pool.fetchval(SQL.lately, self._crm, key, role, self._clock() - _LATELY)
        return card or ""

    async def keep(self, key: str, role: str, crm_id: str) -> None:
        """Remember an id as soon as they told it."""
        await self._pool.execute(SQL.link, self._crm, key, role, crm_id, self._clock(), _ID)

    async def mark(self, key: str, role: str, words: str) -> None:
        """Remember how far we came; like an id, but no thing of theirs."""
        await self._pool.execute(SQL.link, self._crm, key, role, words, self._clock(), _MARK)

    async def begin(self, key: str, role: str, words: str) -> bool:
        """Mark what is to be done once; False if somebody has marked it before, in this or any other daemon."""
        values = (self._crm, key, role, words, self._clock())
        return await self._pool.fetchval(SQL.begin, *values) is not None

    @asynccontextmanager
    async def alone(self, key: str) -> AsyncIterator[None]:
        """Do something for one of our things that nobody else does for it meanwhile, in this or any other daemon.

        Raises:
            CrmBroken: another daemon is at it; try again.
        """
        async with self._locks.setdefault(key, asyncio.Lock()):
            now = self._clock()
            if not await self._pool.fetchval(SQL.claim, self._crm, key, _ALONE, now, now - _DEAD_AFTER):
                raise CrmBroken("another daemon is at this number")
            try:
                yield
            finally:
                await self.drop(key, [_ALONE])

    async def is_taken(self, key: str) -> bool:
        """Return whether somebody does something `alone` for it now, in this or any other daemon."""
        return _ALONE in await self.of(key)

    async def drop(self, key: str, roles: Sequence[str]) -> None:
        """Forget ids."""
        await self._pool.execute(SQL.unlink, self._crm, key, list(roles))

    async def once(
        self,
        key: str,
        role: str,
        make: Callable[[], Awaitable[str]],
        seek: Callable[[], Awaitable[str]],
        *,
        look_first: bool = False,
    ) -> str:
        """Make a thing of theirs, once, whatever became of the tries before; gives its id.

        A try whose answer was lost may have made it. So each try is noted first, and whoever finds such a note looks
        before making.

        Args:
            key: which of our things it belongs to.
            role: what it is to it.
            make: makes it and gives its id; empty if the CRM has no place for it.
            seek: looks for it and gives its id, or empty.
            look_first: look even before the first try: costs a request, and holds even if our links were lost.
        """
        links = await self.of(key)
        if role in links:
            return links[role]
        tried = f"{role}?"
        found = await seek() if look_first or tried in links else ""
        if not found:
            await self.mark(key, tried, "tried")
            found = await make()
        if found:
            await self.keep(key, role, found)
        return found

    async def refused(self, key: str, part: str, words: str) -> None:
        """Write down that the CRM refused a part of what it is told of one of our things."""
        await self._pool.execute(SQL.refuse, self._crm, key, part, words, self._clock())

    async def accepted(self, key: str, parts: Sequence[str]) -> None:
        """Take back what was refused before and is done now."""
        await self._pool.execute(SQL.accept, self._crm, key, list(parts))

    async def call_message(self, call_id: str, now: datetime) -> "CallMessageStands | None":
        """Return where the message of a call's end to this CRM stands; None if there is none."""
        row = await self._pool.fetchrow(SQL.call_message, self._crm, call_id, now)
        return None if row is None else CallMessageStands(**row)

    async def waiting_recording(self, call_id: str) -> int:
        """Return the longest recording of a call that waits to be told, or 0."""
        found: int | None = await self._pool.fetchval(SQL.waiting_recording, self._crm, call_id)
        return found or 0

    async def calls_of(self, crm_ids: Sequence[str]) -> Mapping[str, str]:
        """Return our calls by the CRM's ids of them."""
        rows = await self._pool.fetch(SQL.calls_of, self._crm, list(crm_ids)) if crm_ids else []
        return {row["crm_id"]: row["key"] for row in rows}

    async def is_our_own(self, number: str, region: str) -> bool:
        """Return whether a number is the mobile of one of our managers, in whatever spelling the directory has it."""
        rows = await self._pool.fetch(SQL.own_mobiles)
        return any(canonical(row["mobile"], region) == number for row in rows)

    @property
    def copies(self) -> "ErasedCopies":
        """What is to be erased there."""
        return ErasedCopies(self._pool, self._crm, self._clock)

    async def turn(self, rule: str) -> int:
        """Count up for a rule that deals out in turn: 0, 1, 2 ... over all daemons."""
        turn: int = await self._pool.fetchval(SQL.next_turn, self._crm, rule)
        return turn


@dataclass(frozen=True, slots=True)
class CallMessageStands:
    """How far the message of a call's end has come."""

    state: str
    reason: str
    is_next: bool
    """It is being told, or stands in line: nothing but its turn is waited for."""


@dataclass(frozen=True, slots=True)
class ErasedCopy:
    """Something that the CRM keeps of an erased number."""

    copy: int
    """Our number of it."""
    role: str
    crm_id: str
    """Empty where the answer to its making was lost: it may be there, and it may not."""
    is_open: bool
    """Whether it is still to be deleted."""


class ErasedCopies:
    """One CRM's, by erasure and call."""

    def __init__(self, pool: Pool, crm: str, clock: Clock) -> None:
        self._pool = pool
        self._crm = crm
        self._clock = clock

    async def of(self, erasure: int, key: str) -> list[ErasedCopy]:
        """Return all of a call, also those whose ids were told while the number was erased."""
        if key:
            await self._pool.execute(SQL.adopt, self._crm, erasure, key, self._clock())
        rows = await self._pool.fetch(SQL.copies, self._crm, erasure, key)
        return [ErasedCopy(row["copy"], row["role"], row["crm_id"], row["state"] in _OPEN) for row in rows]

    async def settle(self, copy: ErasedCopy, state: str, why: str) -> None:
        """Write down what became of one."""
        await self._pool.execute(SQL.settle, copy.copy, state, why, self._clock())
