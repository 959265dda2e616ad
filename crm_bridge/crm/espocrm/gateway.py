"""How EspoCRM is told; each method's promise is the contract's (`crm_bridge.crm.plugin.gateway`)."""

import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from crm_bridge.crm.espocrm import mapping
from crm_bridge.crm.espocrm.client import EspoClient, Row
from crm_bridge.crm.plugin.kit import (
    CallShape,
    Contact,
    CopyState,
    CrmFinding,
    CrmMissing,
    Fate,
    FollowUp,
    GatewayContext,
    KeptCall,
    LeadRule,
    NotesInCall,
    Probe,
    Trace,
    examined,
    marker,
    phone_search,
)

_MOST_FOUND = 20
_MOST_KEPT = 20_000


class EspoGateway(NotesInCall):
    """One company's EspoCRM."""

    looks_first = False
    makes_people = True
    plays: frozenset[str] = frozenset()

    def __init__(self, client: EspoClient, given: GatewayContext) -> None:
        self._espo = client
        self._given = given

    async def find(self, number: str) -> Contact | None:
        """Look among contacts, then open leads, then accounts."""
        for entity in mapping.PEOPLE:
            for row in await self._espo.find(
                entity, mapping.numbered(entity, number), mapping.PERSON, most=_MOST_FOUND
            ):
                if await self._has(entity, row, number):
                    return self._given.staff.reached(mapping.contact(entity, row))
        return None

    async def _has(self, entity: str, row: Row, number: str) -> bool:
        """Return whether somebody really has a number; a list may leave out all but the first of theirs."""
        if phone_search.same(mapping.phones(row), number, self._given.region):
            return True
        if row.get("phoneNumberData") is not None:
            return False
        with contextlib.suppress(CrmMissing):
            whole = await self._espo.read(entity, str(row["id"]))
            return phone_search.same(mapping.phones(whole), number, self._given.region)
        return False

    async def put_lead(self, call: CallShape, owner: str, rule: LeadRule) -> Contact:
        """Make a lead, in the rule's team."""
        made = await self._espo.create("Lead", mapping.lead(call, owner=owner, team=rule.pipeline))
        return Contact(f"Lead:{made}", "", owner, "")

    async def seek_lead(self, call: CallShape) -> Contact | None:
        """`find` finds it."""
        del call
        return None

    async def put_call(self, call: CallShape, about: str, user: str) -> str:
        """Write the call down; it must be somebody's."""
        values = mapping.call_values(call, about, user=user or self._given.default_user, zone=self._given.zone)
        return f"Call:{await self._espo.create('Call', values)}"

    async def seek_call(self, call: CallShape, about: str) -> str:
        """Look for our mark."""
        del about
        rows = await self._espo.find("Call", mapping.begun(call), mapping.CALL, most=1)
        return f"Call:{rows[0]['id']}" if rows else ""

    async def put_recording(self, call_id: str, about: str, crm_call: str, url: str, kind: str) -> None:
        """Write the link into the call: calls have no attachments there, unless somebody adds such a field."""
        del call_id, about, kind
        if crm_call:
            await self._describe(crm_call, lambda text: mapping.with_recording(text, url))

    async def put_task(self, about: str, duty: FollowUp) -> str:
        """Make a task on the card; it must be somebody's."""
        values = mapping.task(about, duty)
        values["assignedUserId"] = duty.owner or self._given.default_user
        return f"Task:{await self._espo.create('Task', values)}"

    async def seek_task(self, about: str, duty: FollowUp) -> str:
        """Look among the card's tasks."""
        return await self._task(about, duty.marker)

    async def _task(self, about: str, mark: str) -> str:
        rows = await self._espo.find("Task", mapping.on_card(about, mark), mapping.TASK, most=1)
        return f"Task:{rows[0]['id']}" if rows else ""

    async def close_task(self, about: str, task: str, words: str) -> None:
        """Complete it."""
        del about
        with contextlib.suppress(CrmMissing):
            await self._describe(task, lambda text: mapping.with_words(text, words), status="Completed")

    async def amend_task(self, about: str, task: str, words: str) -> None:
        """Write into its description."""
        del about
        with contextlib.suppress(CrmMissing):
            await self._describe(task, lambda text: mapping.with_words(text, words))

    async def change_notes(self, call_id: str, about: str, written: str, lines: Sequence[str]) -> None:
        """Write them anew, at the end of the call's description."""
        del call_id, about
        await self._describe(written, lambda text: mapping.with_notes(text, lines))

    async def _describe(self, crm_id: str, edit: Callable[[str], str], **more: str) -> None:
        """Change a record's description, and what else is told; nothing is written that stands there."""
        entity, number = mapping.split(crm_id)
        row = await self._espo.read(entity, number)
        before = str(row.get("description") or "")
        values = {key: value for key, value in more.items() if row.get(key) != value}
        after = edit(before)
        values |= {"description": after} if after != before else {}
        if values:
            await self._espo.change(entity, number, values)

    async def erase(self, trace: Trace) -> Fate:
        """Delete a call or a task; what people wrote goes out of the call."""
        if trace.role == "notes":
            written = trace.crm_id or trace.crm_call
            if not written:
                raise CrmMissing("they stood nowhere")
            await self.change_notes(trace.call_id, trace.about, written, ())
            return Fate(CopyState.DELETED, "it stood in the call")
        crm_id = trace.crm_id or await self._lost(trace)
        if not crm_id:
            raise CrmMissing("nothing of ours is there")
        entity, number = mapping.split(crm_id)
        await self._espo.delete(entity, number)
        return Fate(CopyState.DELETED, _CLEANED)

    async def _lost(self, trace: Trace) -> str:
        """Find what we were never told the id of."""
        if trace.role != "call":
            return await self._task(trace.about, marker(f"{trace.role} {trace.call_id}")) if trace.about else ""
        rows = await self._espo.find("Call", [mapping.marked(marker(trace.call_id))], mapping.CALL, most=1)
        return f"Call:{rows[0]['id']}" if rows else ""

    async def examine(self) -> list[CrmFinding]:
        """Try the address, the key, and the rights to each kind of record."""
        return await examined(
            Probe(
                entity,
                partial(self._espo.find, entity, (), ("id",), most=1),
                f"give the API user's role access to {entity}" if place else _KEY,
            )
            for place, entity in enumerate(("Contact", "Lead", "Account", "Call", "Task"))
        )

    async def kept_calls(self, since: datetime, until: datetime) -> list[KeptCall]:
        """List our calls that began in a span."""
        span = [
            {"type": "greaterThanOrEquals", "attribute": "dateStart", "value": mapping.written(since)},
            {"type": "lessThan", "attribute": "dateStart", "value": mapping.written(until)},
            mapping.marked("[ringback "),
        ]
        return mapping.kept(await self._espo.find("Call", span, mapping.CALL, most=_MOST_KEPT, order="dateStart"))


_CLEANED = "EspoCRM's own clean-up job removes deleted records for good"
_KEY = "check `url` and `key`: Administration, API Users; the user must be active and have a role"
