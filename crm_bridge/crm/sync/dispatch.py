"""One message of the outbox to whoever deals with it, the same for every CRM."""

from datetime import datetime
from typing import Final

from crm_bridge.crm.errors import NotAsked, answer
from crm_bridge.crm.links import Links
from crm_bridge.crm.plugin.gateway import CallCards, CallLog
from crm_bridge.crm.policy.follow_ups import duty_of, is_told
from crm_bridge.crm.policy.messages import (
    CallbackMessage,
    CallMessage,
    ErasureMessage,
    NotesMessage,
    RecordingMessage,
    news_of,
)
from crm_bridge.crm.policy.types import Contact
from crm_bridge.crm.sync.call_cards import CardCalls
from crm_bridge.crm.sync.call_log import LoggedCalls
from crm_bridge.crm.sync.erasure import Erasing
from crm_bridge.crm.sync.notes import Noting
from crm_bridge.crm.sync.parts import Parts
from crm_bridge.crm.sync.policy import Policy
from crm_bridge.crm.sync.tasks import NO_PLACE, Tasks
from crm_bridge.crm.sync.waiting import NEVER_TOLD, told_call
from crm_bridge.outbox.lifecycle import Answer
from crm_bridge.outbox.store import Message
from crm_bridge.schemas import CallShape

A_COLLEAGUE: Final = NotAsked("the mobile of one of our managers: no customer")

AnyGateway = CallLog | CallCards
"""A CRM of either form."""


class CrmSync:
    """An outbox target: tells one CRM."""

    def __init__(self, gateway: AnyGateway, links: Links, policy: Policy) -> None:
        self.gateway = gateway
        self._links = links
        self._policy = policy
        self._calls = _calls(gateway, links, policy)
        self._tasks = Tasks(gateway, links, policy.zone)
        self._notes = Noting(gateway, links, policy.zone)
        self._erasing = Erasing(gateway, links.copies)

    async def send(self, message: Message, now: datetime) -> Answer:
        """Return one message."""
        return await answer(self._told(message, now))

    async def _told(self, message: Message, now: datetime) -> str:
        match news_of(message):
            case CallMessage() as news:
                return await self._of_call(news, message, now)
            case RecordingMessage() as news:
                return await self._recorded(news, message, now)
            case CallbackMessage() as news:
                return await self._tasks.called_back(news, message, now)
            case NotesMessage() as news:
                return await self._notes.told(news, message, now)
            case ErasureMessage() as news:
                return await self._erasing.told(news)
            case _:
                return NO_PLACE

    async def _of_call(self, news: CallMessage, message: Message, now: datetime) -> str:
        if not is_told(news.call):
            return NotAsked("an internal call or a hidden caller: nothing to tell")
        if await self._links.is_our_own(news.call.customer, self._policy.region):
            return A_COLLEAGUE
        if news.is_end:
            return await self._ended(news.call, now)
        return await self._calls.goes_on(news, message, now)

    async def _ended(self, call: CallShape, now: datetime) -> str:
        about = await self._calls.about(call)
        if about is None:
            await self._links.mark(call.call_id, "told", "nothing")
            return "an unknown caller for whom no rule makes a lead"
        parts = Parts(self._links, call.call_id)
        known = about
        written = await parts.do("call", lambda: self._calls.write(call, known))
        if written is not None:
            await self._links.mark(call.call_id, "told", "told")
            known = written[0]

        await parts.do("lead", lambda: self._calls.lead_is_there(call, known))

        async def follow_up(call: CallShape, card: Contact) -> str:
            return await self._follow_up(call, card, now)

        await parts.do("task", lambda: self._calls.on_its_card(call, known, follow_up))
        await parts.settle()
        return f"{known.crm_id} {written[1] if written else ''}".strip()

    async def _follow_up(self, call: CallShape, about: Contact, now: datetime) -> str:
        duty = duty_of(call, talked=self._policy.staff.whose(call), owner=about.owner, now=now)
        if duty is None:
            return ""
        return await self._tasks.give(call.customer, about.crm_id, duty, self._policy.owners(duty.owner))

    async def _recorded(self, news: RecordingMessage, message: Message, now: datetime) -> str:
        links = await told_call(self._links, news.call_id, message, now)
        if links is None:
            return NEVER_TOLD
        about, crm_call, recording = links.get("record", ""), links.get("call", ""), news.longest
        if links.get("linked") == str(recording.recording_id):
            return NotAsked("the recording's link stands in the call")
        url = await self._policy.link(recording.recording_id)
        if not url or not (about or crm_call):
            return NO_PLACE
        if self.gateway.plays and recording.format not in self.gateway.plays:
            return NotAsked(f"it plays {' and '.join(sorted(self.gateway.plays))}, not {recording.format}")
        if self._calls.recordings_apart:
            await self._links.keep(news.call_id, "recording", crm_call)
        await self.gateway.put_recording(news.call_id, about, crm_call, url, recording.format)
        return "the recording's link"


def _calls(gateway: AnyGateway, links: Links, policy: Policy) -> CardCalls | LoggedCalls:
    if isinstance(gateway, CallCards):
        return CardCalls(gateway, links, policy)
    return LoggedCalls(gateway, links, policy)
