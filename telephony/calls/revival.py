"""Dead letters, looked at by a person and tried again by the daemon.

A call event that could not be written, or whose hook failed, is a dead letter with its reason. Who has mended the cause
asks for it to be tried again (`DeadLetters.ask`, from the API or ``ringback ledger dead revive``). Only the daemon has
the ledger's hooks, so only it tries: `Reviver.run` looks for letters that were asked for. A letter that is written is
gone; one that fails again stays, with the new reason.
"""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import structlog

from telephony.errors import RingbackError
from telephony.ports import Clock
from telephony.postgres.patience import Patience
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load

_log = structlog.get_logger(__name__)

POLL_SECONDS: Final = 5.0
"""How long a letter that was asked for by another process may wait."""
_NEWEST: Final = 2**63 - 1


class NoSuchLetter(RingbackError):
    """There is no such dead letter: it was revived meanwhile, or its call was erased."""

    error_id = "no-such-letter"


class _DeadLetterSql(NamedTuple):
    page: str
    one: str
    ask: str
    ask_all: str
    is_asked: str
    next_asked: str
    revived: str
    still_dead: str


SQL: Final = load(Path(__file__).with_name("dead_letters.sql"), _DeadLetterSql)


class DeadLetter(NamedTuple):
    """One of them. ``written``: the call's own rows were written and only a hook failed."""

    id: int
    call_id: str
    kind: str
    """The event's class: ``CallEnded``."""
    reason: str
    written: bool
    died_at: datetime
    revive_asked_at: datetime | None
    """Since when somebody wants it tried again; None once it was tried."""
    tries: int
    tried_at: datetime | None
    event: str = ""
    """The event as JSON; empty in a list."""


class DeadLetters:
    """Reads them, and asks for them to be tried again."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self.asked = asyncio.Event()
        """Set when some were asked for here."""

    async def page(self, limit: int, before: int | None = None) -> list[DeadLetter]:
        """Read a page, newest first. ``before``: an id; only older ones are given."""
        rows = await self._pool.fetch(SQL.page, before or _NEWEST, limit)
        return [DeadLetter(**dict(row)) for row in rows]

    async def one(self, letter: int) -> DeadLetter:
        """Read one whole.

        Raises:
            NoSuchLetter: there is none.
        """
        row = await self._pool.fetchrow(SQL.one, letter)
        if row is None:
            raise NoSuchLetter(f"there is no dead letter {letter}")
        return DeadLetter(**dict(row))

    async def ask(self, letter: int, by: str) -> None:
        """Have one tried again, soon.

        Raises:
            NoSuchLetter: there is none.
        """
        if await self._pool.fetchval(SQL.ask, letter, self._clock(), by) is None:
            raise NoSuchLetter(f"there is no dead letter {letter}")
        self.asked.set()

    async def ask_all(self, by: str) -> int:
        """Have all of them tried again, soon; return how many."""
        rows = await self._pool.fetch(SQL.ask_all, self._clock(), by)
        self.asked.set()
        return len(rows)


class Revives(Protocol):
    """Whoever can write a dead letter: the pump."""

    async def revive(self) -> tuple[int, int]:
        """Try each letter that was asked for; return how many were written and how many stay dead."""
        ...


class Reviver:
    """Tries letters that were asked for, by us or by another process, as a task of the daemon's."""

    def __init__(self, pool: Pool, letters: DeadLetters, pump: Revives) -> None:
        self._pool = pool
        self._letters = letters
        self._pump = pump
        self._patience = Patience("dead letters")

    async def run(self) -> None:
        """Work until cancelled; a database that is away is waited for."""
        await self._patience.forever(self._turn)

    async def _turn(self) -> None:
        self._letters.asked.clear()
        if await self._pool.fetchval(SQL.is_asked):
            revived, stay = await self._pump.revive()
            _log.info("ledger.revived", written=revived, still_dead=stay)
        self._patience.well()
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._letters.asked.wait()
        except TimeoutError:
            return
