"""Pressing keys as people do: when something is said, and again when nothing comes of it; never by the clock.

A key that comes between two sentences is lost: nobody listens then, and how long that is depends on the machine.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from deploy.lab.telephones.leg import Leg
from deploy.lab.telephones.scripts import Script

_LOOK_SECONDS = 0.05
_SOUNDS = 2
"""So many sentences end after a key that was lost; one that was taken interrupts the first and is done before more."""


@dataclass(frozen=True)
class Key:
    """``keys`` pressed until ``taken``, first as soon as it is ``when`` (None: a sentence was said to its end).

    ``again_seconds``: pressed again after so long, too; for where keys are collected and no sentence ends meanwhile.
    """

    keys: str
    taken: Callable[[], bool | Awaitable[bool]]
    when: Callable[[], bool] | None = None
    again_seconds: float = 60


def caller(
    played: Sequence[str],
    *keys: Key,
    message_seconds: float = 0,
    message_end: str = "#",
    stays: float | None = None,
) -> Script:
    """Press these keys in turn, perhaps leave a message, and listen; ``played`` is what was said so far."""

    async def script(leg: Leg) -> None:
        for key in keys:
            await _press(leg, key, played)
        if message_seconds:
            await leg.talk(message_seconds)
            if message_end:
                await leg.press(message_end)
        await leg.listen(stays)
        await leg.hangup()

    return script


async def _press(leg: Leg, key: Key, played: Sequence[str]) -> None:
    while not (key.when() if key.when else played):
        await leg.listen(_LOOK_SECONDS)
    while not await _is(key):
        said, waited = len(played), 0.0
        await leg.press(key.keys)
        while len(played) < said + _SOUNDS and waited < key.again_seconds and not await _is(key):
            await leg.listen(_LOOK_SECONDS)
            waited += _LOOK_SECONDS


async def _is(key: Key) -> bool:
    taken = key.taken()
    return taken if isinstance(taken, bool) else await taken


def at_once() -> bool:
    """Do not wait for a sentence."""
    return True
