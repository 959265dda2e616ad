"""One life of a daemon's process: what it runs, what it may touch, and the moment at which it is killed.

Everything that leaves the process (a statement, an AMI action, a webhook) passes through here. When it is killed its
tasks stop where they stand, nothing of it is heard any more, and PostgreSQL rolls back what it had begun.
"""

import asyncio
import random
import traceback
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, NoReturn

from tests.simulation.story import Story

_USUAL = 0.99
"""The part of statements that take their usual time."""


@dataclass(slots=True)
class Fate:
    """When a process is killed: at the n-th statement, before it is done or right after. 0 is never."""

    dies_at: int = 0
    after: bool = False
    cut_every: int = 0
    """On the average, after so many statements a connection to PostgreSQL breaks under one; 0 is never."""
    pace: float = 1.0
    """How slow PostgreSQL is: 1 stands beside us, 10 is far away or has much to do."""


class Process:
    """See the module."""

    def __init__(self, name: str, story: Story, rng: random.Random, fate: Fate) -> None:
        self.name = name
        self.story = story
        self.rng = rng
        self.fate = fate
        self.alive = True
        self.statements = 0
        self.frozen_until = 0.0
        self.database_away = False
        self.on_death: list[Callable[[], None]] = []
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> "asyncio.Task[Any]":
        task = asyncio.get_running_loop().create_task(work, name=f"{self.name} {name}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def run_forever(self, work: Coroutine[Any, Any, Any], name: str) -> None:
        """Run what must never end: if it does, the daemon would end with it, and that is a defect."""
        self.spawn(self._forever(work, name), name)

    async def _forever(self, work: Coroutine[Any, Any, Any], name: str) -> None:
        try:
            await work
            raised = "it returned"
        except Exception as error:  # noqa: BLE001 - whatever ends a loop is what we look for
            raised = _leaves(error)
        if self.alive:
            self.story.wrong(f"the daemon ends: {self.name} {name}: {raised}")
            self.die("one of its loops has ended")

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and self.alive:
            self.story.wrong(f"{task.get_name()} raised {_leaves(error)}")

    def die(self, why: str) -> None:
        """Like SIGKILL."""
        if not self.alive:
            return
        self.alive = False
        self.story.tell(self.name, f"KILLED {why}")
        for task in list(self._tasks):
            task.cancel()
        for told in self.on_death:
            told()

    async def stop(self) -> None:
        """Like SIGTERM: tasks are cancelled and may clean up."""
        self.story.tell(self.name, "is asked to stop")
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=5)
        if self.alive:
            self.die("after its clean stop")

    async def gone(self) -> NoReturn:
        """Where a dead process stands; it never goes on."""
        task = asyncio.current_task()
        if task is not None:
            task.cancel()
        while True:
            await asyncio.sleep(3600)

    def freeze(self, seconds: float) -> None:
        """Like SIGSTOP, and SIGCONT after so long: nothing of it leaves the process meanwhile."""
        self.story.tell(self.name, f"stands still for {seconds:.0f} s")
        self.story.count("fault: SIGSTOP")
        self.frozen_until = max(self.frozen_until, asyncio.get_running_loop().time() + seconds)

    @property
    def frozen(self) -> bool:
        return asyncio.get_running_loop().time() < self.frozen_until

    async def thawed(self) -> None:
        """Wait while it stands still."""
        while self.frozen:
            await asyncio.sleep(self.frozen_until - asyncio.get_running_loop().time())
        if not self.alive:
            await self.gone()

    # --- statements ---------------------------------------------------------------------------------------------------

    async def before(self, what: str) -> bool:
        """Wait as long as a statement is on its way; tell whether its connection breaks under it."""
        rng = self.rng
        seconds = rng.uniform(0.0001, 0.002) * self.fate.pace
        await asyncio.sleep(seconds if rng.random() < _USUAL else rng.uniform(0.01, 0.5))
        await self.thawed()
        self.statements += 1
        if self.statements == self.fate.dies_at and not self.fate.after:
            self.story.count("fault: kill before a statement")
            self.die(f"before statement {self.statements}: {brief(what)}")
            await self.gone()
        return bool(self.fate.cut_every) and rng.random() * self.fate.cut_every < 1

    async def afterwards(self, what: str) -> None:
        """The statement has taken effect; its answer is on its way."""
        if self.statements >= self.fate.dies_at > 0 and self.alive and self.fate.after:
            self.story.count("fault: kill after a statement")
            self.die(f"after statement {self.statements}, whose answer nobody hears: {brief(what)}")
        if self.alive:
            await asyncio.sleep(self.rng.uniform(0.0001, 0.001) * self.fate.pace)
        await self.thawed()


def brief(query: str) -> str:
    """A statement in one line."""
    lines = (line.strip() for line in query.splitlines())
    return " ".join(" ".join(line for line in lines if line and not line.startswith("--")).split())[:90]


def _leaves(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(_leaves(one) for one in error.exceptions)
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{one.filename.rpartition('/')[2]}:{one.lineno}" for one in frames if "/simulation/" not in one.filename]
    return f"{type(error).__name__}: {error} at {' < '.join(reversed(where[-4:]))}"
