"""A loop that meets the world goes on: the one way in which our long-running tasks wait for PostgreSQL.

A loop gives its work to `Patience.forever`, which does it again and again until it is cancelled. Where the database is
away, frozen, full or in other hands the loop waits, ever longer up to a few seconds and never in step with others. It
says so once when that begins, with all that a group of errors holds, and once when it is over. Everything else that
is raised is a defect of ours and ends the loop, and with it the service.

Who waits since when stands on the `Board` of the task (`on_board`), of which there is one a daemon: /healthz and
/metrics read it.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import Final, NamedTuple, NoReturn

import structlog

from telephony.errors import reason
from telephony.postgres.outages import is_worldly

_log = structlog.get_logger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0


class WaitingLoop(NamedTuple):
    """A loop that waits."""

    since: float
    """`time.monotonic` of the first failure."""
    reason: str


class Board:
    """Which loops wait for the world, and how often each had to."""

    def __init__(self) -> None:
        self._waiting: dict[str, WaitingLoop] = {}
        self.outages: Counter[str] = Counter()
        """How many outages each loop has met."""

    def waiting(self) -> dict[str, WaitingLoop]:
        """Return the loops that wait, by name."""
        return dict(self._waiting)

    def begun(self, name: str, reason: str) -> None:
        """Note that a loop waits."""
        self._waiting[name] = WaitingLoop(monotonic(), reason)
        self.outages[name] += 1

    def over(self, name: str) -> None:
        """Note that it goes on."""
        self._waiting.pop(name, None)


_BOARD: Final[ContextVar[Board | None]] = ContextVar("board", default=None)


@contextmanager
def on_board(board: Board) -> Iterator[None]:
    """Have the tasks that are made in here note on ``board`` what they wait for."""
    token = _BOARD.set(board)
    try:
        yield
    finally:
        _BOARD.reset(token)


class Patience:
    """How one loop meets outages.

    Args:
        name: the loop's, for logs, metrics and /healthz: one of few.
        longest_seconds: the longest wait between two tries.
    """

    def __init__(self, name: str, *, longest_seconds: float = _LONGEST_PAUSE) -> None:
        self._name = name
        self._longest = longest_seconds
        self._pause = min(_FIRST_PAUSE, longest_seconds)
        self._began: float | None = None
        self._board: Board | None = None

    @property
    def waits(self) -> bool:
        """True while an outage lasts."""
        return self._began is not None

    async def forever(self, turn: Callable[[], Awaitable[object]]) -> NoReturn:
        """Do ``turn`` again and again until cancelled; one that does not end by itself calls `well` as it gets on.

        Raises:
            Exception: what ``turn`` raised, if the world is not to blame for it.
        """
        while True:
            try:
                await turn()
            except Exception as error:  # noqa: BLE001 - it is raised again if it is ours
                await self.met(error)
            else:
                self.well()

    async def every(self, seconds: float, work: Callable[[], Awaitable[object]]) -> NoReturn:
        """Do ``work``, rest for so long, and so on until cancelled.

        Raises:
            Exception: what ``work`` raised, if the world is not to blame for it.
        """

        async def turn() -> None:
            await work()
            self.well()
            await asyncio.sleep(seconds)

        await self.forever(turn)

    async def met(self, error: Exception) -> None:
        """Wait until it makes sense to try again.

        Raises:
            Exception: ``error`` itself, if the world is not to blame for it.
            CancelledError: we were cancelled, and a library made a failure of it: nobody would cancel us again.
        """
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError from error
        self.blame(error)
        pause, self._pause = self._pause, min(self._pause * 2, self._longest)
        await asyncio.sleep(pause * random.uniform(0.75, 1.25))  # noqa: S311 - spreads loops, guards nothing

    def blame(self, error: Exception) -> None:
        """Note an outage, for a loop that waits in a way of its own.

        Raises:
            Exception: ``error`` itself, if the world is not to blame for it.
        """
        if not is_worldly(error):
            raise error
        if self._began is None:
            self._began = monotonic()
            why = reason(error)
            self._board = _BOARD.get()
            if self._board is not None:
                self._board.begun(self._name, why)
            _log.warning("loop.waits", loop=self._name, reason=why)

    def well(self) -> None:
        """Note that the work got on: an outage, if there was one, is over."""
        if self._began is None:
            return
        _log.info("loop.goes_on", loop=self._name, waited_seconds=round(monotonic() - self._began, 1))
        self._began, self._pause = None, min(_FIRST_PAUSE, self._longest)
        if self._board is not None:
            self._board.over(self._name)
