"""A program: an archive worker that kills itself, as kill -9 would, at the step that it is told.

``python dying_worker.py DSN FOLDER STEP``; with the step ``never`` it works until nothing is due.
"""

import asyncio
import inspect
import os
import signal
import sys
import types
from pathlib import Path

if __name__ == "__main__":  # a regular package `tests` of some distribution would hide ours, which has no __init__
    ours = types.ModuleType("tests")
    ours.__path__ = [str(Path(__file__).parents[3])]
    sys.modules["tests"] = ours

from telephony.postgres.pool import open_pool
from telephony.recording import files, store
from telephony.recording.audio import Converter
from telephony.recording.convert import ConversionWorker
from telephony.recording.files import Shelf
from tests.integration.telephony.recording.house import make_house

STEPS = {
    "before_convert": (Converter, "convert", True),
    "after_convert": (Converter, "convert", False),
    "after_put": (Shelf, "put", False),
    "before_commit": (store, "judge_call", False),
    "before_remove": (ConversionWorker, "remove_original", True),
    "after_remove": (files, "remove", False),
    "before_done": (store, "finish_call", False),
}
"""Of each step: the function at which to die, and whether before it or after."""


def arm(step: str) -> None:
    """Replace the function of that step by one that dies."""
    owner, name, before = STEPS[step]
    original = getattr(owner, name)

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    async def dying_task(*args: object, **more: object) -> object:
        if before:
            die()
        done = await original(*args, **more)
        die()
        return done

    def dying(*args: object, **more: object) -> object:
        done = original(*args, **more)
        # The unfinished copy is removed, too; the step is about the original.
        if name != "remove" or str(args[0]).endswith(".raw"):
            die()
        return done

    setattr(owner, name, dying_task if inspect.iscoroutinefunction(original) else dying)


async def main(dsn: str, folder: Path, step: str) -> None:
    if step != "never":
        arm(step)
    pool = await open_pool(dsn, size=2)
    house = make_house(pool, folder)
    await house.work()
    await pool.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
