"""How Bitrix24 is told: calls with their cards, and what stands beside them; what and in which order is `sync`'s."""

import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from crm_bridge.api.ports import Dialler
from crm_bridge.crm.bitrix24 import mapping
from crm_bridge.crm.bitrix24.clicks import Clicked
from crm_bridge.crm.bitrix24.client import BitrixClient
from crm_bridge.crm.bitrix24.events import Click
from crm_bridge.crm.errors import CrmBroken, CrmMissing, CrmRefused
from crm_bridge.crm.links import Links
from crm_bridge.crm.plugin.examining import Probe, examined
from crm_bridge.crm.plugin.gateway import OpenedCall
from crm_bridge.crm.policy.follow_ups import FollowUp, marker, notes_marker
from crm_bridge.crm.policy.types import Contact, CopyState, CrmFinding, Fate, KeptCall, Trace
from crm_bridge.crm.sync.policy import Policy
from crm_bridge.crm.transport.http import pages
from crm_bridge.schemas import CallShape
from telephony.model import CallKind

_PAGE = 50


class BitrixGateway:
    """One company's portal. Its `Policy` must name a default user: Bitrix24 wants a user for every call."""

    looks_first = False
    plays = frozenset({"mp3", "wav"})

    def __init__(self, client: BitrixClient, links: Links, policy: Policy) -> None:
        self._bitrix = client
        self._links = links
        self._staff = policy.staff
        self._clicks = Clicked(client, links, policy.staff, policy.region)

    async def find(self, number: str) -> Contact | None:
        """Look a caller up by number."""
        found = await self._bitrix.call("telephony.externalCall.searchCrmEntities", PHONE_NUMBER=number)
        return mapping.contact(found, self._staff)

    async def clicked(self, click: Click, dialler: Dialler) -> None:
        """Dial what somebody clicked on, once; see `Clicked.dial`."""
        await self._clicks.dial(click, dialler)

    async def opened_before(self, call: CallShape, user: str) -> str:
        """Return the call that a click has opened."""
        return await self._clicks.opened(call, user)

    async def open_call(self, call: CallShape, user: str, *, lead: bool) -> OpenedCall:
        """Register the call."""
        values = mapping.registration(call, user=_somebody(user), create=lead)
        answer = await self._bitrix.call("telephony.externalCall.register", **values)
        return OpenedCall(str(answer["CALL_ID"]), mapping.entity(answer), str(answer.get("LEAD_CREATION_ERROR") or ""))

    async def show_card(self, crm_call: str, user: str) -> None:
        """Show it to a user."""
        await self._bitrix.call("telephony.externalCall.show", CALL_ID=crm_call, USER_ID=[int(user)])

    async def hide_card(self, crm_call: str, users: Sequence[str]) -> None:
        """Hide it from users."""
        await self._bitrix.call("telephony.externalCall.hide", CALL_ID=crm_call, USER_ID=[int(user) for user in users])

    async def finish_call(self, call: CallShape, crm_call: str, user: str) -> str:
        """Finish it, and give its activity."""
        values = mapping.finish(call, crm_id=crm_call, user=_somebody(user))
        answer = await self._bitrix.call("telephony.externalCall.finish", **values)
        return str(answer.get("CRM_ACTIVITY_ID") or "")

    async def ended(self, call: CallShape, crm_call: str) -> None:
        """Forget its click."""
        if call.kind is CallKind.CLICK_TO_CALL:
            await self._clicks.forget(call.customer, crm_call)

    async def put_recording(self, call_id: str, about: str, crm_call: str, url: str, kind: str) -> None:
        """Let Bitrix24 fetch the file; again replaces it."""
        del about
        await self._bitrix.call("telephony.externalCall.attachRecord", **mapping.record(crm_call, call_id, kind, url))

    async def put_task(self, about: str, duty: FollowUp) -> str:
        """Add a to-do; a call that belongs to no entity has no place for one."""
        if not about:
            return ""
        _somebody(duty.owner)
        made = await self._bitrix.call("crm.activity.todo.add", **mapping.todo(about, duty))
        if not made.get("id"):
            raise CrmBroken("crm.activity.todo.add: made without an id")
        return str(made["id"])

    async def seek_task(self, about: str, duty: FollowUp) -> str:
        """Look among the entity's activities."""
        return await self._marked(about, duty.marker)

    async def close_task(self, about: str, task: str, words: str) -> None:
        """Write what happened, and complete it."""
        await self.amend_task(about, task, words)
        with contextlib.suppress(CrmMissing):
            if not await self._bitrix.call("crm.activity.update", id=int(task), fields={"COMPLETED": "Y"}):
                raise CrmRefused(f"crm.activity.update: {task} was not completed")

    async def amend_task(self, about: str, task: str, words: str) -> None:
        """Write into its description, once."""
        with contextlib.suppress(CrmMissing):
            text = str((await self._bitrix.call("crm.activity.get", id=int(task))).get("DESCRIPTION") or "")
            if words not in text:
                values = {**mapping.owner_of(about), "id": int(task), "value": f"{text}\n{words}".strip()}
                await self._describe(values)

    async def _describe(self, values: Mapping[str, object]) -> None:
        """Write a to-do's description; one that a person has ticked off already is well as it is."""
        try:
            await self._bitrix.call("crm.activity.todo.updateDescription", **values)
        except CrmRefused as error:
            if _TICKED_OFF not in str(error):
                raise

    async def put_notes(self, call_id: str, about: str, crm_call: str, lines: Sequence[str]) -> str:
        """Write a comment into the entity's timeline."""
        del crm_call
        made = await self._bitrix.call("crm.timeline.comment.add", **mapping.comment(about, _text(call_id, lines)))
        if not isinstance(made, int):
            raise CrmBroken("crm.timeline.comment.add: made without an id")
        return str(made)

    async def seek_notes(self, call_id: str, about: str) -> str:
        """Look among the entity's last comments."""
        rows = await self._bitrix.call("crm.timeline.comment.list", **mapping.comments_on(about))
        return next((str(row["ID"]) for row in rows if notes_marker(call_id) in str(row.get("COMMENT"))), "")

    async def change_notes(self, call_id: str, about: str, written: str, lines: Sequence[str]) -> None:
        """Write the comment anew."""
        values = {"id": int(written), "fields": {"COMMENT": _text(call_id, lines)}, **mapping.owner_of(about)}
        await self._bitrix.call("crm.timeline.comment.update", **values)

    async def erase(self, trace: Trace) -> Fate:
        """Delete one; a call's line in the statistics and what was never told its id stay."""
        match trace.role:
            case "recording":
                await self._bitrix.call("telephony.externalCall.attachRecord", **mapping.silence(trace.crm_id))
                return Fate(CopyState.BLANKED, _SILENCED)
            case "notes":
                return await self._erase_notes(trace)
            case "call":
                return Fate(CopyState.KEPT, _STATISTICS)
            case _:
                return await self._erase_activity(trace)

    async def _erase_notes(self, trace: Trace) -> Fate:
        if not trace.about:
            raise CrmMissing("they stood nowhere")
        written = trace.crm_id or await self.seek_notes(trace.call_id, trace.about)
        if not written:
            raise CrmMissing("the comment is not there")
        await self._bitrix.call("crm.timeline.comment.delete", id=int(written), **mapping.owner_of(trace.about))
        return Fate(CopyState.DELETED)

    async def _erase_activity(self, trace: Trace) -> Fate:
        activity = trace.crm_id or await self._marked(trace.about, marker(f"{trace.role} {trace.call_id}"))
        if not activity.isdecimal():
            raise CrmMissing("no activity was made")
        if not await self._bitrix.call("crm.activity.delete", id=int(activity)):
            raise CrmRefused(f"crm.activity.delete: {activity} was not deleted")
        return Fate(CopyState.DELETED)

    async def _marked(self, about: str, mark: str) -> str:
        """Find the activity of an entity that carries our mark, or empty."""
        if not about:
            return ""
        rows = await self._bitrix.call("crm.activity.list", **mapping.activities_on(about))
        return next((str(row["ID"]) for row in rows if mark in str(row.get("DESCRIPTION"))), "")

    async def examine(self) -> list[CrmFinding]:
        """Try the address and the rights."""
        return await examined(Probe(what, partial(self._bitrix.call, method), cure) for what, method, cure in _STEPS)

    async def kept_calls(self, since: datetime, until: datetime) -> list[KeptCall]:
        """List our calls of a span; Bitrix24 gives 50 a page."""
        kept: list[KeptCall] = []
        # Its times are the portal's own: a day more on both sides, and the audit looks at call ids.
        span = {
            ">=CALL_START_DATE": (since - timedelta(days=1)).isoformat(timespec="seconds"),
            "<CALL_START_DATE": (until + timedelta(days=1)).isoformat(timespec="seconds"),
        }
        for page in pages():
            start = (page - 1) * _PAGE
            # Without an order its pages may overlap.
            rows = await self._bitrix.call("voximplant.statistic.get", FILTER=span, SORT="ID", ORDER="ASC", start=start)
            kept += mapping.kept(rows, await self._links.calls_of(mapping.clicks_among(rows)))
            if len(rows) != _PAGE:
                break
        return kept


def _somebody(user: str) -> str:
    """Return the user.

    Raises:
        CrmRefused: nobody is named.
    """
    if not user:
        raise CrmRefused("Bitrix24 wants a user for everything: tell crm.bitrix24.default_user")
    return user


def _text(call_id: str, lines: Sequence[str]) -> str:
    return "\n".join([*lines, notes_marker(call_id)])


_TICKED_OFF = "CAN_NOT_UPDATE_COMPLETED_TODO"
_SILENCED = "replaced by silence; Bitrix24 does not tell what becomes of the file before: look into its Drive"
_STATISTICS = "the line in telephony's statistics: Bitrix24's REST has no method that deletes it"
_STEPS = (
    ("address and key", "profile", "check `url`: an inbound webhook's address, or https://PORTAL/rest"),
    ("telephony", "telephony.externalLine.get", "give the webhook or application the right `telephony`"),
    ("crm", "crm.lead.fields", "give the webhook or application the right `crm`"),
)
