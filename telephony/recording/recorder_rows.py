"""What the recorder has in the database: what ran before this process, and what it found running.

The recorder itself waits for no database: a talk has begun. What cannot be read or written now is, when it can.
"""

import asyncio
from typing import Final

from telephony.model import Call, RecordingSegment
from telephony.ports import Clock
from telephony.postgres.patience import Patience
from telephony.postgres.pool import Pool
from telephony.recording import store
from telephony.recording.active_calls import ActiveCalls

_LONGEST_WAIT_SECONDS: Final = 5.0


class RecorderRows:
    """Reads and writes them; `run` does what had to wait."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._found: asyncio.Queue[tuple[Call, RecordingSegment]] = asyncio.Queue()
        self._patience = Patience("recorder", longest_seconds=_LONGEST_WAIT_SECONDS)
        self._recalled = False

    async def recall(self, calls: ActiveCalls) -> None:
        """Have the recordings remembered that ran when the daemon stopped; if it cannot be now, `run` does it."""
        try:
            async with self._pool.acquire() as connection:
                calls.remember(await store.open_tapes(connection), await store.open_orders(connection))
        except Exception as error:  # noqa: BLE001 - it is raised again if it is ours
            self._patience.blame(error)
        else:
            self._patience.well()
            self._recalled = True

    def adopt(self, call: Call, segment: RecordingSegment) -> None:
        """Have a recording written down that was found running."""
        self._found.put_nowait((call, segment))

    async def run(self, calls: ActiveCalls) -> None:
        """Do what waits, until cancelled."""
        while not self._recalled:
            await asyncio.sleep(_LONGEST_WAIT_SECONDS)
            await self.recall(calls)
        while True:
            call, segment = await self._found.get()
            await self._write(call, segment)
            self._found.task_done()

    async def written(self) -> None:
        """Wait until nothing waits to be written."""
        await self._found.join()

    async def _write(self, call: Call, segment: RecordingSegment) -> None:
        while True:
            try:
                async with self._pool.acquire() as connection, connection.transaction():
                    await store.add_segment(connection, call, segment, wanted=True, now=self._clock())
            except Exception as error:  # noqa: BLE001 - the same
                await self._patience.met(error)
            else:
                self._patience.well()
                return
