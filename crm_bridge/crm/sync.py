"""What a CRM is told of a call, in which order; how is each CRM's own `Desk`.

An ended call: whose customer is it (a lead by rule, if nobody's) - the call itself - what it leaves to do. Then the
recording, when it can be played, and what people wrote on it; then what became of the callback. Each thing is made
once, however often its message is sent: ids are kept as soon as they are told, and a try whose answer was lost is
looked for before it is repeated.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

from crm_bridge.crm.erasure import Erasing, ErasureGateway
from crm_bridge.crm.errors import CrmMissing, answer
from crm_bridge.crm.links import Links
from crm_bridge.crm.notes import NoteGateway, Noting
from crm_bridge.crm.parts import Parts, with_somebody
from crm_bridge.crm.player_links import MakeLink, no_links
from crm_bridge.crm.policy.follow_ups import duty_of, is_told
from crm_bridge.crm.policy.messages import (
    CallbackMessage,
    CallMessage,
    ErasureMessage,
    NotesMessage,
    RecordingMessage,
    news_of,
)
from crm_bridge.crm.policy.rules import LeadRule, owner_of, rule_for
from crm_bridge.crm.policy.types import Contact
from crm_bridge.crm.policy.users import Users
from crm_bridge.crm.tasks import NO_PLACE, TaskGateway, Tasks
from crm_bridge.crm.waiting import NEVER_TOLD, told_call
from crm_bridge.outbox.lifecycle import Answer
from crm_bridge.outbox.store import Message
from crm_bridge.schemas import CallShape
from telephony.model import Direction
from telephony.numbers import fits

A_COLLEAGUE: Final = "the mobile of one of our managers: no customer"


class Gateway(TaskGateway, NoteGateway, ErasureGateway, Protocol):
    """How one CRM is told. ``about`` is what a call belongs to there: `Contact.crm_id`.

    Raises:
        CrmError: any of these could not be done.
    """

    @property
    def makes_people(self) -> bool:
        """Whether later calls of somebody new belong to what `put_lead` made."""
        ...

    async def find(self, number: str) -> Contact | None:
        """Find whose number it is."""
        ...

    async def put_lead(self, call: CallShape, owner: str, rule: LeadRule) -> Contact:
        """Make a caller whom nobody knows known; ``owner`` may be empty."""
        ...

    async def seek_lead(self, call: CallShape) -> Contact | None:
        """Find the lead that a try before made, where `find` would not."""
        ...

    async def put_call(self, call: CallShape, about: str, user: str) -> str:
        """Write the call down and give its id; ``user`` is ours who spoke, or empty."""
        ...

    async def seek_call(self, call: CallShape, about: str) -> str:
        """Find the call that a try before wrote, or empty."""
        ...

    async def put_recording(self, call_id: str, about: str, crm_call: str, url: str) -> None:
        """Put the recording where it can be played; doing it again changes nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator decides, the same for every CRM."""

    region: str
    """The operator's country, for numbers without a country code."""
    zone: ZoneInfo
    """The operator's, for times in texts."""
    rules: Sequence[LeadRule] = (LeadRule("everybody"),)
    staff: Users = field(default_factory=Users)
    default_user: str = ""
    """Whose a duty is when nobody else can be named; empty leaves it to the CRM."""
    link: MakeLink = no_links
    """Where a recording is played."""
    never_leads: Sequence[str] = ()
    """Globs over numbers that never become leads."""

    def is_never_a_lead(self, number: str) -> bool:
        """Tell whether the operator said that this number is no customer."""
        return fits(number, self.never_leads, self.region)

    def owners(self, owner: str) -> list[str]:
        """Give who may own a thing, the best first: whose it is, the default user, whom the CRM chooses."""
        return [*([owner] if owner else ()), self.default_user, ""]


