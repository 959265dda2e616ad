"""How fast somebody may be asked: one pace for all daemons, who reserve their turns in the database.

Theory: a row holds when the next turn is. Taking one moves it on by the time between two turns, and whoever took it
sleeps until it comes. Turns that nobody took are lost, but for a *burst*, where the other side allows one. A daemon
reserves one turn at a time, so several share a pace evenly, and what is *urgent* (a caller is waiting, a phone rings)
waits for the turns that are reserved already and not for all that stands in line behind them. Where a burst is allowed
the urgent do not even wait for those: they go ahead of their turn, and who comes later pays for it. So after a rest
twice the burst may come at once.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple, Protocol

from telephony.postgres.pool import Pool
from telephony.postgres.queries import load

_LONGEST_HOLD = timedelta(seconds=2)
"""Twice the span that a limit a second looks at. Messages wait for their turns under their leases: one that is to keep
away for longer is put off by itself, and so few others ask meanwhile."""
_urgent: ContextVar[bool] = ContextVar("urgent", default=False)


class PaceSql(NamedTuple):
    """The queries of paces.sql."""

    take_turn: str
    hold: str


SQL = load(Path(__file__).with_name("paces.sql"), PaceSql)


@contextmanager
def urgently(is_urgent: bool = True) -> Iterator[None]:
    """Take turns before those who stand in line, for as long as this lasts."""
    token = _urgent.set(is_urgent)
    try:
        yield
    finally:
        _urgent.reset(token)


def is_urgent() -> bool:
    """Return whether turns are taken before those who stand in line."""
    return _urgent.get()


class Pace(Protocol):
    """So many requests a second and no more."""

    async def turn(self) -> None:
        """Wait for one's turn."""
        ...

    async def hold(self, wait: timedelta) -> None:
        """Give no turns for a while: the other side was asked too fast, perhaps by others than us."""
        ...


class Unpaced:
    """As fast as it goes."""

    async def turn(self) -> None:
        """Go on."""

    async def hold(self, wait: timedelta) -> None:
        """Go on."""


class SharedPace:
    """One pace, of all daemons on this database.

    Args:
        pool: the database.
        name: whose pace it is.
        per_second: turns a second.
        burst: how many may be taken at once after a rest.
    """

    def __init__(self, pool: Pool, name: str, per_second: float, *, burst: int = 1) -> None:
        self._pool = pool
        self._name = name
        self._apart = 1 / per_second
        self._rest = (burst - 1) * self._apart
        self._line = asyncio.Lock()

    async def turn(self) -> None:
        """Wait for one's turn; the order of asking is kept among those who are not urgent."""
        if is_urgent():
            await asyncio.sleep(max(0.0, await self._take() - self._rest))
            return
        async with self._line:
            await asyncio.sleep(max(0.0, await self._take()))

    async def _take(self) -> float:
        """Reserve a turn; gives the seconds until it comes."""
        wait: float = await self._pool.fetchval(SQL.take_turn, self._name, self._apart, self._rest)
        return wait

    async def hold(self, wait: timedelta) -> None:
        """Give no turns for a while, 2 s at most."""
        await self._pool.execute(SQL.hold, self._name, min(wait, _LONGEST_HOLD).total_seconds())
