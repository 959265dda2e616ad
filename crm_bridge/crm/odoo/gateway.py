"""How Odoo is told; what and in which order is `crm_bridge.crm.sync`'s."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

import aiohttp

from crm_bridge.crm.errors import CrmError, CrmMissing, CrmRefused
from crm_bridge.crm.odoo import mapping
from crm_bridge.crm.odoo.client import OdooClient
from crm_bridge.crm.odoo.erasing import OdooEraser, about_marker
from crm_bridge.crm.odoo.mapping import OdooRecord
from crm_bridge.crm.policy.follow_ups import FollowUp, marker, notes_marker
from crm_bridge.crm.policy.rules import LeadRule
from crm_bridge.crm.policy.types import Contact, CrmFinding, Fate, KeptCall, Trace
from crm_bridge.crm.sync.policy import Policy
from crm_bridge.crm.transport.http import pages
from crm_bridge.outbox.pace import is_urgent
from crm_bridge.schemas import CallShape

_MOST_FOUND = 20
_PAGE = 500


class OdooGateway:
    """One database, as `CrmSync` needs it."""

    looks_first = True
    makes_people = True
    plays: frozenset[str] = frozenset()

    def __init__(self, client: OdooClient, policy: Policy) -> None:
        self._odoo = client
        self._policy = policy
        self._eraser = OdooEraser(client)
        self._known: Mapping[str, int] = {}

    async def find(self, number: str) -> Contact | None:
        """Look a caller up in open leads and deals first, then in contacts."""
        domain = mapping.number_domain(number)
        open_ones = [*domain, ["stage_id.is_won", "=", False]]
        leads, persons = await asyncio.gather(
            self._odoo.rows("crm.lead", open_ones, mapping.LEAD_FIELDS, most=_MOST_FOUND, order="write_date desc"),
            self._odoo.rows("res.partner", domain, mapping.PERSON_FIELDS, most=_MOST_FOUND),
        )
        found = mapping.choose(leads, persons, number, self._policy.region)
        return self._policy.staff.reached(found)

    async def put_lead(self, call: CallShape, owner: str, rule: LeadRule) -> Contact:
        """Make a lead; where we name no owner, Odoo does."""
        await self._works_here(owner)
        values = mapping.lead_values(call, owner=owner, team=rule.pipeline)
        record = OdooRecord("crm.lead", await self._odoo.create("crm.lead", values))
        return Contact(str(record), "", owner or await self._owner(record), "")

    async def seek_lead(self, call: CallShape) -> Contact | None:
        """`find` finds it."""
        del call
        return None

    async def _owner(self, record: OdooRecord) -> str:
        rows = await self._odoo.call(record.model, "read", ids=[record.id], fields=["user_id"])
        user = rows[0]["user_id"] if rows else False
        return str(user[0]) if isinstance(user, list) else ""

    async def put_call(self, call: CallShape, about: str, user: str) -> str:
        """Write a note."""
        del user
        return await self._post(about, mapping.note(call, self._policy.zone))

    async def seek_call(self, call: CallShape, about: str) -> str:
        """Look for the note."""
        return await self._noted(about, marker(call.call_id))

    async def _post(self, about: str, body: str, *, html: bool = False) -> str:
        """Write a note; what is not ``html`` is escaped. A backlog's notes are made together, as records."""
        record = await self._there(OdooRecord.read(about))  # Odoo takes notes on what is deleted
        if not is_urgent():
            values = mapping.message(record, body if html else escape(body), (await self._names())["mt_note"])
            return f"mail.message:{await self._odoo.create('mail.message', values)}"
        how = {"message_type": "comment"} | ({"body_is_html": True} if html else {})
        made = await self._odoo.call(record.model, "message_post", ids=[record.id], body=body, **how)
        return f"mail.message:{_first(made)}"

    async def _noted(self, about: str, words: str) -> str:
        record = OdooRecord.read(about)
        domain = [["model", "=", record.model], ["res_id", "=", record.id], ["body", "ilike", words]]
        rows = await self._odoo.rows("mail.message", domain, ("model", "res_id", "body"), most=1)
        found = (row for row in rows if row["model"] == record.model and row["res_id"] == record.id)
        return next((f"mail.message:{row['id']}" for row in found if mapping.says(str(row["body"]), words)), "")

    async def _names(self) -> Mapping[str, int]:
        """Return the ids of those of Odoo's own things that notes and activities are made with, by their names."""
        if not self._known:
            named = ["mt_note", "mail_activity_data_call", "mail_activity_data_todo"]
            leaves = [["module", "=", "mail"], ["name", "in", named]]
            rows = await self._odoo.rows("ir.model.data", leaves, ("name", "res_id"), most=len(named))
            models = [["model", "in", ["crm.lead", "res.partner"]]]
            kinds = await self._odoo.rows("ir.model", models, ("model",), most=2)
            self._known = {row["name"]: row["res_id"] for row in rows} | {row["model"]: row["id"] for row in kinds}
        return self._known

    async def put_task(self, about: str, duty: FollowUp) -> str:
        """Plan an activity."""
        record = await self._there(OdooRecord.read(about))
        await self._works_here(duty.owner)
        if not is_urgent():
            values = mapping.planned(record, duty, self._policy.zone, await self._names())
            return f"mail.activity:{await self._odoo.create('mail.activity', values)}"
        values = mapping.activity(duty, self._policy.zone)
        made = await self._odoo.call(record.model, "activity_schedule", ids=[record.id], **values)
        return f"mail.activity:{_first(made)}"

    async def seek_task(self, about: str, duty: FollowUp) -> str:
        """Look for the activity, also among those that are done."""
        record = OdooRecord.read(about)
        about_it = [["res_model", "=", record.model], ["res_id", "=", record.id]]
        domain = [*about_it, ["active", "in", [True, False]], ["note", "ilike", duty.marker]]
        rows = await self._odoo.rows("mail.activity", domain, ("res_model", "res_id", "note"), most=1)
        found = (row for row in rows if duty.marker in str(row["note"]))
        return next((f"mail.activity:{row['id']}" for row in found), "")

    async def close_task(self, about: str, task: str, words: str) -> None:
        """Mark the activity done, with what happened as its feedback."""
        del about
        open_ones = await self._open(task)
        if open_ones:
            await self._odoo.call("mail.activity", "action_feedback", ids=open_ones, feedback=words)

    async def amend_task(self, about: str, task: str, words: str) -> None:
        """Write on the record what happened; the activity stays."""
        if await self._open(task) and not await self._noted(about, words):
            await self._post(about, f"{words} · {about_marker(task)}")

    async def _open(self, task: str) -> list[int]:
        number = OdooRecord.read(task).id
        rows = await self._odoo.rows("mail.activity", [["id", "=", number]], ("summary",), most=1)
        return [row["id"] for row in rows if row["id"] == number]

    async def put_recording(self, call_id: str, about: str, crm_call: str, url: str, kind: str) -> None:
        """Write a note with the link, once."""
        del crm_call, kind
        mark = marker(f"recording {call_id}")
        if not await self._noted(about, mark):
            await self._post(about, mapping.recording_note(url, mark), html=True)

    async def put_notes(self, call_id: str, about: str, crm_call: str, lines: Sequence[str]) -> str:
        """Write a note: posted in one line, as Odoo takes plain text, and then given its lines."""
        del crm_call
        written = await self._post(about, f"{' · '.join(lines)} · {notes_marker(call_id)}")
        await self.change_notes(call_id, about, written, lines)
        return written

    async def seek_notes(self, call_id: str, about: str) -> str:
        """Look for the note."""
        return await self._noted(about, notes_marker(call_id))

    async def change_notes(self, call_id: str, about: str, written: str, lines: Sequence[str]) -> None:
        """Write its text anew."""
        del about
        message = await self._there(OdooRecord.read(written))
        await self._odoo.call(
            message.model, "write", ids=[message.id], vals={"body": mapping.lines_with(lines, notes_marker(call_id))}
        )

    async def erase(self, trace: Trace) -> Fate:
        """Delete what we wrote for a call."""
        return await self._eraser.erase(trace)

    async def _there(self, record: OdooRecord) -> OdooRecord:
        rows = await self._odoo.rows(record.model, [["id", "=", record.id]], ("display_name",), most=1)
        if not any(row["id"] == record.id for row in rows):
            raise CrmMissing(f"{record} is not there any more")
        return record

    async def _works_here(self, user: str) -> None:
        """See to it that a user is no archived one, to whom Odoo gives things that nobody sees.

        Raises:
            CrmRefused: the user was archived or deleted.
        """
        rows = await self._odoo.rows("res.users", [["id", "=", int(user)]], ("login",), most=1) if user else ()
        if user and not any(str(row["id"]) == user for row in rows):
            raise CrmRefused(f"Odoo's user {user} is archived, or was never there")

    async def examine(self) -> list[CrmFinding]:
        """Try the address, the key, the module crm, and the search by number."""
        findings: list[CrmFinding] = []
        try:
            findings.append(CrmFinding("address", f"Odoo {await self._odoo.version()}"))
            context = await self._odoo.call("res.users", "context_get")
            findings.append(CrmFinding("key", f"signed in, time zone {context.get('tz') or 'not set'}"))
            await self._odoo.call("crm.lead", "search_count", domain=[])
            findings.append(CrmFinding("crm", "leads can be read"))
            await self._odoo.call("res.partner", "search_count", domain=[["phone_mobile_search", "ilike", "123456"]])
            findings.append(CrmFinding("numbers", "contacts can be found by number"))
        except (CrmError, aiohttp.ClientError, TimeoutError, OSError, KeyError, ValueError) as error:
            step = _STEPS[len(findings)]
            findings.append(CrmFinding(step, f"{type(error).__name__}: {error}", _CURES[step]))
        return findings

    async def kept_calls(self, since: datetime, until: datetime) -> list[KeptCall]:
        """List the calls that have a note written in a span."""
        between = [["date", ">=", _written(since)], ["date", "<", _written(until)], ["body", "ilike", "[ringback "]]
        rows: list[Any] = []
        for page in pages():
            span = {"offset": (page - 1) * _PAGE, "limit": _PAGE, "order": "id"}
            more = await self._odoo.call("mail.message", "search_read", domain=between, fields=["body", "date"], **span)
            rows += more
            if len(more) < _PAGE:
                break
        found = [(mapping.noted_call(str(row["body"])), row) for row in rows]
        return [
            KeptCall(call_id, f"mail.message:{row['id']}", datetime.fromisoformat(row["date"]).replace(tzinfo=UTC))
            for call_id, row in found
            if call_id
        ]


def _written(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _first(made: object) -> object:
    return made[0] if isinstance(made, list) else made


_STEPS = ("address", "key", "crm", "numbers")
_CURES = {
    "address": "check `url`: it is the address that a browser opens, with https",
    "key": "make a new API key in Odoo (Preferences, Account security); keys live 3 months at most",
    "crm": "install the module CRM, and give the key's user its rights",
    "numbers": "install the module phone_validation",
}
