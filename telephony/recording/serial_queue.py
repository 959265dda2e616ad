"""A lane: steps of work done one after the other, for one PBX. A step that fails costs only itself."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from telephony.errors import RingbackError

_log = structlog.get_logger(__name__)

Work = Callable[[], Awaitable[None]]


class SerialQueue:
    """The steps that wait; `run` does them."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Work] = asyncio.Queue()

    def put(self, work: Work) -> None:
        """Have a step done after those that wait."""
        self._queue.put_nowait(work)

    def put_later(self, seconds: float, work: Work) -> asyncio.TimerHandle:
        """Have a step put into the lane after a while; the handle can be cancelled."""
        return asyncio.get_running_loop().call_later(seconds, self.put, work)

    async def run(self) -> None:
        """Do the steps until cancelled."""
        while True:
            work = await self._queue.get()
            try:
                await work()
            except RingbackError as error:
                _log.warning("recording.action_failed", error_id=error.error_id, why=str(error))
            except Exception:  # noqa: BLE001 - a defect costs one step of one call, which then has its alarm
                _log.exception("recording.step_failed")
            finally:
                self._queue.task_done()

    async def done(self) -> None:
        """Wait until no step waits."""
        await self._queue.join()
