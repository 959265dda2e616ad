"""An event loop of simulated time: it stands while anything can run, and jumps to the next timer when nothing can.

It has no sockets and no threads, so the order in which things run is that of the program alone. Tasks hash by their
number, not by their address: whoever keeps them in a set goes through it in the same order each time.
"""

import asyncio
import collections
import heapq
import selectors
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, ClassVar, Final, TypeVar, TypeVarTuple, Unpack

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")
_SCHEDULED: Final = "_scheduled"
_DROPPED_MANY: Final = 200


class Stuck(Exception):
    """Nothing can ever run again."""


class Stopped(Exception):
    """Somebody asked the program to stop."""


class _NoSockets(selectors.BaseSelector):
    """Waits for nobody: to wait is to let the time pass."""

    def __init__(self) -> None:
        self._keys: dict[Any, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:  # noqa: ANN401
        key = self._keys[fileobj] = selectors.SelectorKey(fileobj, 0, events, data)
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:  # noqa: ANN401
        return self._keys.pop(fileobj)

    def get_map(self) -> Any:  # noqa: ANN401
        return self._keys

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        del timeout  # the time passes elsewhere: `SimulatedLoop._run_once`
        return []


class _Task(asyncio.Task[Any]):
    """A task that is told from others by its number."""

    def __init__(self, number: int, work: Coroutine[Any, Any, Any], **given: Any) -> None:  # noqa: ANN401
        self._number = number  # first: asyncio's register of all tasks takes the hash at once
        super().__init__(work, **given)

    def __hash__(self) -> int:
        return self._number

    def __eq__(self, other: object) -> bool:
        return self is other


class SimulatedLoop(asyncio.SelectorEventLoop):
    """See the module. Two timers of one moment go in the order in which they were set."""

    stop_asked: ClassVar[bool] = False
    """Set by a signal: the next turn ends the loop. Raised where the signal comes, it might be taken for an error."""
    _ready: collections.deque[Any]
    _stopping: bool

    def __init__(self) -> None:
        self._seconds = 0.0
        self._made = 0
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._set = 0
        self._dropped = 0
        super().__init__(_NoSockets())
        self.set_task_factory(self._numbered)

    def time(self) -> float:
        return self._seconds

    def call_at(
        self, when: float, callback: Callable[[Unpack[_Ts]], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        setattr(timer, _SCHEDULED, True)  # so that we are told when it is dropped
        self._set += 1
        heapq.heappush(self._timers, (when, self._set, timer))
        return timer

    def call_later(
        self, delay: float, callback: Callable[[Unpack[_Ts]], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._seconds + delay, callback, *args, context=context)

    def run_in_executor(self, executor: Any, func: Callable[[Unpack[_Ts]], _T], *args: *_Ts) -> asyncio.Future[_T]:  # noqa: ANN401
        """Do it at once: a disk takes no simulated time."""
        del executor
        done: asyncio.Future[_T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - whoever waits gets it
            done.set_exception(error)
        return done

    def _timer_handle_cancelled(self, _timer: asyncio.TimerHandle) -> None:
        self._dropped += 1
        if self._dropped > _DROPPED_MANY and self._dropped * 2 > len(self._timers):
            self._timers = [one for one in self._timers if not one[2].cancelled()]
            heapq.heapify(self._timers)
            self._dropped = 0

    def _run_once(self) -> None:
        """One turn of the loop: what is ready runs, else the time jumps to the next timer."""
        if SimulatedLoop.stop_asked:
            SimulatedLoop.stop_asked = False  # once: what is to be tidied up goes through a loop, too
            raise Stopped
        ready, timers = self._ready, self._timers
        while not ready:
            if not timers:
                if self._stopping:
                    return
                raise Stuck
            when, _, timer = heapq.heappop(timers)
            setattr(timer, _SCHEDULED, False)
            if timer.cancelled():
                self._dropped -= 1
                continue
            self._seconds = max(self._seconds, when)
            ready.append(timer)
            break
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle.cancelled():
                handle._run()  # noqa: SLF001 - as asyncio's own loop does

    def _numbered(self, loop: asyncio.AbstractEventLoop, work: Any, **given: Any) -> _Task:  # noqa: ANN401
        self._made += 1
        return _Task(self._made, work, loop=loop, **given)
