"""What stands in Bitrix24 beside a call: to-do activities, comments in the timeline; and how each is deleted again."""

import contextlib
from collections.abc import Mapping, Sequence

from crm_bridge.crm.bitrix24 import mapping
from crm_bridge.crm.bitrix24.client import BitrixClient
from crm_bridge.crm.erasure import CopyState, Fate, Trace
from crm_bridge.crm.errors import CrmBroken, CrmMissing, CrmRefused
from crm_bridge.crm.notes import notes_marker
from crm_bridge.crm.policy.follow_ups import FollowUp, marker


class BitrixGateway:
    """Bitrix24's to-do activities and comments, as `Tasks`, `Noting` and `Erasing` need them."""

    looks_first = False

    def __init__(self, client: BitrixClient) -> None:
        self._bitrix = client

    async def put_task(self, about: str, duty: FollowUp) -> str:
        """Add a to-do; a call that belongs to no entity has no place for one."""
        if not about:
            return ""
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
            await self._bitrix.call("crm.activity.update", id=int(task), fields={"COMPLETED": "Y"})

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


def _text(call_id: str, lines: Sequence[str]) -> str:
    return "\n".join([*lines, notes_marker(call_id)])


_TICKED_OFF = "CAN_NOT_UPDATE_COMPLETED_TODO"
_SILENCED = "replaced by silence; Bitrix24 does not tell what becomes of the file before: look into its Drive"
_STATISTICS = "the line in telephony's statistics: Bitrix24's REST has no method that deletes it"
