"""What people wrote on a call, beside the call in a CRM: one text, always the whole of it, so that the last word wins.

Repeating a message writes the same text into the same place: nothing is doubled. A dead letter that is replayed when a
later one was told already changes nothing. Who deletes the text in the CRM gets it back with the next change.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from crm_bridge.crm.errors import CrmMissing, NotAsked
from crm_bridge.crm.links import Links
from crm_bridge.crm.plugin.gateway import Gateway
from crm_bridge.crm.policy import texts
from crm_bridge.crm.policy.messages import NotesMessage
from crm_bridge.crm.sync.tasks import NO_PLACE
from crm_bridge.crm.sync.waiting import NEVER_TOLD, told_call
from crm_bridge.outbox.store import Message

ROLE = "notes"
_UP_TO = "noted"
"""The mark that says up to when what was written is told."""


class Noting:
    """One CRM's notes."""

    def __init__(self, gateway: Gateway, links: Links, zone: ZoneInfo) -> None:
        self._gateway = gateway
        self._links = links
        self._zone = zone

    async def told(self, news: NotesMessage, message: Message, now: datetime) -> str:
        """Return what was written; gives a note for the delivery log.

        Raises:
            CrmWaits: its call was not told yet.
            CrmRefused: its call is a dead letter.
        """
        links = await told_call(self._links, news.call_id, message, now)
        if links is None:
            return NEVER_TOLD
        about = links.get("record", "")
        if not about:
            return NO_PLACE
        if _UP_TO in links and news.at < datetime.fromisoformat(links[_UP_TO]):
            return NotAsked("a later state was told already")
        lines = texts.notes(news.notes, self._zone)
        written = await self._put(news.call_id, about, links, lines)
        await self._links.mark(news.call_id, _UP_TO, news.at.isoformat())
        return written or NO_PLACE

    async def _put(self, call_id: str, about: str, links: Mapping[str, str], lines: Sequence[str]) -> str:
        if ROLE in links and await self._changed(call_id, about, links[ROLE], lines):
            return links[ROLE]
        return await self._write(call_id, about, links.get("call", ""), lines)

    async def _write(self, call_id: str, about: str, crm_call: str, lines: Sequence[str]) -> str:
        tried = f"{ROLE}?" in await self._links.of(call_id)
        found = await self._gateway.seek_notes(call_id, about) if tried or self._gateway.looks_first else ""
        if found:
            await self._links.keep(call_id, ROLE, found)
            if await self._changed(call_id, about, found, lines):
                return found
        await self._links.mark(call_id, f"{ROLE}?", "tried")
        made = await self._gateway.put_notes(call_id, about, crm_call, lines)
        if made:
            await self._links.keep(call_id, ROLE, made)
        return made

    async def _changed(self, call_id: str, about: str, written: str, lines: Sequence[str]) -> bool:
        """Write them anew; False if somebody deleted them."""
        try:
            await self._gateway.change_notes(call_id, about, written, lines)
        except CrmMissing:
            await self._links.drop(call_id, [ROLE])
            return False
        return True
