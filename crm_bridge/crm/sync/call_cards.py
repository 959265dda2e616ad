"""How a call comes into a CRM with cards: opened at the first ring, shown and hidden, finished when it is over.

The CRM makes its leads itself, as it opens a call; what we know of the card we are given then, or find by number.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from crm_bridge.crm.errors import CrmMissing, CrmRefused, NotAsked
from crm_bridge.crm.links import Links
from crm_bridge.crm.plugin.gateway import CallCards, OpenedCall
from crm_bridge.crm.policy.messages import CallMessage
from crm_bridge.crm.policy.rules import LeadRule, owner_of
from crm_bridge.crm.policy.types import Contact
from crm_bridge.crm.sync.parts import with_somebody
from crm_bridge.crm.sync.policy import Policy
from crm_bridge.crm.sync.tasks import NO_PLACE
from crm_bridge.outbox.pace import is_urgent
from crm_bridge.outbox.store import Message
from crm_bridge.schemas import CallShape
from telephony.model import Direction

_AS, _FINISHED, _NO_LEAD = "as", "finished", "lead!"
"""As whose call it was opened; what finishing it made; why there is no lead."""
_CARD_LIVES: Final = timedelta(minutes=2)


class CardCalls:
    """One CRM's calls."""

    recordings_apart = True

    def __init__(self, gateway: CallCards, links: Links, policy: Policy) -> None:
        self._gateway = gateway
        self._links = links
        self._policy = policy

    async def goes_on(self, news: CallMessage, message: Message, now: datetime) -> str:
        """Tell of a call that is not over; gives a note for the delivery log."""
        if now - message.created_at > _CARD_LIVES:
            return NotAsked("too late for a card")  # after an outage; the call's end tells all that is left to tell
        match news.kind:
            case "call.ringing":
                return await self._ringing(news.call, news.ringing)
            case "call.answered":
                return await self._answered(news.call)
            case _:
                return NO_PLACE

    async def _ringing(self, call: CallShape, number: str) -> str:
        """Open the call at the first ring; show the card to each whose phone rings."""
        user = self._policy.staff.user(number)
        rule = self._policy.rule_while_it_rings(call)
        if isinstance(rule, str) and await self._gateway.find(call.customer) is None:
            return "somebody unknown, and the rules ask how the call goes: it is told at its end"
        crm_id = await self._opened(call, user, None if isinstance(rule, str) else rule)
        links = await self._links.of(call.call_id)
        shown = links.get("shown", "").split()
        if not user or user in shown or call.direction is not Direction.INBOUND:
            return crm_id
        await self._gateway.show_card(crm_id, user)
        await self._links.mark(call.call_id, "shown", " ".join([*shown, user]))
        return f"{crm_id} shown to {user}"

    async def _answered(self, call: CallShape) -> str:
        """Hide the card from those who did not answer."""
        links = await self._links.of(call.call_id)
        answered_by = self._policy.staff.who_answered(call)
        others = [user for user in links.get("shown", "").split() if user != answered_by]
        if "call" not in links or not others:
            return NotAsked("nobody else has a card")
        await self._gateway.hide_card(links["call"], others)
        return f"hidden from {len(others)}"

    async def about(self, call: CallShape) -> Contact:
        """Open the call if nobody did, and give its card, with no id where there is none."""
        await self._opened(call, self._policy.staff.whose(call), self._policy.rule_of(call))
        return await self._card(call)

    async def _card(self, call: CallShape) -> Contact:
        links = await self._links.of(call.call_id)
        known = await self._gateway.find(call.customer)
        about = links.get("record", "") or (known.crm_id if known else "")
        if about and "record" not in links:
            await self._links.keep(call.call_id, "record", about)  # what people write on the call goes there
        return Contact(about, "", known.owner if known else "", "")

    async def write(self, call: CallShape, about: Contact) -> tuple[Contact, str]:
        """Finish the call; gives its card, and the id of the call."""
        links = await self._links.of(call.call_id)
        crm_id = links["call"]
        if _FINISHED not in links:
            made = await self._finish(call, crm_id, links)
            await self._links.keep(call.call_id, _FINISHED, made or crm_id)
        await self._gateway.ended(call, crm_id)
        return about, crm_id

    async def lead_is_there(self, call: CallShape, about: Contact) -> None:
        """See to it that a lead which the CRM could not make is heard of, for as long as nobody knows the caller.

        Raises:
            CrmRefused: in the CRM's words.
        """
        why = (await self._links.of(call.call_id)).get(_NO_LEAD)
        if why and not about.crm_id:
            raise CrmRefused(f"the lead could not be made: {why}")

    async def on_its_card(
        self, call: CallShape, about: Contact, work: Callable[[CallShape, Contact], Awaitable[str]]
    ) -> tuple[Contact, str]:
        """Do something on the customer's card; where that is gone, on the other one that they have."""
        try:
            return about, await work(call, about)
        except CrmMissing:
            await self._links.drop(call.call_id, ["record"])
            another = await self._card(call)
            if another.crm_id in {"", about.crm_id}:
                raise
            return another, await work(call, another)

    async def _finish(self, call: CallShape, crm_id: str, links: Mapping[str, str]) -> str:
        """Finish the call; one that a try before has finished is not open any more."""
        await self._links.mark(call.call_id, f"{_FINISHED}?", "tried")
        user = self._policy.staff.whose(call) or await self._owner(call, None)
        try:
            return await with_somebody(
                self._policy.owners(user, links.get(_AS, "")), lambda it: self._gateway.finish_call(call, crm_id, it)
            )
        except CrmMissing:
            if f"{_FINISHED}?" not in links:
                raise
            return ""

    async def _opened(self, call: CallShape, user: str, rule: LeadRule | None) -> str:
        """Return the CRM's id of the call, opening it if that was not done yet."""
        links = await self._links.of(call.call_id)
        crm_id = links.get("call") or await self._gateway.opened_before(call, user)
        if crm_id:
            return crm_id
        if rule is None or await self._need_not_wait(call.customer):
            return await self._open(call, user, rule)
        async with self._links.alone(call.customer):  # two calls of somebody new must not make two of them
            return await self._open(call, user, rule)

    async def _need_not_wait(self, customer: str) -> bool:
        """Return whether a phone that rings now waits behind no backlog's call of the same customer: they are known."""
        return is_urgent() and await self._links.is_taken(customer) and await self._gateway.find(customer) is not None

    async def _open(self, call: CallShape, user: str, rule: LeadRule | None) -> str:
        links = await self._links.of(call.call_id)
        first = links.get(_AS) or user or await self._owner(call, rule)

        async def opened(owner: str) -> OpenedCall:
            # A call is found again by its user, too: opened as another's after a lost answer, it would be a second.
            await self._links.mark(call.call_id, _AS, owner)
            return await self._gateway.open_call(call, owner, lead=rule is not None)

        made = await with_somebody(self._policy.owners(first), opened)
        await self._links.keep(call.call_id, "call", made.crm_id)
        if made.no_lead:
            await self._links.mark(call.call_id, _NO_LEAD, made.no_lead)
        if made.about:
            await self._links.keep(call.call_id, "record", made.about)
        return made.crm_id

    async def _owner(self, call: CallShape, rule: LeadRule | None) -> str:
        """Name a user for a call that rang nobody's phone: the customer's own, the rule's next, the default."""
        known = await self._gateway.find(call.customer)
        if known is not None and known.owner:
            return known.owner
        turn = await self._links.turn(rule.name) if rule is not None and len(rule.owners) > 1 else 0
        return (owner_of(rule, "", turn) if rule is not None else "") or self._policy.default_user
