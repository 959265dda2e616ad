"""How amoCRM is told of one account's calls; what and in which order is `crm_bridge.crm.sync`'s."""

import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from crm_bridge.crm.amocrm import examining, mapping
from crm_bridge.crm.amocrm.arrays import NoCard
from crm_bridge.crm.amocrm.client import AmoClient
from crm_bridge.crm.errors import CrmBroken, CrmMissing, CrmRefused
from crm_bridge.crm.plugin.gateway import PlacedCall
from crm_bridge.crm.policy import phone_search
from crm_bridge.crm.policy.follow_ups import FollowUp, marker, notes_marker
from crm_bridge.crm.policy.rules import LeadRule
from crm_bridge.crm.policy.types import Contact, CopyState, CrmFinding, Fate, KeptCall, Trace
from crm_bridge.crm.sync.policy import Policy
from crm_bridge.crm.transport.http import pages
from crm_bridge.schemas import CallShape
from telephony.net.bounded import Json

_MOST_FOUND = 50
_PAGE = 250
_COMMON_NOTES = {"filter[note_type][0]": "common"}
_NO_DELETING = "amoCRM's API deletes no notes and no tasks: what it said is blanked, the entry stays"
_INCOMING = "an incoming lead, with the call inside: accept or decline it by hand"


class AmoGateway:
    """One account, as `CrmSync` needs it."""

    looks_first = False
    plays: frozenset[str] = frozenset()

    def __init__(self, client: AmoClient, policy: Policy, *, unsorted: bool = False) -> None:
        self._amo = client
        self._policy = policy
        self._unsorted = unsorted
        self.makes_people = not unsorted

    async def find(self, number: str) -> Contact | None:
        """Find the contact, else the company, else the incoming lead; amoCRM looks for digits, we check the number."""
        for kind in ("contacts", "companies"):
            query: dict[str, str | int] = {"query": phone_search.needle(number), "with": "leads", "limit": _MOST_FOUND}
            rows = mapping.every(await self._amo.get(kind, query), kind)
            found = mapping.choose(rows, number, self._policy.region, kind)
            if found is not None:
                return self._policy.staff.reached(found)
        incoming = mapping.waiting(await self._waiting(), number) if self._unsorted else ""
        return Contact(incoming, "", "", "") if incoming else None

    async def _waiting(self) -> Sequence[Mapping[str, Any]]:
        """Return the incoming leads that nobody has taken yet, the newest first; their contacts cannot be found."""
        query: dict[str, str | int] = {"filter[category][0]": "sip", "order[created_at]": "desc", "limit": _PAGE}
        return mapping.every(await self._amo.get("leads/unsorted", query), "unsorted")

    async def put_lead(self, call: CallShape, owner: str, rule: LeadRule) -> Contact:
        """Make a lead with a contact, or an incoming one; that one has no owner before somebody takes it."""
        if self._unsorted:
            user = self._policy.staff.whose(call)
            values = mapping.incoming(call, user=user, pipeline=rule.pipeline)
            made = await self._amo.make("leads/unsorted/sip", "unsorted", values)
            return Contact(f"{mapping.UNSORTED}:{made['uid']}", "", "", "")
        made = await self._amo.make("leads/complex", "leads", mapping.lead(call, owner=owner, pipeline=rule.pipeline))
        if not made.get("contact_id"):
            raise CrmBroken("leads/complex: no contact was told")
        return Contact(f"contacts:{made['contact_id']}", "", owner, "")

    async def seek_lead(self, call: CallShape) -> Contact | None:
        """Look among the unsorted."""
        rows = await self._waiting() if self._unsorted else ()
        own = next((row for row in rows if row.get("source_uid") == call.call_id), None)
        return None if own is None else Contact(f"{mapping.UNSORTED}:{own['uid']}", "", "", "")

    async def _incoming(self, since: datetime) -> list[KeptCall]:
        """List the calls inside incoming leads that nobody has taken yet, from a time on."""
        kept: list[KeptCall] = []
        for page in pages() if self._unsorted else ():
            query: dict[str, str | int] = {"filter[category][0]": "sip", "order[created_at]": "desc", "limit": _PAGE}
            rows = mapping.every(await self._amo.get("leads/unsorted", query | {"page": page}), "unsorted")
            recent = [each for each in mapping.incoming_calls(rows) if each.started_at >= since]
            kept += recent
            if len(rows) < _PAGE or not recent:
                break
        return kept

    async def put_call(self, call: CallShape, about: str, user: str) -> str:
        """Let amoCRM put the call where it belongs; where it finds no card, put it on ours."""
        kind, number = mapping.split(about)
        if kind == mapping.UNSORTED:
            return about  # the call is inside
        try:
            made = await self._amo.make("calls", "calls", mapping.call_values(call, user))
            return f"call:{made.get('id', call.call_id)}"
        except NoCard:
            (note,) = _made(await self._amo.post(f"{kind}/{number}/notes", [mapping.call_note(call, user)]), "notes")
            return f"note:{note['id']}"

    async def place_call(self, call: CallShape, user: str, url: str) -> PlacedCall | None:
        """Let amoCRM find the card as it takes the call, and tell whose it is."""
        values = mapping.call_values(call, user) | ({"link": url} if url else {})
        try:
            made = await self._amo.make("calls", "calls", values)
        except NoCard:
            return None
        return PlacedCall(f"call:{made.get('id', call.call_id)}", await self._whose(mapping.card_of(made), call))

    async def _whose(self, card: str, call: CallShape) -> Contact | None:
        """Return who is on the card of a call, if they really have the number."""
        kind, number = mapping.split(card)
        if kind in {"leads", "customers"}:
            kind, number = mapping.split(mapping.who_is_on(await self._amo.read(kind, number, "contacts")))
        if not number:
            return None
        row = await self._amo.read(kind, number, "leads")
        return self._policy.staff.reached(mapping.choose([row], call.customer, self._policy.region, kind))

    async def seek_call(self, call: CallShape, about: str) -> str:
        """Look in the feeds of the contact and of its leads."""
        found = await self._noted(call.call_id, about)
        return "" if found is None else f"note:{found[1]['id']}"

    async def _noted(self, call_id: str, about: str) -> tuple[str, Mapping[str, Any]] | None:
        """Return the card and the note that has the call."""
        for card in await self._cards(about):
            note = mapping.noted(await self._feed(card, mapping.CALL_NOTES), call_id)
            if note is not None:
                return card, note
        return None

    async def _cards(self, about: str) -> list[str]:
        """Return the cards in whose feeds things of ours may be: the contact, its leads, its customers."""
        kind, number = mapping.split(about)
        if kind in {mapping.UNSORTED, ""}:
            return []
        contact = await self._amo.read(kind, number, "leads,customers")
        inside: Mapping[str, Any] = contact.get("_embedded") or {}
        return [about, *(f"{name}:{row['id']}" for name in ("leads", "customers") for row in inside.get(name) or ())]

    async def _feed(self, card: str, kinds: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
        """Return the notes of a card, of some kinds, those changed last first."""
        query: dict[str, str | int] = {**kinds, "limit": _PAGE, "order[updated_at]": "desc"}
        return mapping.every(await self._amo.get(f"{mapping.path(card)}/notes", query), "notes")

    async def put_task(self, about: str, duty: FollowUp) -> str:
        """Make a task on the card; an incoming lead takes none before it is accepted."""
        if about.startswith(mapping.UNSORTED):
            return ""
        return str((await self._amo.make("tasks", "tasks", mapping.task(about, duty)))["id"])

    async def seek_task(self, about: str, duty: FollowUp) -> str:
        """Look among the card's tasks."""
        return await self._own_task(about, duty.marker)

    async def close_task(self, about: str, task: str, words: str) -> None:
        """Complete it with a result."""
        del about
        with contextlib.suppress(CrmMissing):
            await self._amo.change("tasks", task, {"is_completed": True, "result": {"text": words}})

    async def amend_task(self, about: str, task: str, words: str) -> None:
        """Write into its text, once."""
        del about
        with contextlib.suppress(CrmMissing):
            text = str((await self._amo.read("tasks", task)).get("text") or "")
            if words not in text:
                await self._amo.change("tasks", task, {"text": f"{text} {words}".strip()})

    async def put_recording(self, call_id: str, about: str, crm_call: str, url: str, kind: str) -> None:
        """Give the call in the feed its link; where that cannot be changed, a note of its own has it."""
        del crm_call, kind
        if about.startswith(mapping.UNSORTED):
            return
        found = await self._noted(call_id, about)
        if found is None:
            raise CrmMissing("the call is in no feed: its recording has no place")
        card, note = found
        if note["params"].get("link") == url:
            return
        try:
            await self._change(card, note, {"link": url})
        except CrmRefused:
            mark = marker(f"recording {call_id}")
            if not await self._marked(about, mark):
                await self._post(card, f"Recording: {url} {mark}")

    async def _change(self, card: str, note: Mapping[str, Any], params: Mapping[str, Any]) -> None:
        """Change some parameters of a note and leave the others as they are."""
        values = {"note_type": note["note_type"], "params": {**note["params"], **params}}
        await self._amo.patch(f"{mapping.path(card)}/notes/{note['id']}", values)

    async def _post(self, card: str, text: str) -> str:
        (made,) = _made(await self._amo.post(f"{mapping.path(card)}/notes", [mapping.common(text)]), "notes")
        return f"{card}:{made['id']}"

    async def put_notes(self, call_id: str, about: str, crm_call: str, lines: Sequence[str]) -> str:
        """Write a note beside the call; an incoming lead takes none before it is accepted."""
        del crm_call
        if about.startswith(mapping.UNSORTED):
            return ""
        found = await self._noted(call_id, about)
        return await self._post(found[0] if found else about, _text(call_id, lines))

    async def seek_notes(self, call_id: str, about: str) -> str:
        """Look in the feeds for our mark."""
        found = await self._marked(about, notes_marker(call_id))
        return f"{found[0][0]}:{found[0][1]['id']}" if found else ""

    async def _marked(self, about: str, words: str) -> list[tuple[str, Mapping[str, Any]]]:
        """Return the notes of ours that carry a mark, with their cards."""
        return [
            (card, note)
            for card in await self._cards(about)
            for note in await self._feed(card, _COMMON_NOTES)
            if words in str((note.get("params") or {}).get("text"))
        ]

    async def change_notes(self, call_id: str, about: str, written: str, lines: Sequence[str]) -> None:
        """Write the note's text anew."""
        del about
        card, _, number = written.rpartition(":")
        await self._amo.patch(f"{mapping.path(card)}/notes/{number}", mapping.common(_text(call_id, lines)))

    async def erase(self, trace: Trace) -> Fate:
        """Blank one: amoCRM's API deletes neither notes nor tasks."""
        match trace.role:
            case "task" | "review":
                return await self._erase_task(trace)
            case "call" if trace.crm_id.startswith(mapping.UNSORTED):
                return Fate(CopyState.KEPT, _INCOMING)
            case "call":
                return await self._erase_call(trace)
            case _:
                return await self._erase_notes(trace, notes_marker(trace.call_id))

    async def _erase_call(self, trace: Trace) -> Fate:
        found = await self._noted(trace.call_id, trace.about)
        if found is None:
            raise CrmMissing("the call is in no feed")
        await self._change(*found, mapping.BLANK_CALL)
        for card, note in await self._marked(trace.about, marker(f"recording {trace.call_id}")):
            await self._change(card, note, mapping.BLANK_NOTE)
        return Fate(CopyState.BLANKED, _NO_DELETING)

    async def _erase_notes(self, trace: Trace, words: str) -> Fate:
        found = await self._marked(trace.about, words)
        for card, note in found:
            await self._change(card, note, mapping.BLANK_NOTE)
        if not found:
            raise CrmMissing("no note of ours is there")
        return Fate(CopyState.BLANKED, _NO_DELETING)

    async def _erase_task(self, trace: Trace) -> Fate:
        task = trace.crm_id or await self._own_task(trace.about, marker(f"{trace.role} {trace.call_id}"))
        if not task:
            raise CrmMissing("no task was made")
        found = await self._amo.read("tasks", task)
        done: dict[str, Any] = {} if found.get("is_completed") else {"is_completed": True}
        await self._amo.change("tasks", task, mapping.BLANK_TASK | done)
        return Fate(CopyState.BLANKED, _NO_DELETING)

    async def _own_task(self, about: str, mark: str) -> str:
        """Find the task of a card that carries our mark, or empty."""
        kind, number = mapping.split(about)
        query: dict[str, str | int] = {"filter[entity_type]": kind, "filter[entity_id][0]": number, "limit": _PAGE}
        rows = mapping.every(await self._amo.get("tasks", query), "tasks") if number else ()
        return next((str(row["id"]) for row in rows if mark in str(row.get("text"))), "")

    async def examine(self) -> list[CrmFinding]:
        """Try the address, the token and the rights."""
        return await examining.examine(self._amo)

    async def kept_calls(self, since: datetime, until: datetime) -> list[KeptCall]:
        """List our calls in all feeds that were changed in a span, and those inside incoming leads."""
        return [*await self._incoming(since), *await examining.kept_calls(self._amo, since, until)]


def _text(call_id: str, lines: Sequence[str]) -> str:
    return "\n".join([*lines, notes_marker(call_id)])


def _made(answer: Json, name: str) -> Sequence[Mapping[str, Any]]:
    """Return what was made; half an answer is none.

    Raises:
        CrmBroken: it does not tell exactly one thing.
    """
    rows = mapping.every(answer, name)
    if len(rows) != 1:
        raise CrmBroken(f"{name}: {len(rows)} made instead of one")
    return rows
