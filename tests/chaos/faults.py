"""The table of what goes wrong. A fault is a coroutine that begins it, lasts, and ends it."""

import asyncio
import contextlib
import os
import random
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.lab.errors import LabError
from deploy.lab.laboratory import Lab
from tests.chaos.database import Database
from tests.chaos.door import Door
from tests.chaos.keeper import Keeper
from tests.chaos.lies import lies

_PAGE: Final = 1 << 16
_STEPS: Final = (-90.0, -20.0, -3.0, 3.0, 20.0, 90.0)


@dataclass(slots=True)
class Scene:
    """What faults do things to."""

    lab: Lab
    keeper: Keeper
    database: Database
    ami: Door
    webhook: Door
    crm: Door
    clock: Path
    disks: Mapping[str, Path]
    """Small disks that may be filled, by what lives there."""
    chance: random.Random
    asterisk: asyncio.Lock
    longest_seconds: float

    def some(self, least: float = 0.5) -> float:
        """How long a fault lasts: mostly short, sometimes long."""
        return min(self.longest_seconds, least + self.chance.expovariate(1 / (self.longest_seconds / 4)))


Fault = Callable[[Scene], Awaitable[str]]
"""Does it and undoes it; gives what it was, in a word."""


async def daemon_killed(scene: Scene) -> str:
    scene.keeper.signal(signal.SIGKILL)
    return "kill -9"


async def daemon_frozen(scene: Scene) -> str:
    seconds = scene.some()
    pid = scene.keeper.pid
    scene.keeper.signal(signal.SIGSTOP)
    await asyncio.sleep(seconds)
    if scene.keeper.pid == pid:
        scene.keeper.signal(signal.SIGCONT)
    return f"{seconds:.1f} s"


async def daemon_stopped(scene: Scene) -> str:
    scene.keeper.expect_end()
    scene.keeper.signal(signal.SIGTERM)
    return "SIGTERM"


async def database_killed(scene: Scene) -> str:
    scene.database.signal(signal.SIGKILL)
    return "kill -9"


async def database_frozen(scene: Scene) -> str:
    seconds = scene.some()
    scene.database.signal(signal.SIGSTOP)
    await asyncio.sleep(seconds)
    scene.database.signal(signal.SIGCONT)
    return f"{seconds:.1f} s"


async def both_killed(scene: Scene) -> str:
    scene.database.signal(signal.SIGKILL)
    await asyncio.sleep(scene.chance.uniform(0, 1))
    scene.keeper.signal(signal.SIGKILL)
    return "kill -9"


async def asterisk_killed(scene: Scene) -> str:
    async with scene.asterisk:
        await scene.lab.pbx.kill()
        await asyncio.sleep(scene.chance.uniform(0, 2))
        await scene.lab.pbx.start()
        with contextlib.suppress(LabError):
            await scene.lab.settle()
    return "kill -9"


async def asterisk_frozen(scene: Scene) -> str:
    seconds = scene.some()
    async with scene.asterisk:
        pid = scene.lab.pbx.pid
        if pid is not None:
            os.kill(pid, signal.SIGSTOP)
            await asyncio.sleep(seconds)
            os.kill(pid, signal.SIGCONT)
    return f"{seconds:.1f} s"


def _cut(door: Callable[[Scene], Door | None]) -> Fault:
    async def fault(scene: Scene) -> str:
        shut = door(scene)
        if shut is None:
            return "nothing"
        seconds = scene.some(0)
        shut.shut = True
        shut.cut()
        await asyncio.sleep(seconds)
        shut.open()
        return f"{seconds:.1f} s"

    return fault


def _frozen(door: Callable[[Scene], Door | None]) -> Fault:
    async def fault(scene: Scene) -> str:
        frozen = door(scene)
        if frozen is None:
            return "nothing"
        seconds = scene.some()
        frozen.freeze()
        await asyncio.sleep(seconds)
        if scene.chance.random() < 0.5:
            frozen.cut()
        frozen.open()
        return f"{seconds:.1f} s"

    return fault


def _slow(door: Callable[[Scene], Door | None]) -> Fault:
    async def fault(scene: Scene) -> str:
        slow = door(scene)
        if slow is None:
            return "nothing"
        slow.delay_seconds = scene.chance.uniform(0.05, 0.8)
        said = f"{slow.delay_seconds:.2f} s a piece"
        await asyncio.sleep(scene.some())
        slow.open()
        return said

    return fault


def _lies(door: Callable[[Scene], Door]) -> Fault:
    async def fault(scene: Scene) -> str:
        liar = door(scene)
        name, lie = scene.chance.choice(sorted(lies().items()))
        liar.cut()
        liar.lie = lie
        await asyncio.sleep(scene.some(1))
        liar.open()
        return name

    return fault


def _full(disk: str) -> Fault:
    async def fault(scene: Scene) -> str:
        folder = scene.disks.get(disk)
        if folder is None:
            return "nothing"
        seconds = scene.some(1)
        filler = folder / "filler"
        await asyncio.to_thread(_fill, filler)
        await asyncio.sleep(seconds)
        filler.unlink(missing_ok=True)
        return f"{seconds:.1f} s"

    return fault


def _fill(file: Path) -> None:
    with contextlib.suppress(OSError), file.open("wb", buffering=0) as filling:
        while filling.write(bytes(_PAGE)):
            pass


async def clock_stepped(scene: Scene) -> str:
    step = scene.chance.choice(_STEPS)
    scene.clock.write_text(str(step))
    await asyncio.sleep(scene.some(1))
    scene.clock.write_text("0")
    return f"{step:+.0f} s and back"


FAULTS: Final[Mapping[str, tuple[Fault, float]]] = {
    "daemon: kill -9": (daemon_killed, 3),
    "daemon: SIGSTOP": (daemon_frozen, 2),
    "daemon: SIGTERM": (daemon_stopped, 1),
    "PostgreSQL: kill -9": (database_killed, 3),
    "PostgreSQL: SIGSTOP": (database_frozen, 3),
    "PostgreSQL and daemon: kill -9": (both_killed, 2),
    "PostgreSQL: cut": (_cut(lambda scene: scene.database.door), 2),
    "PostgreSQL: frozen": (_frozen(lambda scene: scene.database.door), 2),
    "PostgreSQL: slow": (_slow(lambda scene: scene.database.door), 2),
    "PostgreSQL: disk full": (_full("database"), 2),
    "Asterisk: kill -9": (asterisk_killed, 0.7),
    "Asterisk: SIGSTOP": (asterisk_frozen, 1),
    "AMI: cut": (_cut(lambda scene: scene.ami), 3),
    "AMI: frozen": (_frozen(lambda scene: scene.ami), 2),
    "AMI: slow": (_slow(lambda scene: scene.ami), 2),
    "webhook: cut": (_cut(lambda scene: scene.webhook), 1),
    "webhook: frozen": (_frozen(lambda scene: scene.webhook), 1),
    "webhook: slow": (_slow(lambda scene: scene.webhook), 1),
    "webhook: nonsense": (_lies(lambda scene: scene.webhook), 3),
    "CRM: cut": (_cut(lambda scene: scene.crm), 1),
    "CRM: frozen": (_frozen(lambda scene: scene.crm), 1),
    "CRM: nonsense": (_lies(lambda scene: scene.crm), 3),
    "recordings: disk full": (_full("recordings"), 2),
    "spool: disk full": (_full("spool"), 1),
    "clock: step": (clock_stepped, 3),
}
"""Each kind by its name, and how often it comes."""
