"""Taking back from a CRM what we made there for a number that was erased.

What is ours goes: calls, notes, tasks, recordings. A person's card, lead or deal stays and is listed for a human, also
if we made it: somebody may have worked on it since, and no API tells us for sure that nobody did. Each copy's fate is
written down as soon as it is known, so that a message which is sent again goes on where it was interrupted.
"""

from collections.abc import Sequence
from typing import Final

import structlog

from crm_bridge.crm.errors import CrmMissing, CrmRefused
from crm_bridge.crm.links import ErasedCopies, ErasedCopy
from crm_bridge.crm.plugin.gateway import Gateway
from crm_bridge.crm.policy.messages import ErasureMessage
from crm_bridge.crm.policy.types import CopyState, Fate, Trace

_log = structlog.get_logger(__name__)

CARDS: Final = frozenset({"record", "contact", "lead"})
"""The roles of what is not ours to delete: people, companies, leads, deals."""
CARD: Final = "a card: Ringback deletes no people, leads or deals, also none that it made; see to it by hand"
LOST_CARD: Final = "a card may have been made whose id we were never told: look for the number"
_ORDER: Final = ("recording", "notes", "task", "review", "call", "finished")
"""What goes first: the sound, then what stands on the call, then the call."""


class Erasing:
    """One CRM's."""

    def __init__(self, gateway: Gateway, copies: ErasedCopies) -> None:
        self._gateway = gateway
        self._copies = copies

    async def told(self, news: ErasureMessage) -> str:
        """Delete what belongs to one call; gives a note for the delivery log.

        Raises:
            CrmRefused: the CRM refused some; the others are done.
            CrmError: it could not be done now; what is done is written down.
        """
        copies = await self._copies.of(news.erasure, news.call_id)
        known = {copy.role: copy.crm_id for copy in copies}
        about = known.get("record", "")
        fates = [
            (copy, await self._settled(copy, Trace(copy.role, copy.crm_id, news.call_id, about, known.get("call", ""))))
            for copy in sorted(copies, key=_place)
            if copy.is_open
        ]
        refused = [f"{copy.role} {copy.crm_id}: {fate.why}" for copy, fate in fates if fate.state is CopyState.REFUSED]
        counts = _count([fate for _, fate in fates])
        _log.info("crm.copies_erased", erasure=news.erasure, told=counts)
        if refused:
            raise CrmRefused("; ".join(refused))
        return counts

    async def _settled(self, copy: ErasedCopy, trace: Trace) -> Fate:
        fate = await self._fate(trace)
        await self._copies.settle(copy, fate.state, fate.why)
        return fate

    async def _fate(self, trace: Trace) -> Fate:
        if trace.role in CARDS:
            return Fate(CopyState.KEPT, CARD if trace.crm_id else LOST_CARD)
        try:
            return await self._gateway.erase(trace)
        except CrmMissing:
            return Fate(CopyState.GONE)
        except CrmRefused as error:
            return Fate(CopyState.REFUSED, str(error))


def _place(copy: ErasedCopy) -> tuple[int, int]:
    return (_ORDER.index(copy.role) if copy.role in _ORDER else -1, copy.copy)


def _count(fates: Sequence[Fate]) -> str:
    counted = {state: sum(fate.state is state for fate in fates) for state in CopyState}
    return ", ".join(f"{number} {state}" for state, number in counted.items() if number) or "nothing was left to do"
