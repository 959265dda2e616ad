"""What is told to Odoo, in which order, and how it is found again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import aiohttp

from crm_bridge.crm.answers import CrmError, answer
from crm_bridge.crm.links import Links
from crm_bridge.crm.odoo import mapping
from crm_bridge.crm.odoo.client import OdooClient
from crm_bridge.crm.odoo.mapping import Record
from crm_bridge.crm.rules import LeadRule, owner_of, rule_for
from crm_bridge.crm.words import Contact, Finding, KeptCall
from crm_bridge.outbox.lifecycle import Answer
from crm_bridge.outbox.store import Message
from crm_bridge.payloads import CallShape
from telephony.model import Direction, Disposition

_MOST_FOUND = 20
_ANSWER_WITHIN = timedelta(minutes=5)
"""The promise of the product: a missed customer is called back within five minutes."""
_REVIEW_WITHIN = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class OdooChoices:
    """What the operator decides."""

    region: str
    zone: ZoneInfo
    rules: Sequence[LeadRule] = (LeadRule("everybody"),)
    users: Mapping[str, str] = field(default_factory=dict)
    """Extension to Odoo's user id."""
    recording_url: str = ""
    """Where a recording is played; ``{call_id}`` stands for the call. Empty leaves the link out."""


class OdooAdapter:
    """One company at one Odoo."""

    def __init__(self, client: OdooClient, links: Links, choices: OdooChoices) -> None:
        self._odoo = client
        self._links = links
        self._choices = choices

    async def send(self, message: Message, now: datetime) -> Answer:
        """Tell Odoo of an ended call; what it has no place for is delivered at once."""
        if message.kind not in {"call.ended", "call.missed"}:
            return await answer(_nothing())
        call = CallShape.model_validate(json.loads(message.body)["call"])
        return await answer(self._ended(call, now))

    async def find(self, number: str) -> Contact | None:
        """Look a caller up in open leads and deals first, then in contacts."""
        domain = mapping.number_domain(number)
        leads = await self._odoo.call(
            "crm.lead",
            "search_read",
            domain=[*domain, ["stage_id.is_won", "=", False]],
            fields=list(mapping.LEAD_FIELDS),
            limit=_MOST_FOUND,
            order="write_date desc",
        )
        persons = await self._odoo.call(
            "res.partner", "search_read", domain=domain, fields=list(mapping.PERSON_FIELDS), limit=_MOST_FOUND
        )
        found = mapping.choose(leads, persons, number, self._choices.region)
        extensions = {user: extension for extension, user in self._choices.users.items()}
        return (
            None if found is None else Contact(found.crm_id, found.name, found.owner, extensions.get(found.owner, ""))
        )

    async def _ended(self, call: CallShape, now: datetime) -> str:
        if call.direction is Direction.INTERNAL or not call.customer:
            return "an internal call or a hidden caller: nothing to tell"
        links = await self._links.of(call.call_id)
        record, owner = await self._record(call, links)
        if record is None:
            return "an unknown caller for whom no rule makes a lead"
        await self._note(call, links, record)
        await self._tasks(call, links, record, owner, now)
        return str(record)

    async def _record(self, call: CallShape, links: Mapping[str, str]) -> tuple[Record | None, str]:
        """Give the record that the call belongs to, and its owner; make a lead where nobody is known."""
        if "record" in links:
            record = Record.read(links["record"])
            return record, await self._owner(record)
        found = await self.find(call.customer)
        if found is not None:
            await self._links.keep(call.call_id, "record", found.crm_id)
            return Record.read(found.crm_id), found.owner
        rule = rule_for(self._choices.rules, call.dialed, call.disposition)
        if rule is None or call.direction is not Direction.INBOUND:
            return None, ""
        return await self._new_lead(call, rule)

    async def _new_lead(self, call: CallShape, rule: LeadRule) -> tuple[Record, str]:
        turn = await self._links.turn(rule.name) if len(rule.owners) > 1 else 0
        owner = owner_of(rule, self._user_who_answered(call), turn)
        values = mapping.lead_values(call, owner=owner, team=rule.pipeline)
        (made,) = await self._odoo.call("crm.lead", "create", vals_list=[values])
        record = Record("crm.lead", made)
        await self._links.keep(call.call_id, "record", str(record))
        return record, owner or await self._owner(record)

    async def _owner(self, record: Record) -> str:
        rows = await self._odoo.call(record.model, "read", ids=[record.id], fields=["user_id"])
        user = rows[0]["user_id"] if rows else False
        return str(user[0]) if isinstance(user, list) else ""

    async def _note(self, call: CallShape, links: Mapping[str, str], record: Record) -> None:
        if "note" in links or await self._noted(call, record):
            return
        url = self._choices.recording_url.replace("{call_id}", call.call_id) if call.talk_seconds else ""
        body = mapping.note(call, self._choices.zone, url)
        made = await self._odoo.call(record.model, "message_post", ids=[record.id], body=body, message_type="comment")
        await self._links.keep(call.call_id, "note", f"mail.message:{made[0] if isinstance(made, list) else made}")

    async def _noted(self, call: CallShape, record: Record) -> bool:
        """Look for a note of a try whose answer we never heard."""
        about = [["model", "=", record.model], ["res_id", "=", record.id]]
        found = await self._odoo.call(
            "mail.message", "search", domain=[*about, ["body", "ilike", mapping.marker(call.call_id)]], limit=1
        )
        if found:
            await self._links.keep(call.call_id, "note", f"mail.message:{found[0]}")
        return bool(found)

    async def _tasks(
        self, call: CallShape, links: Mapping[str, str], record: Record, owner: str, now: datetime
    ) -> None:
        answered_by = self._user_who_answered(call)
        ended = call.ended_at or now
        if call.disposition is Disposition.MISSED and "task" not in links:
            summary, kind, role, due = f"Call back {call.customer}", "call", "task", ended + _ANSWER_WITHIN
        elif answered_by and owner and answered_by != owner and "review" not in links:
            summary, kind, role, due = f"Look at the call with {call.customer}", "todo", "review", now + _REVIEW_WITHIN
        else:
            return
        if await self._planned(call, record, role):
            return
        words = mapping.marker(f"{role} {call.call_id}")
        values = mapping.activity(summary, words, kind=kind, due=due, zone=self._choices.zone, owner=owner)
        made = await self._odoo.call(record.model, "activity_schedule", ids=[record.id], **values)
        await self._links.keep(call.call_id, role, f"mail.activity:{made[0] if isinstance(made, list) else made}")

    async def _planned(self, call: CallShape, record: Record, role: str) -> bool:
        """Look for an activity of a try whose answer we never heard."""
        words = mapping.marker(f"{role} {call.call_id}")
        about = [["res_model", "=", record.model], ["res_id", "=", record.id]]
        found = await self._odoo.call("mail.activity", "search", domain=[*about, ["note", "ilike", words]], limit=1)
        if found:
            await self._links.keep(call.call_id, role, f"mail.activity:{found[0]}")
        return bool(found)

    def _user_who_answered(self, call: CallShape) -> str:
        number = call.answered_by.number if call.answered_by else ""
        return self._choices.users.get(number, "")

    async def examine(self) -> list[Finding]:
        """Try the address, the key, the module crm, and the search by number."""
        findings: list[Finding] = []
        try:
            findings.append(Finding("address", f"Odoo {await self._odoo.version()}"))
            context = await self._odoo.call("res.users", "context_get")
            findings.append(Finding("key", f"signed in, time zone {context.get('tz') or 'not set'}"))
            await self._odoo.call("crm.lead", "search_count", domain=[])
            findings.append(Finding("crm", "leads can be read"))
            await self._odoo.call("res.partner", "search_count", domain=[["phone_mobile_search", "ilike", "123456"]])
            findings.append(Finding("numbers", "contacts can be found by number"))
        except (CrmError, aiohttp.ClientError, TimeoutError, KeyError, ValueError) as error:
            step = _STEPS[len(findings)]
            findings.append(Finding(step, f"{type(error).__name__}: {error}", _CURES[step]))
        return findings

    async def calls_of(self, day: date) -> list[KeptCall]:
        """List the calls that have a note of that day (the operator's zone)."""
        start = datetime.combine(day, time.min, self._choices.zone).astimezone(UTC)
        between = [
            ["date", ">=", f"{start:%Y-%m-%d %H:%M:%S}"],
            ["date", "<", f"{start + timedelta(days=1):%Y-%m-%d %H:%M:%S}"],
        ]
        rows = await self._odoo.call(
            "mail.message", "search_read", domain=[*between, ["body", "ilike", "[ringback "]], fields=["body", "date"]
        )
        return [
            KeptCall(
                str(row["body"]).partition("[ringback ")[2].partition("]")[0],
                f"mail.message:{row['id']}",
                datetime.fromisoformat(row["date"]).replace(tzinfo=UTC),
            )
            for row in rows
        ]


_STEPS = ("address", "key", "crm", "numbers")
_CURES = {
    "address": "check `url`: it is the address that a browser opens, with https",
    "key": "make a new API key in Odoo (Preferences, Account security); keys live 3 months at most",
    "crm": "install the module CRM, and give the key's user its rights",
    "numbers": "install the module phone_validation",
}


async def _nothing() -> str:
    return "Odoo has no place for this"
