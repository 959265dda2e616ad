"""The owner of all tasks: each has a name, an end in order, and a death that is heard.

`spawn` starts a loop that is to run until it is told to stop: if it raises, or just returns, `wait` raises `LoopDied`.
`on_stop` remembers something to close. `close` goes through both in the reverse order of their registration, so what
was started last, and so leans on all before it, is stopped first. Each step has a part of the time that is left; a step
that hangs or fails is told and passed over, since the steps after it (the database's stop!) matter more.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

import structlog

from telephony.errors import RingbackError, reason
from telephony.postgres.patience import Board, on_board

_log = structlog.get_logger(__name__)

Closing = Callable[[], Awaitable[object] | None]
"""Closes something, at once or by waiting."""


class LoopDied(RingbackError):
    """A loop that must run as long as the service does has ended: the service stops, and systemd starts it anew."""

    error_id = "loop-died"


@dataclass(frozen=True, slots=True)
class _Step:
    name: str
    closing: Closing
    limit_seconds: float


class Supervisor:
    """Owns the tasks and resources of one service."""

    def __init__(self) -> None:
        self._steps: list[_Step] = []
        self._tasks: dict[asyncio.Task[object], str] = {}
        self._death: LoopDied | None = None
        self._died = asyncio.Event()
        self.board = Board()
        """Which of our loops wait for the world."""

    def spawn(self, name: str, loop: Awaitable[object], *, limit_seconds: float = 1.0) -> None:
        """Run ``loop`` as a task called ``name``; at its turn `close` cancels it and waits up to ``limit_seconds``."""
        with on_board(self.board):
            task = asyncio.get_running_loop().create_task(_awaited(loop), name=name)
        self._tasks[task] = name
        task.add_done_callback(self._ended)
        self.on_stop(name, lambda: _cancel(task), limit_seconds=limit_seconds)

    def on_stop(self, name: str, closing: Closing, *, limit_seconds: float = 1.0) -> None:
        """Remember what `close` has to call at its turn."""
        self._steps.append(_Step(name, closing, limit_seconds))

    async def wait(self, stop: asyncio.Event) -> None:
        """Return when ``stop`` is set.

        Raises:
            LoopDied: a task ended first; the cause is what it raised.
        """
        loop = asyncio.get_running_loop()
        waits = {loop.create_task(event.wait(), name=f"until {event}") for event in (stop, self._died)}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if self._death is not None and not stop.is_set():
            raise self._death

    async def close(self, within_seconds: float, *, but: Collection[str] = ()) -> None:
        """Stop everything, last come first gone; never raises, never takes much longer than ``within_seconds``.

        What is named in ``but`` goes on, until `close` is called again without it.
        """
        deadline = asyncio.get_running_loop().time() + within_seconds
        kept = [step for step in self._steps if step.name in but]
        closing = [step for step in self._steps if step.name not in but]
        self._steps = kept
        while closing:
            step = closing.pop()
            left = max(0.05, min(step.limit_seconds, deadline - asyncio.get_running_loop().time()))
            try:
                async with asyncio.timeout(left):
                    if (closed := step.closing()) is not None:
                        await closed
            except TimeoutError:
                _log.warning("service.step_hangs", step=step.name, waited=round(left, 2))
            except Exception:  # noqa: BLE001 - whatever it is, the steps after it must have their turn
                _log.exception("service.step_failed", step=step.name)

    def _ended(self, task: asyncio.Task[object]) -> None:
        name = self._tasks.pop(task)
        if task.cancelled() or self._death is not None:
            return
        error = task.exception()
        self._death = LoopDied(f"{name}: {reason(error) if error else 'ended without a reason'}")
        self._death.__cause__ = error
        self._died.set()


async def _awaited(loop: Awaitable[object]) -> object:
    return await loop


async def _cancel(task: asyncio.Task[object]) -> None:
    task.cancel()
    await asyncio.wait({task})
