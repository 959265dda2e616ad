"""An event loop of simulated time: it stands while anything can run, and jumps to the next timer when nothing can.

It has no sockets and no threads, so the order in which things run is that of the program alone. Tasks hash by their
number, not by their address: whoever keeps them in a set goes through it in the same order each time.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any


class Stuck(Exception):
    """Nothing can ever run again."""


class _NoSockets(selectors.BaseSelector):
    """Waits for nobody: to wait is to let the time pass."""

    def __init__(self) -> None:
        self.passed: Callable[[float], None] = lambda _: None
        self._keys: dict[Any, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:  # noqa: ANN401
        key = self._keys[fileobj] = selectors.SelectorKey(fileobj, 0, events, data)
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:  # noqa: ANN401
        return self._keys.pop(fileobj)

    def get_map(self) -> Any:  # noqa: ANN401
        return self._keys

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Stuck
        self.passed(timeout)
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
    """See the module."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._made = 0
        sockets = _NoSockets()
        super().__init__(sockets)
        sockets.passed = self._pass
        self.set_task_factory(self._numbered)

    def time(self) -> float:
        return self._seconds

    def _pass(self, seconds: float) -> None:
        self._seconds += max(0.0, seconds)

    def _numbered(self, loop: asyncio.AbstractEventLoop, work: Any, **given: Any) -> _Task:  # noqa: ANN401
        self._made += 1
        return _Task(self._made, work, loop=loop, **given)
