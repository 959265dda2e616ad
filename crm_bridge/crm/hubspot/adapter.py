"""How HubSpot is told; what and in which order is `crm_bridge.crm.telling`'s."""

import contextlib
from datetime import datetime

import aiohttp

from crm_bridge.crm.answers import CrmError, CrmMissing
from crm_bridge.crm.duties import Duty
from crm_bridge.crm.hubspot import mapping
from crm_bridge.crm.hubspot.client import HubSpotClient
from crm_bridge.crm.links import Links
from crm_bridge.crm.rules import LeadRule
from crm_bridge.crm.telling import DeskAdapter, Policy
from crm_bridge.crm.words import Contact, Finding, KeptCall
from crm_bridge.payloads import CallShape


class HubSpotDesk:
    """One account, as `Telling` needs it."""

    looks_first = False
    makes_people = True

    def __init__(self, client: HubSpotClient, policy: Policy) -> None:
        self._hubspot = client
        self._policy = policy

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

    async def put_task(self, about: str, duty: Duty) -> str:
        """Make a task on the contact."""
        return await self._hubspot.create("tasks", mapping.task(about, duty))

    async def seek_task(self, about: str, duty: Duty) -> str:
        """Look among the contact's tasks."""
        on = [{"propertyName": "associations.contact", "operator": "EQ", "value": mapping.id_of(about)}]
        return mapping.own_task(await self._hubspot.search("tasks", [on], mapping.TASK), duty)

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

    async def put_recording(self, call_id: str, about: str, crm_call: str, url: str) -> None:
        """Give the call its recording's address."""
        del call_id, about
        if crm_call:
            await self._hubspot.change("calls", mapping.id_of(crm_call), {"hs_call_recording_url": url})


class HubSpotAdapter(DeskAdapter[HubSpotDesk]):
    """One company's account."""

    def __init__(self, client: HubSpotClient, links: Links, policy: Policy) -> None:
        super().__init__(HubSpotDesk(client, policy), links, policy)
        self._hubspot = client
        self._policy = policy

    async def examine(self) -> list[Finding]:
        """Try the token, the rights and the owners that the settings name."""
        findings: list[Finding] = []
        for what, path, cure in _STEPS:
            try:
                await self._hubspot.get(path)
            except (CrmError, aiohttp.ClientError, TimeoutError, OSError) as error:
                return [*findings, Finding(what, f"{type(error).__name__}: {error}", cure)]
            findings.append(Finding(what, "well"))
        return [*findings, *await self._owners()]

    async def _owners(self) -> list[Finding]:
        findings: list[Finding] = []
        for extension, owner in self._policy.staff.users.items():
            try:
                told = await self._hubspot.get(f"crm/v3/owners/{owner}")
                findings.append(Finding(f"owner of {extension}", str(told.get("email") or owner)))
            except (CrmError, aiohttp.ClientError, TimeoutError, OSError) as error:
                cure = "`users` wants owner ids, which are not user ids: Settings, Users, or GET /crm/v3/owners"
                findings.append(Finding(f"owner of {extension}", f"{type(error).__name__}: {error}", cure))
        return findings

    async def kept_calls(self, since: datetime, until: datetime) -> list[KeptCall]:
        """List our calls of a span."""
        bounds = {"value": str(round(since.timestamp() * 1000)), "highValue": str(round(until.timestamp() * 1000))}
        span = {"propertyName": "hs_timestamp", "operator": "BETWEEN", **bounds}
        ours = {"propertyName": "hs_call_external_id", "operator": "HAS_PROPERTY"}
        return mapping.kept(await self._hubspot.search("calls", [[span, ours]], mapping.CALL, every_page=True))


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
