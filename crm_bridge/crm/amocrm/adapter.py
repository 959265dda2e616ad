"""How amoCRM is told; what and in which order is `crm_bridge.crm.telling`'s."""

import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import aiohttp

from crm_bridge.crm import spelling
from crm_bridge.crm.amocrm import mapping
from crm_bridge.crm.amocrm.client import AmoClient, NoCard, is_no_card
from crm_bridge.crm.answers import CrmBroken, CrmError, CrmMissing, CrmRefused
from crm_bridge.crm.duties import Duty
from crm_bridge.crm.http import Json
from crm_bridge.crm.links import Links
from crm_bridge.crm.rules import LeadRule
from crm_bridge.crm.telling import DeskAdapter, Policy
from crm_bridge.crm.words import Contact, Finding, KeptCall
from crm_bridge.payloads import CallShape

_MOST_FOUND = 50
_PAGE = 250
_CALL_NOTES = {"filter[note_type][0]": "call_in", "filter[note_type][1]": "call_out"}
_CARDS = ("contacts", "leads", "companies", "customers")


class AmoDesk:
    """One account, as `Telling` needs it."""

    looks_first = False

    def __init__(self, client: AmoClient, policy: Policy, *, unsorted: bool) -> None:
        self._amo = client
        self._policy = policy
        self._unsorted = unsorted
        self.makes_people = not unsorted

    async def find(self, number: str) -> Contact | None:
        """Find the contact; amoCRM looks for digits, we check the whole number."""
        query: dict[str, str | int] = {"query": spelling.needle(number), "with": "leads", "limit": _MOST_FOUND}
        found = mapping.choose(_all(await self._amo.get("contacts", query), "contacts"), number, self._policy.region)
        return self._policy.staff.reached(found)

    async def put_lead(self, call: CallShape, owner: str, rule: LeadRule) -> Contact:
        """Make a lead with a contact, or an incoming one; that one has no owner before somebody takes it."""
        if self._unsorted:
            user = self._policy.staff.whose(call)
            values = mapping.incoming(call, user=user, pipeline=rule.pipeline)
            (made,) = _made(await self._amo.post("leads/unsorted/sip", [values]), "unsorted")
            return Contact(f"{mapping.UNSORTED}:{made['uid']}", "", "", "")
        told = await self._amo.post("leads/complex", [mapping.lead(call, owner=owner, pipeline=rule.pipeline)])
        made = told[0] if isinstance(told, list) else {}
        if not made.get("contact_id"):
            raise CrmBroken("leads/complex: no contact was told")
        return Contact(f"contacts:{made['contact_id']}", "", owner, "")

    async def seek_lead(self, call: CallShape) -> Contact | None:
        """Look among the unsorted: their contacts cannot be found before somebody takes them."""
        if not self._unsorted:
            return None
        query: dict[str, str | int] = {"filter[category][0]": "sip", "order[created_at]": "desc", "limit": _PAGE}
        rows = _all(await self._amo.get("leads/unsorted", query), "unsorted")
        own = next((row for row in rows if row.get("source_uid") == call.call_id), None)
        return None if own is None else Contact(f"{mapping.UNSORTED}:{own['uid']}", "", "", "")

    async def incoming(self, since: datetime) -> list[KeptCall]:
        """List the calls inside incoming leads that nobody has taken yet, from a time on."""
        kept: list[KeptCall] = []
        page = 1
        while self._unsorted:
            query: dict[str, str | int] = {"filter[category][0]": "sip", "order[created_at]": "desc", "limit": _PAGE}
            rows = _all(await self._amo.get("leads/unsorted", query | {"page": page}), "unsorted")
            recent = [each for each in mapping.incoming_calls(rows) if each.started_at >= since]
            kept += recent
            if len(rows) < _PAGE or not recent:
                break
            page += 1
        return kept

    async def put_call(self, call: CallShape, about: str, user: str) -> str:
        """Let amoCRM put the call where it belongs; where it finds no card, put it on ours."""
        kind, number = mapping.split(about)
        if kind == mapping.UNSORTED:
            return about  # the call is inside
        try:
            told = await self._amo.post("calls", [mapping.call_values(call, user)])
            if not is_no_card(told):
                (made,) = _made(told, "calls")
                return f"call:{made.get('id', call.call_id)}"
        except NoCard:
            pass
        (made,) = _made(await self._amo.post(f"{kind}/{number}/notes", [mapping.call_note(call, user)]), "notes")
        return f"note:{made['id']}"

    async def seek_call(self, call: CallShape, about: str) -> str:
        """Look in the feeds of the contact and of its leads."""
        found = await self._noted(call.call_id, about)
        return "" if found is None else f"note:{found[1]['id']}"

    async def _noted(self, call_id: str, about: str) -> tuple[str, Mapping[str, Any]] | None:
        """Give the card and the note that has the call."""
        kind, number = mapping.split(about)
        if kind == mapping.UNSORTED:
            return None
        contact = await self._amo.get(f"{kind}/{number}", {"with": "leads,customers"})
        inside: Mapping[str, Any] = contact.get("_embedded") or {}
        cards = [about, *(f"{name}:{row['id']}" for name in ("leads", "customers") for row in inside.get(name) or ())]
        for card in cards:
            feed = "/".join([*mapping.split(card), "notes"])
            notes = _all(
                await self._amo.get(feed, {**_CALL_NOTES, "limit": _PAGE, "order[updated_at]": "desc"}), "notes"
            )
            note = mapping.noted(notes, call_id)
            if note is not None:
                return card, note
        return None

    async def put_task(self, about: str, duty: Duty) -> str:
        """Make a task on the card; an incoming lead takes none before it is accepted."""
        if about.startswith(mapping.UNSORTED):
            return ""
        (made,) = _made(await self._amo.post("tasks", [mapping.task(about, duty)]), "tasks")
        return str(made["id"])

    async def seek_task(self, about: str, duty: Duty) -> str:
        """Look among the card's tasks."""
        kind, number = mapping.split(about)
        query: dict[str, str | int] = {"filter[entity_type]": kind, "filter[entity_id][0]": number, "limit": _PAGE}
        rows = _all(await self._amo.get("tasks", query), "tasks")
        return next((str(row["id"]) for row in rows if duty.marker in str(row.get("text"))), "")

    async def close_task(self, about: str, task: str, words: str) -> None:
        """Complete it with a result."""
        del about
        with contextlib.suppress(CrmMissing):
            await self._amo.patch(f"tasks/{task}", {"is_completed": True, "result": {"text": words}})

    async def amend_task(self, about: str, task: str, words: str) -> None:
        """Write into its text, once."""
        del about
        with contextlib.suppress(CrmMissing):
            text = str((await self._amo.get(f"tasks/{task}")).get("text") or "")
            if words not in text:
                await self._amo.patch(f"tasks/{task}", {"text": f"{text} {words}".strip()})

    async def put_recording(self, call_id: str, about: str, crm_call: str, url: str) -> None:
        """Give the call in the feed its link; where that cannot be changed, a note of its own has it."""
        del crm_call
        found = await self._noted(call_id, about)
        if found is None:
            return
        card, note = found
        feed = "/".join([*mapping.split(card), "notes"])
        params = {**note["params"], "link": url}
        if note["params"].get("link") == url:
            return
        try:
            await self._amo.patch(f"{feed}/{note['id']}", {"note_type": note["note_type"], "params": params})
        except CrmRefused:
            await self._amo.post(feed, [{"note_type": "common", "params": {"text": f"Recording: {url}"}}])


