"""How HubSpot is told; what and in which order is `crm_bridge.crm.sync`'s."""

import contextlib
from collections.abc import Sequence
from datetime import datetime

import aiohttp

from crm_bridge.crm.errors import CrmError, CrmMissing
from crm_bridge.crm.hubspot import mapping
from crm_bridge.crm.hubspot.client import HubSpotClient, Row
from crm_bridge.crm.policy.follow_ups import FollowUp, marker
from crm_bridge.crm.policy.rules import LeadRule
from crm_bridge.crm.policy.types import Contact, CopyState, CrmFinding, Fate, KeptCall, Trace
from crm_bridge.crm.sync.policy import Policy
from crm_bridge.schemas import CallShape


class HubSpotGateway:
    """One account, as `CrmSync` needs it."""

    looks_first = False
    makes_people = True
    plays: frozenset[str] = frozenset()

    def __init__(self, client: HubSpotClient, policy: Policy, app_id: str = "") -> None:
        self._hubspot = client
        self._policy = policy
        self._app_id = app_id

    async def find(self, number: str) -> Contact | None:
        """Find the contact; HubSpot looks for digits, we check the whole number."""
        rows = await self._hubspot.search("contacts", mapping.number_groups(number), mapping.PERSON)
        found = mapping.choose(rows, number, self._policy.region)
        return self._policy.staff.reached(found)

    async def put_lead(self, call: CallShape, owner: str, rule: LeadRule) -> Contact:
        """Make a contact in the rule's lifecycle stage."""
        made = await self._hubspot.create("contacts", mapping.person(call, owner=owner, stage=rule.pipeline))
        return Contact(f"contact:{made}", "", owner, "")

    async def seek_lead(self, call: CallShape) -> Contact | None:
        """`find` finds it."""
        del call
        return None

    async def put_call(self, call: CallShape, about: str, user: str) -> str:
        """Write the call down on its contact."""
        values = mapping.call_values(call, about, user=user, zone=self._policy.zone)
        return f"call:{await self._hubspot.create('calls', values)}"

    async def seek_call(self, call: CallShape, about: str) -> str:
        """Look for our id."""
        del about
        own = [{"propertyName": "hs_call_external_id", "operator": "EQ", "value": call.call_id}]
        rows = await self._hubspot.search("calls", [own], mapping.CALL)
        return f"call:{rows[0]['id']}" if rows else ""

    async def put_task(self, about: str, duty: FollowUp) -> str:
        """Make a task on the contact."""
        return await self._hubspot.create("tasks", mapping.task(about, duty))

    async def seek_task(self, about: str, duty: FollowUp) -> str:
        """Look among the contact's tasks."""
        return mapping.marked_task(await self._tasks_on(about), duty.marker)

    async def close_task(self, about: str, task: str, words: str) -> None:
        """Complete it."""
        del about
        await self._write_on(task, words, {"hs_task_status": "COMPLETED"})

    async def amend_task(self, about: str, task: str, words: str) -> None:
        """Write into its body."""
        del about
        await self._write_on(task, words, {})

    async def _write_on(self, task: str, words: str, more: dict[str, str]) -> None:
        with contextlib.suppress(CrmMissing):
            told = await self._hubspot.get(f"crm/v3/objects/tasks/{task}?properties=hs_task_body")
            body = mapping.with_words(str(told["properties"].get("hs_task_body") or ""), words)
            await self._hubspot.change("tasks", task, {"hs_task_body": body, **more})

    async def put_recording(self, call_id: str, about: str, crm_call: str, url: str, kind: str) -> None:
        """Let HubSpot ask us for the recording (`crm_bridge.crm.hooks`); without an application, tell its address."""
        del call_id, about, kind
        number = mapping.id_of(crm_call)
        if number and self._app_id:
            await self._hubspot.change("calls", number, mapping.playable(self._app_id))
            await self._hubspot.recording_ready(number)
        elif number:
            await self._hubspot.change("calls", number, {"hs_call_recording_url": url})

    async def put_notes(self, call_id: str, about: str, crm_call: str, lines: Sequence[str]) -> str:
        """Write them into the call's body."""
        with contextlib.suppress(CrmMissing):
            if crm_call:
                await self.change_notes(call_id, about, crm_call, lines)
                return crm_call
        return ""

    async def seek_notes(self, call_id: str, about: str) -> str:
        """There is nothing to look for: they stand in the call."""
        del call_id, about
        return ""

    async def change_notes(self, call_id: str, about: str, written: str, lines: Sequence[str]) -> None:
        """Write them anew, at the end of the body."""
        del call_id, about
        number = mapping.id_of(written)
        told = await self._hubspot.get(f"crm/v3/objects/calls/{number}?properties=hs_call_body")
        body = str(told["properties"].get("hs_call_body") or "")
        written_body = mapping.with_notes(body, lines)
        if written_body != body:
            await self._hubspot.change("calls", number, {"hs_call_body": written_body})

    async def erase(self, trace: Trace) -> Fate:
        """Delete a call or a task; HubSpot keeps it in its recycling bin for a while."""
        match trace.role:
            case "notes":
                await self.change_notes(trace.call_id, trace.about, trace.crm_id or trace.crm_call, ())
                return Fate(CopyState.DELETED, "it stood in the call")
            case "call":
                kind, numbers = "calls", await self._calls(trace)
            case _:
                kind, numbers = "tasks", await self._tasks(trace)
        if not numbers:
            raise CrmMissing("nothing of ours is there")
        for number in numbers:
            await self._hubspot.delete(kind, number)
        return Fate(CopyState.DELETED, _BIN)

    async def _calls(self, trace: Trace) -> list[str]:
        own = [{"propertyName": "hs_call_external_id", "operator": "EQ", "value": trace.call_id}]
        found = {str(row["id"]) for row in await self._hubspot.search("calls", [own], mapping.CALL)}
        return sorted(found | ({mapping.id_of(trace.crm_id)} if trace.crm_id else set()))

    async def _tasks(self, trace: Trace) -> list[str]:
        if trace.crm_id or not trace.about:
            return [trace.crm_id] if trace.crm_id else []
        found = mapping.marked_task(await self._tasks_on(trace.about), marker(f"{trace.role} {trace.call_id}"))
        return [found] if found else []

    async def _tasks_on(self, about: str) -> list[Row]:
        on = [{"propertyName": "associations.contact", "operator": "EQ", "value": mapping.id_of(about)}]
        return await self._hubspot.search("tasks", [on], mapping.TASK)

    async def examine(self) -> list[CrmFinding]:
        """Try the token, the rights and the owners that the settings name."""
        findings: list[CrmFinding] = []
        for what, path, cure in _STEPS:
            try:
                await self._hubspot.get(path)
            except (CrmError, aiohttp.ClientError, TimeoutError, OSError) as error:
                return [*findings, CrmFinding(what, f"{type(error).__name__}: {error}", cure)]
            findings.append(CrmFinding(what, "well"))
        return [*findings, *await self._owners()]

    async def _owners(self) -> list[CrmFinding]:
        findings: list[CrmFinding] = []
        for extension, owner in self._policy.staff.users.items():
            try:
                told = await self._hubspot.get(f"crm/v3/owners/{owner}")
                findings.append(CrmFinding(f"owner of {extension}", str(told.get("email") or owner)))
            except (CrmError, aiohttp.ClientError, TimeoutError, OSError) as error:
                cure = "`users` wants owner ids, which are not user ids: Settings, Users, or GET /crm/v3/owners"
                findings.append(CrmFinding(f"owner of {extension}", f"{type(error).__name__}: {error}", cure))
        return findings

    async def kept_calls(self, since: datetime, until: datetime) -> list[KeptCall]:
        """List our calls of a span."""
        bounds = {"value": str(round(since.timestamp() * 1000)), "highValue": str(round(until.timestamp() * 1000))}
        span = {"propertyName": "hs_timestamp", "operator": "BETWEEN", **bounds}
        ours = {"propertyName": "hs_call_external_id", "operator": "HAS_PROPERTY"}
        return mapping.kept(await self._hubspot.search("calls", [[span, ours]], mapping.CALL, every_page=True))


_BIN = "HubSpot keeps it in its recycling bin for 90 days"
_SCOPES = "give the private application the scopes"
_STEPS = (
    (
        "token and contacts",
        "crm/v3/objects/contacts?limit=1",
        f"check `token`; {_SCOPES} crm.objects.contacts.read and .write",
    ),
    ("calls", "crm/v3/objects/calls?limit=1", f"{_SCOPES} crm.objects.contacts.write (calls and tasks are read by it)"),
    ("tasks", "crm/v3/objects/tasks?limit=1", f"{_SCOPES} crm.objects.contacts.write (calls and tasks are read by it)"),
    ("owners", "crm/v3/owners?limit=1", f"{_SCOPES} crm.objects.owners.read"),
)
