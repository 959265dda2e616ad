"""Waiting in tests: for what happens, never for time to pass."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar, overload

PATIENCE: Final = 60.0
"""Seconds after which a thing that should have happened is taken as never to happen: no measure of speed, but of a
machine whose cores are busy with something else."""

_T = TypeVar("_T")


@overload
async def until(found: Callable[[], Awaitable[_T]], what: str = "", *, every: float = 0.01) -> _T: ...
@overload
async def until(found: Callable[[], _T], what: str = "", *, every: float = 0.01) -> _T: ...
async def until(found: Callable[[], object], what: str = "", *, every: float = 0.01) -> object:
    """Ask for something that tells nobody when it happens, until it gives something true; return that.

    Raises:
        AssertionError: It did not within ``PATIENCE``; ``what`` names it.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                asked = found()
                if value := (await asked if inspect.isawaitable(asked) else asked):
                    return value
                await asyncio.sleep(every)
    except TimeoutError:
        raise AssertionError(f"it never happened: {what or inspect.getsource(found).strip()}") from None
