"""What is told to Bitrix24, in which order."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import aiohttp

from crm_bridge.crm.answers import CrmError, answer
from crm_bridge.crm.bitrix24 import mapping
from crm_bridge.crm.bitrix24.client import BitrixClient
from crm_bridge.crm.links import Links
from crm_bridge.crm.rules import LeadRule, owner_of, rule_for
from crm_bridge.crm.words import Contact, Finding, KeptCall
from crm_bridge.outbox.lifecycle import Answer
from crm_bridge.outbox.store import Message
from crm_bridge.payloads import CallShape
from telephony.model import Direction, Disposition

_ANSWER_WITHIN = timedelta(minutes=5)
_REVIEW_WITHIN = timedelta(hours=8)
EVENTS = ("call.ringing", "call.answered", "call.ended", "call.missed")
"""The kinds that Bitrix24 is told."""


@dataclass(frozen=True, slots=True)
class BitrixChoices:
    """What the operator decides."""

    default_user: str
    """Whose a call is when nobody else can be named: Bitrix24 wants a user for every call."""
    rules: Sequence[LeadRule] = (LeadRule("everybody"),)
    users: Mapping[str, str] = field(default_factory=dict)
    """Extension to Bitrix24's user id."""


class BitrixAdapter:
    """One company's portal."""

    def __init__(self, client: BitrixClient, links: Links, choices: BitrixChoices) -> None:
        self._bitrix = client
        self._links = links
        self._choices = choices

    async def send(self, message: Message, now: datetime) -> Answer:
        """Tell Bitrix24 one thing."""
        body = json.loads(message.body)
        call = CallShape.model_validate(body["call"])
        if call.direction is Direction.INTERNAL or not call.customer:
            return await answer(_note("an internal call or a hidden caller: nothing to tell"))
        match message.kind:
            case "call.ringing":
                return await answer(self._ringing(call, str(body["ringing"]["number"])))
            case "call.answered":
                return await answer(self._answered(call))
            case "call.ended" | "call.missed":
                return await answer(self._ended(call, now))
            case _:
                return await answer(_note("Bitrix24 is not told of this"))

    async def find(self, number: str) -> Contact | None:
        """Look a caller up by number."""
        return mapping.contact(await self._bitrix.call("telephony.externalCall.searchCrmEntities", PHONE_NUMBER=number))

    async def _ringing(self, call: CallShape, number: str) -> str:
        """Register at the first ring; show the card to each whose phone rings."""
        user = self._choices.users.get(number, "")
        crm_id = await self._registered(call, user)
        links = await self._links.of(call.call_id)
        shown = links.get("shown", "").split()
        if not user or user in shown or call.direction is not Direction.INBOUND:
            return crm_id
        await self._bitrix.call("telephony.externalCall.show", CALL_ID=crm_id, USER_ID=[int(user)])
        await self._links.keep(call.call_id, "shown", " ".join([*shown, user]))
        return f"{crm_id} shown to {user}"

    async def _registered(self, call: CallShape, user: str) -> str:
        """Give Bitrix24's id of the call, registering it if that was not done yet."""
        links = await self._links.of(call.call_id)
        if "call" in links:
            return links["call"]
        rule = rule_for(self._choices.rules, call.dialed, Disposition.ANSWERED)
        create = rule is not None and call.direction is Direction.INBOUND
        values = mapping.registration(call, user=user or await self._owner(call, rule), create=create)
        told = await self._bitrix.call("telephony.externalCall.register", **values)
        await self._links.keep(call.call_id, "call", str(told["CALL_ID"]))
        found = mapping.entity(told)
        if found is not None:
            await self._links.keep(call.call_id, "entity", ":".join(found))
        return str(told["CALL_ID"])

    async def _owner(self, call: CallShape, rule: LeadRule | None) -> str:
        """Name a user for a call that rang nobody's phone: the customer's own, the rule's next, the default."""
        known = await self.find(call.customer)
        if known is not None and known.owner:
            return known.owner
        turn = await self._links.turn(rule.name) if rule is not None and len(rule.owners) > 1 else 0
        return (owner_of(rule, "", turn) if rule is not None else "") or self._choices.default_user

    async def _answered(self, call: CallShape) -> str:
        """Hide the card from those who did not answer."""
        links = await self._links.of(call.call_id)
        answered_by = self._user_who_answered(call)
        others = [int(user) for user in links.get("shown", "").split() if user != answered_by]
        if "call" not in links or not others:
            return "nobody else has a card"
        await self._bitrix.call("telephony.externalCall.hide", CALL_ID=links["call"], USER_ID=others)
        return f"hidden from {len(others)}"

    async def _ended(self, call: CallShape, now: datetime) -> str:
        user = self._user_of(call)
        crm_id = await self._registered(call, user)
        links = await self._links.of(call.call_id)
        if "finished" not in links:
            values = mapping.finish(call, crm_id=crm_id, user=user or await self._owner(call, None))
            told = await self._bitrix.call("telephony.externalCall.finish", **values)
            await self._links.keep(call.call_id, "finished", str(told.get("CRM_ACTIVITY_ID") or crm_id))
        await self._task(call, links, now)
        return crm_id

    async def _task(self, call: CallShape, links: Mapping[str, str], now: datetime) -> None:
        """Give the owner something to do: a missed call, or a call that somebody else answered."""
        known = await self.find(call.customer)
        about = links.get("entity") or (known.crm_id if known else "")
        owner = known.owner if known and known.owner else self._choices.default_user
        answered_by = self._user_who_answered(call)
        if call.disposition is Disposition.MISSED:
            role, text, due = "task", f"Call back {call.customer}", (call.ended_at or now) + _ANSWER_WITHIN
        elif answered_by and answered_by != owner:
            role, text, due = "review", f"Look at the call with {call.customer}", now + _REVIEW_WITHIN
        else:
            return
        if role in links or not about:
            return
        kind, _, number = about.partition(":")
        values = mapping.todo(kind, number, text=text, deadline=due, user=owner)
        made = await self._bitrix.call("crm.activity.todo.add", **values)
        await self._links.keep(call.call_id, role, str(made["id"]))

    def _user_who_answered(self, call: CallShape) -> str:
        return self._choices.users.get(call.answered_by.number, "") if call.answered_by else ""

    def _user_of(self, call: CallShape) -> str:
        """Name our side's user: who answered, or who called."""
        caller = self._choices.users.get(call.caller.number, "") if call.direction is Direction.OUTBOUND else ""
        return self._user_who_answered(call) if call.direction is Direction.INBOUND else caller

    async def examine(self) -> list[Finding]:
        """Try the address and the rights."""
        findings: list[Finding] = []
        steps = (
            ("address and key", "profile", "check `url`: an inbound webhook's address, or https://PORTAL/rest"),
            ("telephony", "telephony.externalLine.get", "give the webhook or application the right `telephony`"),
            ("crm", "crm.lead.fields", "give the webhook or application the right `crm`"),
        )
        for what, method, cure in steps:
            try:
                await self._bitrix.call(method)
            except (CrmError, aiohttp.ClientError, TimeoutError) as error:
                return [*findings, Finding(what, f"{type(error).__name__}: {error}", cure)]
            findings.append(Finding(what, "well"))
        return findings

    async def calls_of(self, day: date) -> list[KeptCall]:
        """List our calls of one day; Bitrix24 gives 50 a page."""
        kept: list[KeptCall] = []
        start: int | None = 0
        span = {">=CALL_START_DATE": f"{day}T00:00:00", "<CALL_START_DATE": f"{day + timedelta(days=1)}T00:00:00"}
        while start is not None:
            rows = await self._bitrix.call("voximplant.statistic.get", FILTER=span, start=start)
            kept += [
                KeptCall(
                    str(row["EXTERNAL_CALL_ID"]), str(row["CALL_ID"]), datetime.fromisoformat(row["CALL_START_DATE"])
                )
                for row in rows
                if row.get("EXTERNAL_CALL_ID")
            ]
            start = start + len(rows) if len(rows) == _PAGE else None
        return kept


_PAGE = 50


async def _note(text: str) -> str:
    return text
