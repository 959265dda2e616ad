"""Notes that stand in the call itself, for a CRM that has no other place for them."""

import contextlib
from collections.abc import Sequence
from typing import Protocol

from crm_bridge.crm.errors import CrmMissing


class _Writes(Protocol):
    async def change_notes(self, call_id: str, about: str, written: str, lines: Sequence[str]) -> None: ...


class NotesInCall:
    """A part of a gateway whose ``change_notes`` writes them into the call; their id is the call's."""

    async def put_notes(self: _Writes, call_id: str, about: str, crm_call: str, lines: Sequence[str]) -> str:
        """Write them into the call; a call that is not there has no place for them."""
        with contextlib.suppress(CrmMissing):
            if crm_call:
                await self.change_notes(call_id, about, crm_call, lines)
                return crm_call
        return ""

    async def seek_notes(self, call_id: str, about: str) -> str:
        """There is nothing to look for: they stand in the call."""
        del call_id, about
        return ""
