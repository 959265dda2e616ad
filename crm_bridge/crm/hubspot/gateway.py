"""How HubSpot is told; what and in which order is `crm_bridge.crm.sync`'s."""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import aiohttp

from crm_bridge.crm.errors import CrmDenied, CrmError, CrmMissing
from crm_bridge.crm.hubspot import mapping
from crm_bridge.crm.hubspot.client import OBJECTS, OWNERS, HubSpotClient, Row, TooManyFound
from crm_bridge.crm.plugin.examining import Probe, examined
from crm_bridge.crm.plugin.notes_in_call import NotesInCall
from crm_bridge.crm.policy import phone_search
from crm_bridge.crm.policy.follow_ups import FollowUp, marker
from crm_bridge.crm.policy.rules import LeadRule
from crm_bridge.crm.policy.types import Contact, CopyState, CrmFinding, Fate, KeptCall, Trace
from crm_bridge.crm.sync.policy import Policy
from crm_bridge.crm.transport.gathering import Gathering
from crm_bridge.schemas import CallShape


class HubSpotGateway(NotesInCall):
    """One account, as `CrmSync` needs it."""

    looks_first = False
    makes_people = True
    plays: frozenset[str] = frozenset()

    def __init__(self, client: HubSpotClient, policy: Policy, app_id: str = "") -> None:
        self._hubspot = client
        self._policy = policy
        self._app_id = app_id
        self._people: Gathering[str, list[Row]] = Gathering(self._of_each, client.searches, most=_SEARCHED)
        self._strangers: Gathering[str, list[Row]] = Gathering(self._ending, client.searches, most=_ENDINGS)

    async def find(self, number: str) -> Contact | None:
        """Find the contact, else the company; HubSpot looks for digits, we check the whole number."""
        found = mapping.choose(await self._people.ask(number), number, self._policy.region)
        return self._policy.staff.reached(found or await self._company(number))

    async def _of_each(self, numbers: Sequence[str]) -> Sequence[list[Row] | CrmError]:
        """Return those who may have each number, in one search; who is not found so is looked for once more.

        A shared search compares whole spellings; the other one finds what stands before or beside a number.
        """
        if len(numbers) == 1:
            groups = mapping.number_groups(numbers[0])
            return [await self._hubspot.search("contacts", groups, mapping.PERSON, has_turn=True)]
        rows = await self._shared(numbers, has_turn=True)
        known = {number: mapping.of_number(rows, number, self._policy.region) for number in numbers}
        unknown = [number for number, own in known.items() if not own]
        looked = await asyncio.gather(*map(self._strangers.ask, unknown), return_exceptions=True)
        others: dict[str, list[Row] | CrmError] = {}
        for number, found in zip(unknown, looked, strict=True):
            if isinstance(found, BaseException) and not isinstance(found, CrmError):
                raise found
            others[number] = found
        return [known[number] or others[number] for number in numbers]

    async def _shared(self, numbers: Sequence[str], *, has_turn: bool) -> list[Row]:
        groups = mapping.shared_groups(numbers)
        if mapping.fits(groups):
            return await self._hubspot.search("contacts", groups, mapping.PERSON, every_page=True, has_turn=has_turn)
        middle = len(numbers) // 2
        return [
            *await self._shared(numbers[:middle], has_turn=has_turn),
            *await self._shared(numbers[middle:], has_turn=False),
        ]

    async def _ending(self, numbers: Sequence[str]) -> Sequence[list[Row]]:
        rows = await self._hubspot.search("contacts", mapping.ending_groups(numbers), mapping.PERSON, has_turn=True)
        return [rows] * len(numbers)

    async def _company(self, number: str) -> Contact | None:
        """Find a company; who gave us no right to see them has none."""
        with contextlib.suppress(CrmDenied):
            words = phone_search.national(number)
            rows = await self._hubspot.search("companies", (), mapping.COMPANY, words=words)
            return mapping.choose_company(rows, number, self._policy.region)
        return None

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
            body = mapping.with_words(await self._hubspot.read("tasks", task, "hs_task_body"), words)
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

    async def change_notes(self, call_id: str, about: str, written: str, lines: Sequence[str]) -> None:
        """Write them anew, at the end of the body."""
        del call_id, about
        number = mapping.id_of(written)
        body = await self._hubspot.read("calls", number, "hs_call_body")
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
        name = f"associations.{mapping.kind_of(about)}"
        on = [{"propertyName": name, "operator": "EQ", "value": mapping.id_of(about)}]
        return await self._hubspot.search("tasks", [on], mapping.TASK)

    async def examine(self) -> list[CrmFinding]:
        """Try the token, the rights and the owners that the settings name."""
        steps = [Probe(what, partial(self._hubspot.get, path), cure) for what, path, cure in _STEPS]
        findings = await examined(steps)
        return findings if any(each.cure for each in findings) else [*findings, *await self._owners()]

    async def _owners(self) -> list[CrmFinding]:
        findings: list[CrmFinding] = []
        for extension, owner in self._policy.staff.users.items():
            try:
                answer = await self._hubspot.get(f"{OWNERS}/{owner}")
                findings.append(CrmFinding(f"owner of {extension}", str(answer.get("email") or owner)))
            except (CrmError, aiohttp.ClientError, TimeoutError, OSError) as error:
                cure = "`users` wants owner ids, which are not user ids: Settings, Users, or GET /crm/owners"
                findings.append(CrmFinding(f"owner of {extension}", f"{type(error).__name__}: {error}", cure))
        return findings

    async def kept_calls(self, since: datetime, until: datetime) -> list[KeptCall]:
        """List our calls of a span, in halves where a search finds more than HubSpot gives."""
        try:
            return await self._kept(since, until)
        except TooManyFound:
            if until - since < _SHORTEST:
                raise
        middle = since + (until - since) / 2
        halves = [*await self.kept_calls(since, middle), *await self.kept_calls(middle, until)]
        return list({kept.crm_id: kept for kept in halves}.values())

    async def _kept(self, since: datetime, until: datetime) -> list[KeptCall]:
        bounds = {"value": str(round(since.timestamp() * 1000)), "highValue": str(round(until.timestamp() * 1000))}
        span = {"propertyName": "hs_timestamp", "operator": "BETWEEN", **bounds}
        ours = {"propertyName": "hs_call_external_id", "operator": "HAS_PROPERTY"}
        return mapping.kept(await self._hubspot.search("calls", [[span, ours]], mapping.CALL, every_page=True))


_SEARCHED = 18
"""Numbers that one search looks for; longer ones are looked for in two."""
_ENDINGS = 2
"""Numbers whose endings one search looks for: it has at most five groups."""
_SHORTEST = timedelta(minutes=1)
_BIN = "HubSpot keeps it in its recycling bin for 90 days"
_SCOPES = "give the private application the scopes"
_STEPS = (
    (
        "token and contacts",
        f"{OBJECTS}/contacts?limit=1",
        f"check `token`; {_SCOPES} crm.objects.contacts.read and .write",
    ),
    ("calls", f"{OBJECTS}/calls?limit=1", f"{_SCOPES} crm.objects.contacts.write (calls and tasks are read by it)"),
    ("tasks", f"{OBJECTS}/tasks?limit=1", f"{_SCOPES} crm.objects.contacts.write (calls and tasks are read by it)"),
    ("owners", f"{OWNERS}?limit=1", f"{_SCOPES} crm.objects.owners.read"),
)
