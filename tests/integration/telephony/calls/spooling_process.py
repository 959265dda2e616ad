"""A program: a pump that is told stories, to be killed together with its database.

``python spooling_process.py DSN FOLDER STORIES``. It prints ``written`` when the ledger has some of them, and ``told``
when the last event is a tenth of a second old; then it waits to be killed.
"""

import asyncio
import sys
import types
from pathlib import Path

if __name__ == "__main__":  # a regular package `tests` of some distribution would hide ours, which has no __init__
    ours = types.ModuleType("tests")
    ours.__path__ = [str(Path(__file__).parents[3])]
    sys.modules["tests"] = ours

from telephony.calls.pump import Pump, PumpBounds
from telephony.calls.spool import Spool
from telephony.calls.store import LedgerWriter
from telephony.postgres.pool import open_pool
from tests.builders import after
from tests.integration.telephony.calls.own_server import noting
from tests.stories import story


async def main(dsn: str, folder: Path, stories: int) -> None:
    pool = await open_pool(dsn, size=2)
    pump = Pump(pool, LedgerWriter("UA"), hooks=(noting,), spool=Spool(folder, 50_000_000), bounds=PumpBounds(batch=20))
    task = asyncio.create_task(pump.run(), name="pump")
    for number in range(stories):
        for event in story(number, missed=number % 2 == 0, at=after(number)):
            pump.submit(event)
        await asyncio.sleep(0.005)
        if number == stories // 3:
            print("written", flush=True)  # noqa: T201 - the parent reads it
    await asyncio.sleep(0.2)
    while pump.figures.waiting > pump.figures.on_disk:
        await asyncio.sleep(0.01)
    print("told", flush=True)  # noqa: T201 - the same
    await task


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
