"""Absences of managers, as rows; what waits for somebody who left or came back is looked at at once."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from telephony.directory.model import Absence, ManagerId
from telephony.errors import Refused, RingbackError
from telephony.ports import Clock, Row, Transaction
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load


class _AbsenceSql(NamedTuple):
    standing: str
    announce: str
    end_one: str
    end_of: str
    manager_known: str
    pull_forward: str
    hint: str


_SQL: Final = load(Path(__file__).with_name("absences.sql"), _AbsenceSql)


class NoSuchAbsence(RingbackError):
    """Nobody is away under that number."""

    error_id = "not-found"


class AbsenceRefused(Refused):
    """The absence cannot be written as it was told; nothing was changed."""

    error_id = "absence"


def _nothing() -> None:
    """Nobody is to be told."""


class Absences:
    """Announces, ends and reads them; ``changed`` is called after each change that is made here."""

    def __init__(self, pool: Pool, clock: Clock, changed: Callable[[], None] = _nothing) -> None:
        self._pool = pool
        self._clock = clock
        self._changed = changed

    async def standing(self) -> tuple[Absence, ...]:
        """Return those of now and those to come, by their begin."""
        return tuple(_absence(row) for row in await self._pool.fetch(_SQL.standing, self._clock()))

    async def announce(
        self, manager: ManagerId, *, since: datetime | None, until: datetime | None, reason: str, by: str
    ) -> Absence:
        """Let a manager be away.

        Args:
            manager: who.
            since: from when; None is now.
            until: till when; None is until further notice.
            reason: for whoever asks.
            by: who says so.

        Raises:
            AbsenceRefused: nobody has that id, or it would be over before it begins.
        """
        now = self._clock()
        begins = since or now
        if until is not None and until <= max(begins, now):
            raise AbsenceRefused("an absence ends after it begins, and not in the past")
        async with self._pool.acquire() as connection, connection.transaction():
            if not await connection.fetchval(_SQL.manager_known, manager):
                raise AbsenceRefused(f"the directory has no manager {manager!r}")
            [row] = await connection.fetch(_SQL.announce, manager, begins, until, reason, by, now)
            await self._look_anew(connection, manager, now)
        self._changed()
        return _absence(row)

    async def end(self, absence_id: int, by: str) -> Absence:
        """End one now, or take it back before it begins.

        Raises:
            NoSuchAbsence: there is none of that number, or it is over.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(_SQL.end_one, absence_id, self._clock(), by)
            if row is None:
                raise NoSuchAbsence(f"there is no absence {absence_id}, or it is over")
            await self._look_anew(connection, ManagerId(row["manager_id"]), self._clock())
        self._changed()
        return _absence(row)

    async def back(self, manager: ManagerId, by: str) -> int:
        """Let a manager be here again: all absences of now end; tell how many there were."""
        async with self._pool.acquire() as connection, connection.transaction():
            ended = await connection.fetch(_SQL.end_of, manager, self._clock(), by)
            await self._look_anew(connection, manager, self._clock())
        self._changed()
        return len(ended)

    async def _look_anew(self, transaction: Transaction, manager: ManagerId, now: datetime) -> None:
        await transaction.execute(_SQL.pull_forward, now, manager)
        await transaction.execute(_SQL.hint)


def _absence(row: Row) -> Absence:
    return Absence(
        absence_id=row["absence_id"],
        manager_id=ManagerId(row["manager_id"]),
        since=row["since"],
        until=row["until"],
        reason=row["reason"],
        by=row["by_whom"],
    )