class CrmSync:
    """Tells one CRM."""

    def __init__(self, gateway: Gateway, links: Links, policy: Policy) -> None:
        self._gateway = gateway
        self._links = links
        self._policy = policy
        self._tasks = Tasks(gateway, links, policy.zone)
        self._notes = Noting(gateway, links, policy.zone)
        self._erasing = Erasing(gateway, links.copies)

    async def send(self, message: Message, now: datetime) -> Answer:
        """Tell one message."""
        return await answer(self._told(message, now))

    async def _told(self, message: Message, now: datetime) -> str:
        match news_of(message):
            case CallMessage(call=call) as news if news.is_end:
                return await self._ended(call, now)
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

    async def _ended(self, call: CallShape, now: datetime) -> str:
        if not is_told(call):
            return "an internal call or a hidden caller: nothing to tell"
        if await self._links.is_our_own(call.customer, self._policy.region):
            return A_COLLEAGUE
        about = await self._about(call)
        if about is None:
            await self._links.mark(call.call_id, "told", "nothing")
            return "an unknown caller for whom no rule makes a lead"
        parts = Parts(self._links, call.call_id)
        known = about
        written = await parts.do("call", lambda: self._on_its_card(call, known, self._write))
        if written is not None:
            await self._links.mark(call.call_id, "told", "told")
            known = written[0]
        await parts.do("task", lambda: self._on_its_card(call, known, lambda it, card: self._follow_up(it, card, now)))
        await parts.settle()
        return f"{known.crm_id} {written[1] if written else ''}".rstrip()

    async def _write(self, call: CallShape, about: Contact) -> str:
        user = self._policy.staff.whose(call)
        return await self._links.once(
            call.call_id,
            "call",
            lambda: with_somebody(self._policy.owners(user), lambda it: self._gateway.put_call(call, about.crm_id, it)),
            lambda: self._gateway.seek_call(call, about.crm_id),
            look_first=self._gateway.looks_first,
        )

    async def _follow_up(self, call: CallShape, about: Contact, now: datetime) -> str:
        duty = duty_of(call, talked=self._policy.staff.whose(call), owner=about.owner, now=now)
        if duty is None:
            return ""
        return await self._tasks.give(call.customer, about.crm_id, duty, self._policy.owners(duty.owner))

    async def _on_its_card(
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

    async def _another(self, call: CallShape) -> Contact | None:
        """Forget the card that we knew, which may be deleted or merged: find the customer anew, or make them known."""
        await self._links.drop(call.call_id, ["record", "record?", "owner"])
        await self._links.drop(call.customer, ["lead"])
        return await self._about(call)

    async def _about(self, call: CallShape) -> Contact | None:
        """Give what the call belongs to; make a lead where nobody is known."""
        links = await self._links.of(call.call_id)
        if "record" in links:
            return Contact(links["record"], "", links.get("owner", ""), "")
        async with self._links.alone(call.customer):  # two calls of somebody new must not make two of them
            found = await self._gateway.find(call.customer) or await self._lead(call, links)
        if found is not None:
            if found.owner:
                await self._links.mark(call.call_id, "owner", found.owner)
            await self._links.keep(call.call_id, "record", found.crm_id)
        return found

    async def _lead(self, call: CallShape, links: Mapping[str, str]) -> Contact | None:
        rule = rule_for(self._policy.rules, call.dialed, call.disposition, self._policy.region)
        if rule is None or call.direction is not Direction.INBOUND or self._policy.is_never_a_lead(call.customer):
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

    async def _recorded(self, news: RecordingMessage, message: Message, now: datetime) -> str:
        links = await told_call(self._links, news.call_id, message, now)
        if links is None:
            return NEVER_TOLD
        url = await self._policy.link(news.longest.recording_id)
        if "record" not in links or not url:
            return NO_PLACE
        await self._gateway.put_recording(news.call_id, links["record"], links.get("call", ""), url)
        return "the recording's link"


AnyGateway = TypeVar("AnyGateway", bound=Gateway)


class GatewayAdapter(Generic[AnyGateway]):
    """The half of an adapter that is the same wherever there is a `Desk`."""

    def __init__(self, gateway: AnyGateway, links: Links, policy: Policy) -> None:
        self._gateway = gateway
        self._telling = CrmSync(gateway, links, policy)

    async def send(self, message: Message, now: datetime) -> Answer:
        """Tell the CRM one thing."""
        return await self._telling.send(message, now)

    async def find(self, number: str) -> Contact | None:
        """Look a caller up by number."""
        return await self._gateway.find(number)
