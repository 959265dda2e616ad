"""How an ended call comes into a CRM that keeps a log of calls: on its customer's card, which is made by rule."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from crm_bridge.crm.errors import CrmMissing, CrmRefused
from crm_bridge.crm.links import Links
from crm_bridge.crm.plugin.gateway import CallLog, PlacesCalls
from crm_bridge.crm.policy.messages import CallMessage
from crm_bridge.crm.policy.rules import owner_of
from crm_bridge.crm.policy.types import Contact
from crm_bridge.crm.sync.parts import with_somebody
from crm_bridge.crm.sync.policy import Policy
from crm_bridge.crm.sync.tasks import NO_PLACE
from crm_bridge.outbox.pace import is_urgent
from crm_bridge.outbox.store import Message
from crm_bridge.schemas import CallShape


class LoggedCalls:
    """One CRM's calls."""

    recordings_apart = False

    def __init__(self, gateway: CallLog, links: Links, policy: Policy) -> None:
        self._gateway = gateway
        self._links = links
        self._policy = policy

    async def goes_on(self, news: CallMessage, message: Message, now: datetime) -> str:
        """Tell nothing of a call that is not over; gives a note for the delivery log."""
        del news, message, now
        return NO_PLACE

    async def about(self, call: CallShape) -> Contact | None:
        """Return what the call belongs to; make a lead where nobody is known, or None where no rule wants one."""
        links = await self._links.of(call.call_id)
        if "record" in links:
            return Contact(links["record"], "", links.get("owner", ""), "")
        placed = await self._placed(call, links)
        if placed is not None:
            return await self._remembered(call, placed)
        # What happens now waits behind no backlog's call of the same customer, unless they may have to be made known.
        found = await self._gateway.find(call.customer) if is_urgent() else None
        if found is None:
            async with self._links.alone(call.customer):  # two calls of somebody new must not make two of them
                found = await self._gateway.find(call.customer) or await self._lead(call, links)
        return None if found is None else await self._remembered(call, found)

    async def _remembered(self, call: CallShape, found: Contact) -> Contact:
        if found.owner:
            await self._links.mark(call.call_id, "owner", found.owner)
        await self._links.keep(call.call_id, "record", found.crm_id)
        return found

    async def _placed(self, call: CallShape, links: Mapping[str, str]) -> Contact | None:
        """Let the CRM find the customer of a backlog's call as it takes it; None if that gives nobody."""
        if not isinstance(self._gateway, PlacesCalls) or is_urgent() or "call?" in links or "call" in links:
            return None
        gateway, recording = self._gateway, await self._links.waiting_recording(call.call_id)
        url = await self._policy.link(recording) if recording else ""
        await self._links.mark(call.call_id, "call?", "tried")
        try:
            user = self._policy.staff.whose(call)
            made = await with_somebody(self._policy.owners(user), lambda it: gateway.place_call(call, it, url))
        except CrmRefused:
            made = None  # as a part of the message it will be refused once more, and written down
        if made is None:
            await self._links.drop(call.call_id, ["call?"])
            return None
        await self._links.keep(call.call_id, "call", made.crm_id)
        if url:
            await self._links.mark(call.call_id, "linked", str(recording))
        return made.about

    async def write(self, call: CallShape, about: Contact) -> tuple[Contact, str]:
        """Write the call down; gives the card that it stands on at last, and its id."""
        return await self.on_its_card(call, about, self._write)

    async def lead_is_there(self, call: CallShape, about: Contact) -> None:
        """It is: `about` made it."""

    async def on_its_card(
        self, call: CallShape, about: Contact, work: Callable[[CallShape, Contact], Awaitable[str]]
    ) -> tuple[Contact, str]:
        """Do something on the customer's card; where that is gone (deleted, merged), find another or make one."""
        try:
            return about, await work(call, about)
        except CrmMissing:
            another = await self._another(call)
            if another is None or another.crm_id == about.crm_id:
                raise
            return another, await work(call, another)

    async def _write(self, call: CallShape, about: Contact) -> str:
        user = self._policy.staff.whose(call)
        return await self._links.once(
            call.call_id,
            "call",
            lambda: with_somebody(self._policy.owners(user), lambda it: self._gateway.put_call(call, about.crm_id, it)),
            lambda: self._gateway.seek_call(call, about.crm_id),
            look_first=self._gateway.looks_first,
        )

    async def _another(self, call: CallShape) -> Contact | None:
        """Forget the card that we knew, which may be deleted or merged: find the customer anew, or make them known."""
        await self._links.drop(call.call_id, ["record", "record?", "owner"])
        await self._links.drop(call.customer, ["lead"])
        return await self.about(call)

    async def _lead(self, call: CallShape, links: Mapping[str, str]) -> Contact | None:
        rule = self._policy.rule_of(call)
        if rule is None:
            return None
        if "record?" in links:
            made = await self._gateway.seek_lead(call)
            if made is not None:
                return made
        lately, _, owner = (await self._links.lately(call.customer, "lead")).partition(" ")
        if lately:  # the CRM's search may not know yet whom we have just made
            return Contact(lately, "", owner, "")
        turn = await self._links.turn(rule.name) if len(rule.owners) > 1 else 0
        owner = owner_of(rule, self._policy.staff.whose(call), turn)
        await self._links.mark(call.call_id, "record?", "tried")
        made = await with_somebody(self._policy.owners(owner), lambda it: self._gateway.put_lead(call, it, rule))
        if self._gateway.makes_people:
            await self._links.mark(call.customer, "lead", f"{made.crm_id} {made.owner}")
        return made
