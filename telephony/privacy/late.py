"""Erasing what comes in after its erasure: the loop that looks for it.

A call may reach the ledger after its customer was erased: it waited in a spool, or is read from CEL. The ledger
hook of `Privacy` notes such a number in the call's own transaction, and here it is erased once more, with all that goes
with an erasure. Nobody has to know of it; the log of erasures names the one that it came too late for.
"""

import asyncio
from typing import Final

from telephony.postgres.patience import Patience
from telephony.privacy.operations import Privacy

_LOOK_SECONDS: Final = 20.0


class LateErasures:
    """Run it as a task."""

    def __init__(self, privacy: Privacy) -> None:
        self._privacy = privacy
        self._patience = Patience("late erasures")

    async def run(self) -> None:
        """Look again and again until cancelled."""
        await self._patience.forever(self._turn)

    async def _turn(self) -> None:
        await self._privacy.erase_late()
        self._patience.well()
        await asyncio.sleep(_LOOK_SECONDS)
