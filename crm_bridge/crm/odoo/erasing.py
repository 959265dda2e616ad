"""Deleting from Odoo what we wrote there for a call: found by its id and by our mark, and only if we are its author.

A person who marks our activity as done writes a message of their own, with our summary in it. That one is theirs: it
stays, and the report says so.
"""

from crm_bridge.crm.errors import CrmMissing
from crm_bridge.crm.odoo.client import OdooClient
from crm_bridge.crm.odoo.mapping import Domain, OdooRecord
from crm_bridge.crm.policy.follow_ups import Role, marker, notes_marker
from crm_bridge.crm.policy.types import CopyState, Fate, Trace
from crm_bridge.crm.sync.notes import ROLE

_TASKS = frozenset({Role.CALL_BACK.value, Role.REVIEW.value})


def about_marker(task: str) -> str:
    """The mark of a note about an activity that stays open."""
    return marker(f"about {task}")


class OdooEraser:
    """Deletes as the user whose key we have."""

    def __init__(self, client: OdooClient) -> None:
        self._odoo = client

    async def erase(self, trace: Trace) -> Fate:
        """Delete one copy and what else we wrote on the record for it.

        Raises:
            CrmMissing: nothing of ours is there.
            CrmError: as Odoo answered.
        """
        ours, theirs = await self._messages(trace)
        is_task = trace.role in _TASKS
        activities = await self._activities(trace) if is_task else []
        if trace.crm_id and not is_task:
            ours |= await self._still_there(OdooRecord.read(trace.crm_id))
        if not ours and not activities and not theirs:
            raise CrmMissing("nothing of ours is there")
        await self._delete("mail.activity", activities)
        await self._delete("mail.message", sorted(record.id for record in ours))
        return Fate(CopyState.DELETED, f"{theirs} messages of others quote it" if theirs else "")

    async def _messages(self, trace: Trace) -> tuple[set[OdooRecord], int]:
        """Return the messages on the record with our mark of this: those that we wrote, and how many others."""
        if not trace.about:
            return set(), 0
        record = OdooRecord.read(trace.about)
        domain: Domain = [["model", "=", record.model], ["res_id", "=", record.id], ["body", "ilike", "[ringback "]]
        rows = await self._odoo.call("mail.message", "search_read", domain=domain, fields=["body", "create_uid"])
        quoting = [row for row in rows if any(mark in str(row["body"]) for mark in _marks(trace))]
        us = (await self._odoo.call("res.users", "context_get"))["uid"]
        ours = {OdooRecord("mail.message", row["id"]) for row in quoting if row["create_uid"][0] == us}
        return ours, len(quoting) - len(ours)

    async def _activities(self, trace: Trace) -> list[int]:
        """Return the activities of a duty, also those that are done."""
        domain: Domain = [["active", "in", [True, False]]]
        if trace.crm_id:
            domain.append(["id", "=", OdooRecord.read(trace.crm_id).id])
        else:
            domain.append(["note", "ilike", marker(f"{trace.role} {trace.call_id}")])
        found: list[int] = await self._odoo.call("mail.activity", "search", domain=domain)
        return found

    async def _still_there(self, record: OdooRecord) -> set[OdooRecord]:
        domain: Domain = [["id", "=", record.id]]
        return {record} if await self._odoo.call(record.model, "search", domain=domain) else set()

    async def _delete(self, model: str, numbers: list[int]) -> None:
        if numbers:
            await self._odoo.call(model, "unlink", ids=numbers)


def _marks(trace: Trace) -> list[str]:
    if trace.role == ROLE:
        return [notes_marker(trace.call_id)]
    if trace.role not in _TASKS:
        return [f" {trace.call_id}]"]  # the call goes last, and takes whatever else speaks of it
    about = [about_marker(trace.crm_id)] if trace.crm_id else []
    return [marker(f"{trace.role} {trace.call_id}"), *about]