class AmoAdapter(DeskAdapter[AmoDesk]):
    """One company's account."""

    def __init__(self, client: AmoClient, links: Links, policy: Policy, *, unsorted: bool = False) -> None:
        super().__init__(AmoDesk(client, policy, unsorted=unsorted), links, policy)
        self._amo = client

    async def examine(self) -> list[Finding]:
        """Try the address, the token and the rights."""
        findings: list[Finding] = []
        for what, path, cure in _STEPS:
            try:
                told = await self._amo.get(path)
            except (CrmError, aiohttp.ClientError, TimeoutError, OSError) as error:
                return [*findings, Finding(what, f"{type(error).__name__}: {error}", cure)]
            findings.append(Finding(what, str(told.get("name") or "well")))
        return findings

    async def kept_calls(self, since: datetime, until: datetime) -> list[KeptCall]:
        """List our calls in all feeds that were changed in a span."""
        span = {
            "filter[updated_at][from]": int(since.timestamp()),
            "filter[updated_at][to]": int(until.timestamp()),
            "limit": _PAGE,
        }
        kept = await self._desk.incoming(since)
        for card in _CARDS:
            page = 1
            while True:
                told = await self._amo.get(f"{card}/notes", {**_CALL_NOTES, **span, "page": page})
                notes = _all(told, "notes")
                kept += mapping.kept(notes)
                if len(notes) < _PAGE:
                    break
                page += 1
        return kept


_STEPS = (
    ("address and token", "account", "check `url` (https://NAME.amocrm.ru or https://NAME.kommo.com) and the token"),
    ("contacts", "contacts?limit=1", "give the integration's user the right to see contacts"),
    ("leads", "leads?limit=1", "give the integration's user the right to see leads"),
    ("tasks", "tasks?limit=1", "give the integration's user the right to see tasks"),
)


def _all(told: Json, name: str) -> Sequence[Mapping[str, Any]]:
    inside = (told.get("_embedded") or {}) if isinstance(told, dict) else {}
    rows: Sequence[Mapping[str, Any]] = inside.get(name) or ()
    return rows


def _made(told: Json, name: str) -> Sequence[Mapping[str, Any]]:
    """Give what was made; half an answer is none.

    Raises:
        CrmBroken: it does not tell exactly one thing.
    """
    rows = _all(told, name)
    if len(rows) != 1:
        raise CrmBroken(f"{name}: {len(rows)} made instead of one")
    return rows
