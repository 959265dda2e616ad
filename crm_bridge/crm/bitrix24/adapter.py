"""What is told to Bitrix24, in which order: it has cards to show, and makes its leads itself."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import aiohttp

from crm_bridge.api.ports import Dialler
from crm_bridge.crm.bitrix24 import mapping
from crm_bridge.crm.bitrix24.clicks import Clicked
from crm_bridge.crm.bitrix24.client import BitrixClient
from crm_bridge.crm.bitrix24.events import Click
from crm_bridge.crm.bitrix24.gateway import BitrixGateway
from crm_bridge.crm.bitrix24.mapping import Values
from crm_bridge.crm.erasure import Erasing
from crm_bridge.crm.errors import CrmError, CrmMissing, CrmRefused, answer
from crm_bridge.crm.links import Links
from crm_bridge.crm.notes import Noting
from crm_bridge.crm.parts import Parts, with_somebody
from crm_bridge.crm.policy.follow_ups import FollowUp, duty_of, is_told
from crm_bridge.crm.policy.messages import (
    CallbackMessage,
    CallMessage,
    ErasureMessage,
    NotesMessage,
    RecordingMessage,
    news_of,
)
from crm_bridge.crm.policy.rules import LeadRule, owner_of, rule_for
from crm_bridge.crm.policy.types import Contact, CrmFinding, KeptCall
from crm_bridge.crm.sync import A_COLLEAGUE, Policy
from crm_bridge.crm.tasks import NO_PLACE, Tasks
from crm_bridge.crm.transport.http import pages
from crm_bridge.crm.waiting import NEVER_TOLD, told_call
from crm_bridge.outbox.lifecycle import Answer
from crm_bridge.outbox.store import Message
from crm_bridge.schemas import CallShape
from telephony.model import CallKind, Direction, Disposition

_PAGE = 50
_AS, _FINISHING, _NO_LEAD = "as", "finished?", "lead!"
"""Marks: as whose call it was registered, that finishing it was tried, why there is no lead."""
_CARDS = frozenset({"call.ringing", "call.answered"})
_CARD_LIVES = timedelta(minutes=2)
_PLAYABLE = frozenset({"mp3", "wav"})


class BitrixAdapter:
    """One company's portal. Its `Policy` must name a default user: Bitrix24 wants a user for every call."""

    def __init__(self, client: BitrixClient, links: Links, policy: Policy) -> None:
        self._bitrix = client
        self._links = links
        self._policy = policy
        self._staff = policy.staff
        gateway = BitrixGateway(client)
        self._tasks = Tasks(gateway, links, policy.zone)
        self._notes = Noting(gateway, links, policy.zone)
        self._erasing = Erasing(gateway, links.copies)
        self._clicks = Clicked(client, links, policy.staff, policy.region)

    async def send(self, message: Message, now: datetime) -> Answer:
        """Tell Bitrix24 one thing."""
        return await answer(self._told(message, now))

    async def _told(self, message: Message, now: datetime) -> str:
        if message.kind in _CARDS and now - message.created_at > _CARD_LIVES:
            return "too late for a card"  # after an outage; the call's end tells all that is left to tell
        match news_of(message):
            case CallMessage() as news:
                return await self._of_call(news, now)
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

    async def _of_call(self, news: CallMessage, now: datetime) -> str:
        if not is_told(news.call):
            return "an internal call or a hidden caller: nothing to tell"
        if await self._links.is_our_own(news.call.customer, self._policy.region):
            return A_COLLEAGUE
        if news.is_end:
            return await self._ended(news.call, now)
        match news.kind:
            case "call.ringing":
                return await self._ringing(news.call, news.ringing)
            case "call.answered":
                return await self._answered(news.call)
            case _:
                return NO_PLACE

    async def find(self, number: str) -> Contact | None:
        """Look a caller up by number."""
        found = await self._bitrix.call("telephony.externalCall.searchCrmEntities", PHONE_NUMBER=number)
        return mapping.contact(found, self._staff)

    async def _ringing(self, call: CallShape, number: str) -> str:
        """Register at the first ring; show the card to each whose phone rings."""
        user = self._staff.user(number)
        crm_id = await self._registered(call, user)
        links = await self._links.of(call.call_id)
        shown = links.get("shown", "").split()
        if not user or user in shown or call.direction is not Direction.INBOUND:
            return crm_id
        await self._bitrix.call("telephony.externalCall.show", CALL_ID=crm_id, USER_ID=[int(user)])
        await self._links.mark(call.call_id, "shown", " ".join([*shown, user]))
        return f"{crm_id} shown to {user}"

    async def _registered(self, call: CallShape, user: str) -> str:
        """Give Bitrix24's id of the call, registering it if that was not done yet; again gives the same id there."""
        links = await self._links.of(call.call_id)
        crm_id = links.get("call") or await self._clicks.opened(call, user)
        if crm_id:
            return crm_id
        async with self._links.alone(call.customer):  # two calls of somebody new must not make two of them
            return await self._register(call, user)

    async def _register(self, call: CallShape, user: str) -> str:
        rule = rule_for(self._policy.rules, call.dialed, Disposition.ANSWERED, self._policy.region)
        wanted = rule is not None and not self._policy.is_never_a_lead(call.customer)
        create = wanted and call.direction is Direction.INBOUND
        links = await self._links.of(call.call_id)
        first = links.get(_AS) or user or await self._owner(call, rule)

        async def registered(owner: str) -> Values:
            # A call is found again by its user, too: registered as another's after a lost answer, it would be a second.
            await self._links.mark(call.call_id, _AS, owner)
            values = mapping.registration(call, user=owner, create=create)
            told: Values = await self._bitrix.call("telephony.externalCall.register", **values)
            return told

        told = await with_somebody(self._users(first), registered)
        await self._links.keep(call.call_id, "call", str(told["CALL_ID"]))
        if told.get("LEAD_CREATION_ERROR"):
            await self._links.mark(call.call_id, _NO_LEAD, str(told["LEAD_CREATION_ERROR"]))
        found = mapping.entity(told)
        if found is not None:
            await self._links.keep(call.call_id, "entity", ":".join(found))
        return str(told["CALL_ID"])

    async def clicked(self, click: Click, dialler: Dialler) -> None:
        """Dial what somebody clicked on, once; see `Clicked.dial`."""
        await self._clicks.dial(click, dialler)

    async def _owner(self, call: CallShape, rule: LeadRule | None) -> str:
        """Name a user for a call that rang nobody's phone: the customer's own, the rule's next, the default."""
        known = await self.find(call.customer)
        if known is not None and known.owner:
            return known.owner
        turn = await self._links.turn(rule.name) if rule is not None and len(rule.owners) > 1 else 0
        return (owner_of(rule, "", turn) if rule is not None else "") or self._policy.default_user

    async def _answered(self, call: CallShape) -> str:
        """Hide the card from those who did not answer."""
        links = await self._links.of(call.call_id)
        answered_by = self._staff.who_answered(call)
        others = [int(user) for user in links.get("shown", "").split() if user != answered_by]
        if "call" not in links or not others:
            return "nobody else has a card"
        await self._bitrix.call("telephony.externalCall.hide", CALL_ID=links["call"], USER_ID=others)
        return f"hidden from {len(others)}"

    async def _ended(self, call: CallShape, now: datetime) -> str:
        user = self._staff.whose(call)
        crm_id = await self._registered(call, user)
        links = await self._links.of(call.call_id)
        if "finished" not in links:
            activity = await self._finish(call, crm_id, user or await self._owner(call, None), links)
            await self._links.keep(call.call_id, "finished", activity)
        if call.kind is CallKind.CLICK_TO_CALL:
            await self._clicks.forget(call.customer, crm_id)
        await self._links.mark(call.call_id, "told", "told")
        parts = Parts(self._links, call.call_id)
        await parts.do("lead", lambda: self._lead_is_there(call, links))
        await parts.do("task", lambda: self._duty(call, links.get("entity", ""), now))
        await parts.settle()
        return crm_id

    async def _finish(self, call: CallShape, crm_id: str, user: str, links: Mapping[str, str]) -> str:
        """Finish the call, and give its activity; one that a try before has finished is not found any more."""
        await self._links.mark(call.call_id, _FINISHING, "tried")

        async def finished(owner: str) -> Values:
            values = mapping.finish(call, crm_id=crm_id, user=owner)
            told: Values = await self._bitrix.call("telephony.externalCall.finish", **values)
            return told

        try:
            told = await with_somebody(self._users(user, links.get(_AS, "")), finished)
        except CrmMissing:
            if _FINISHING not in links:
                raise
            return crm_id
        return str(told.get("CRM_ACTIVITY_ID") or crm_id)

    async def _lead_is_there(self, call: CallShape, links: Mapping[str, str]) -> None:
        """Raise what Bitrix24 said when it could not make the lead, for as long as nobody knows the caller."""
        why = links.get(_NO_LEAD)
        if why and "entity" not in links and await self.find(call.customer) is None:
            raise CrmRefused(f"Bitrix24 could not make the lead: {why}")

    def _users(self, *best: str) -> list[str]:
        """Give the users that a call may be told as, the best first; Bitrix24 wants one for everything."""
        return [user for user in (*best, self._policy.default_user) if user]

    async def _duty(self, call: CallShape, entity: str, now: datetime) -> None:
        """Give the owner something to do: a missed call, or a call that somebody else answered."""
        known = await self.find(call.customer)
        owner = known.owner if known else ""
        about = entity or (known.crm_id if known else "")
        if about and not entity:
            await self._links.keep(call.call_id, "entity", about)  # what people write on the call goes there
        duty = duty_of(call, talked=self._staff.whose(call), owner=owner, now=now)
        if duty is not None:
            await self._give(call, about, duty, known)

    async def _give(self, call: CallShape, about: str, duty: FollowUp, known: Contact | None) -> None:
        """Give the duty on its entity, or on the customer's other one where that is gone."""
        users = self._users(duty.owner)
        try:
            await self._tasks.give(call.customer, about, duty, users)
        except CrmMissing:
            if known is None or known.crm_id == about:
                raise
            await self._links.keep(call.call_id, "entity", known.crm_id)
            await self._tasks.give(call.customer, known.crm_id, duty, users)

    async def _recorded(self, news: RecordingMessage, message: Message, now: datetime) -> str:
        links = await told_call(self._links, news.call_id, message, now)
        if links is None:
            return NEVER_TOLD
        recording = news.longest
        if recording.format not in _PLAYABLE:
            return f"Bitrix24 plays mp3 and wav, not {recording.format}"
        url = await self._policy.link(recording.recording_id)
        if not url:
            return NO_PLACE
        values = mapping.record(links["call"], news.call_id, recording.format, url)
        await self._links.keep(news.call_id, "recording", links["call"])
        await self._bitrix.call("telephony.externalCall.attachRecord", **values)  # again replaces it
        return "the recording's link"

    async def examine(self) -> list[CrmFinding]:
        """Try the address and the rights."""
        findings: list[CrmFinding] = []
        for what, method, cure in _STEPS:
            try:
                await self._bitrix.call(method)
            except (CrmError, aiohttp.ClientError, TimeoutError, OSError) as error:
                return [*findings, CrmFinding(what, f"{type(error).__name__}: {error}", cure)]
            findings.append(CrmFinding(what, "well"))
        return findings

    async def kept_calls(self, since: datetime, until: datetime) -> list[KeptCall]:
        """List our calls of a span; Bitrix24 gives 50 a page."""
        kept: list[KeptCall] = []
        # Its times are the portal's own: a day more on both sides, and the audit looks at call ids.
        span = {
            ">=CALL_START_DATE": (since - timedelta(days=1)).isoformat(timespec="seconds"),
            "<CALL_START_DATE": (until + timedelta(days=1)).isoformat(timespec="seconds"),
        }
        for page in pages():
            rows = await self._bitrix.call("voximplant.statistic.get", FILTER=span, start=(page - 1) * _PAGE)
            kept += mapping.kept(rows)
            if len(rows) != _PAGE:
                break
        return kept


_STEPS = (
    ("address and key", "profile", "check `url`: an inbound webhook's address, or https://PORTAL/rest"),
    ("telephony", "telephony.externalLine.get", "give the webhook or application the right `telephony`"),
    ("crm", "crm.lead.fields", "give the webhook or application the right `crm`"),
)
