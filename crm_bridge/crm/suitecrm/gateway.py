"""How SuiteCRM is told; each method's promise is the contract's (`crm_bridge.crm.plugin.gateway`).

SuiteCRM takes a dismissed user, and things on a card that was deleted, without a word: both are looked at first.
"""

import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from crm_bridge.crm.plugin.kit import (
    CallShape,
    Contact,
    CopyState,
    CrmDenied,
    CrmFinding,
    CrmMissing,
    CrmRefused,
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
from crm_bridge.crm.suitecrm import mapping
from crm_bridge.crm.suitecrm.client import AlreadyThere, SuiteClient

_MOST_FOUND = 100
_MOST_KEPT = 20_000


class SuiteGateway(NotesInCall):
    """One company's SuiteCRM."""

    looks_first = False
    makes_people = True
    plays: frozenset[str] = frozenset()

    def __init__(self, client: SuiteClient, given: GatewayContext) -> None:
        self._suite = client
        self._given = given

    async def find(self, number: str) -> Contact | None:
        """Look among contacts, then open leads, then accounts."""
        for module in mapping.PEOPLE:
            asked = mapping.numbered(module, number), mapping.shown(module)
            for row in await self._suite.find(module, *asked, most=_MOST_FOUND, every=False, sort="-date_modified"):
                is_theirs = phone_search.same(mapping.phones(module, row), number, self._given.region)
                if is_theirs and mapping.is_alive(row):
                    return self._given.staff.reached(mapping.contact(module, row))
        return None

    async def put_lead(self, call: CallShape, owner: str, rule: LeadRule) -> Contact:
        """Make a lead; the rule's ``pipeline`` is its source."""
        await self._works_here(owner)
        values = mapping.lead(call, owner=owner, source=rule.pipeline)
        return Contact(await self._made("Leads", f"lead {call.call_id}", values), "", owner, "")

    async def seek_lead(self, call: CallShape) -> Contact | None:
        """`find` finds it."""
        del call
        return None

    async def put_call(self, call: CallShape, about: str, user: str) -> str:
        """Write the call down; it must be somebody's."""
        user = user or self._given.default_user
        await self._there(about)
        await self._works_here(user)
        values = mapping.call_values(call, about, user=user, zone=self._given.zone)
        return await self._made("Calls", call.call_id, values)

    async def seek_call(self, call: CallShape, about: str) -> str:
        """Look whether its id is there."""
        del about
        return await self._sought("Calls", call.call_id)

    async def put_recording(self, call_id: str, about: str, crm_call: str, url: str, kind: str) -> None:
        """Write the link into the call."""
        del call_id, about, kind
        if crm_call:
            await self._describe(crm_call, lambda text: mapping.with_recording(text, url))

    async def put_task(self, about: str, duty: FollowUp) -> str:
        """Make a task on the card; it must be somebody's."""
        user = duty.owner or self._given.default_user
        await self._there(about)
        await self._works_here(user)
        return await self._made("Tasks", duty.marker, mapping.task(about, duty) | {"assigned_user_id": user})

    async def seek_task(self, about: str, duty: FollowUp) -> str:
        """Look whether its id is there."""
        del about
        return await self._sought("Tasks", duty.marker)

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
        await self._suite.delete(*mapping.split(crm_id))
        return Fate(CopyState.DELETED, _PRUNED)

    async def _lost(self, trace: Trace) -> str:
        """Find what we were never told the id of."""
        if trace.role == "call":
            return await self._sought("Calls", trace.call_id)
        return await self._sought("Tasks", marker(f"{trace.role} {trace.call_id}"))

    async def examine(self) -> list[CrmFinding]:
        """Try the address, the client, and the rights to each module."""
        fields = {"Accounts": ("name",), "Calls": ("name",), "Tasks": ("name",), "Users": ("user_name",)}
        return await examined(
            Probe(
                module,
                partial(self._suite.find, module, {}, fields.get(module, ("last_name",)), most=1, sort="id"),
                f"give the client's user a role with access to {module}" if place else _KEY,
            )
            for place, module in enumerate((*mapping.PEOPLE, "Calls", "Tasks", "Users"))
        )

    async def kept_calls(self, since: datetime, until: datetime) -> list[KeptCall]:
        """List our calls that began in a span."""
        span = {
            "date_start": {"gte": mapping.written(since), "lt": mapping.written(until)},
            "description": {"like": "%[ringback %"},
        }
        return mapping.kept(await self._suite.find("Calls", span, mapping.CALL, most=_MOST_KEPT, sort="date_start"))

    # --- what the contract does not name

    async def _made(self, module: str, what: str, values: mapping.Values) -> str:
        """Make a record with an id of ours; one that somebody deleted in SuiteCRM is made anew with another."""
        number = mapping.id_of(self._given.name, what)
        try:
            made = await self._suite.create(module, values, number=number)
        except AlreadyThere:
            made = number if await self._sought(module, what) else await self._suite.create(module, values)
        return f"{module}:{made}"

    async def _sought(self, module: str, what: str) -> str:
        number = mapping.id_of(self._given.name, what)
        with contextlib.suppress(CrmMissing):
            await self._suite.read(module, number, ("date_entered",))
            return f"{module}:{number}"
        return ""

    async def _describe(self, crm_id: str, edit: Callable[[str], str], **more: str) -> None:
        """Change a record's description, and what else is told; nothing is written that stands there."""
        module, number = mapping.split(crm_id)
        row = await self._suite.read(module, number, ("description", *more))
        before = str(row.get("description") or "")
        values = {key: value for key, value in more.items() if row.get(key) != value}
        after = edit(before)
        values |= {"description": after} if after != before else {}
        if values:
            await self._suite.change(module, number, values)

    async def _there(self, about: str) -> None:
        """See to it that a card is there.

        Raises:
            CrmMissing: it was deleted.
        """
        await self._suite.read(*mapping.split(about), ("date_entered",))

    async def _works_here(self, user: str) -> None:
        """See to it that a user is active, whose status is not shown, but can be searched for.

        Raises:
            CrmRefused: the user was deactivated or deleted.
        """
        if not user:
            return
        asked = {"id": {"eq": user}, "status": {"eq": "Active"}}
        try:
            found = await self._suite.find("Users", asked, ("user_name",), most=1, sort="id")
        except CrmDenied:
            return  # the client's user may not see others: whom the settings name is taken as they say
        if not found:
            raise CrmRefused(f"SuiteCRM's user {user} is not active, or was never there")


_PRUNED = "SuiteCRM's job Prune Database removes deleted records for good"
_KEY = "check `url`, `api`, `client_id` and `client_secret`: Administration, OAuth2 Clients and Tokens"
