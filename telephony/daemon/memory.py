"""Memory that is free goes back to the kernel, so that a busy minute does not show for ever.

glibc keeps what was freed below the highest piece in use; over hundreds of thousands of calls that was 6 MB in which
nothing lay. Another libc has no such call, and its own ways.
"""

import asyncio
import ctypes
from typing import Final

_EVERY_SECONDS: Final = 60.0


def give_back() -> bool:
    """Return it back; False if this libc cannot be asked. Takes some milliseconds, and holds up no other thread."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is None:
        return False
    trim(0)
    return True


async def give_back_for_ever(every_seconds: float = _EVERY_SECONDS) -> None:
    """Give it back again and again until cancelled."""
    if not await asyncio.to_thread(give_back):
        await asyncio.Event().wait()
    while True:
        await asyncio.sleep(every_seconds)
        await asyncio.to_thread(give_back)
