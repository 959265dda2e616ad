"""What happens to a company, told to an adapter as the outbox tells it."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crm_bridge.crm.policy.rules import LeadRule
from crm_bridge.crm.policy.users import Users
from crm_bridge.crm.sync.dispatch import CrmSync
from crm_bridge.crm.sync.policy import Policy
from crm_bridge.events import publish, publish_callback, publish_notes, publish_ready
from crm_bridge.outbox.lifecycle import Answer
from crm_bridge.outbox.pace import urgently
from crm_bridge.outbox.store import Message, OutboxStore, TargetRow
from crm_bridge.privacy import Forgetting
from crm_bridge.schemas import CommentShape, NotesShape, ResultShape, TagShape
from telephony.events import CallbackChanged, CallEnded
from telephony.model import Call, CallId
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.test_api_calls import call

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CUSTOMER = "+380671234567"
DUE = timedelta(minutes=5)


async def link(recording_id: int, /) -> str:
    return f"https://calls.example/{recording_id}"


def policy(*rules: LeadRule) -> Policy:
    return Policy(
        "UA",
        ZoneInfo("Europe/Kyiv"),
        rules or (LeadRule("everybody"),),
        staff=Users({"101": "6", "102": "7"}),
        default_user="1",
        link=link,
    )


def numbers(count: int) -> list[str]:
    """Return so many customers, as their calls have them."""
    return [f"067123{number:04}" for number in range(count)]


async def call_waits(pool: Pool, crm: str, call_id: str, *, state: str = "waiting") -> None:
    """Let the outbox have the message of a call's end, in this state."""
    await OutboxStore(pool).declare([TargetRow(crm)])
    await pool.execute("DELETE FROM outbox_messages WHERE target = $1 AND key = $2", crm, call_id)
    await pool.execute(
        "INSERT INTO outbox_messages (target, key, kind, body, due_at, state, reason, ended_at) "
        "VALUES ($1, $2, 'call.ended', '{}', $4::timestamptz, $3, 'as told', "
        "CASE WHEN $3 <> 'waiting' THEN $4::timestamptz END)",
        crm,
        call_id,
        state,
        NOW,
    )


@dataclass(slots=True)
class Teller:
    """Tells an adapter."""

    adapter: CrmSync
    urgent: bool = field(default=True, kw_only=True)
    """Whether it happens now; else it is a backlog's."""

    async def ended(self, call: Call) -> Answer:
        return await self.send(call.call_id, *publish(CallEnded(call, NOW), "UA"))

    async def missed_at_once(self, count: int) -> list[Answer]:
        """Tell a backlog's missed calls, each of another customer, all at once."""
        missed = [call(place, answered=False, customer=number) for place, number in enumerate(numbers(count))]
        return await asyncio.gather(*(self.ended(each) for each in missed))

    async def called_back(self, call_id: str, state: str, reason: str, *, attempts: int = 0) -> Answer:
        changed = CallbackChanged(
            request_id=3,
            verb="done",
            state=state,
            reason=reason,
            at=NOW,
            by="101",
            customer=CUSTOMER,
            name="",
            did="0442000600",
            owner="101",
            misses=1,
            spent=3,
            first_missed_at=NOW,
            due_at=NOW,
            call_id=CallId(call_id),
            closed_at=NOW,
        )
        return await self.send("request:3", *publish_callback(changed), attempts=attempts)

    async def recorded(self, call_id: str) -> Answer:
        row = {"started_at": NOW, "sides": 2, "format": "mp3", "bytes": 9}
        rows = [{**row, "recording_id": number, "seconds": seconds} for number, seconds in ((5, 3.0), (6, 25.0))]
        return await self.send(call_id, *publish_ready(call_id, rows, NOW))

    async def noted(
        self,
        call_id: str,
        *texts: str,
        result: str = "",
        tags: Sequence[str] = (),
        at: datetime = NOW,
        attempts: int = 0,
    ) -> Answer:
        """Tell all that stands on a call."""
        notes = NotesShape(
            verb="comment",
            by="Olena",
            comments=tuple(
                CommentShape(comment_id=n, at=NOW, author="Olena", text=text) for n, text in enumerate(texts)
            ),
            earlier=0,
            tags=tuple(TagShape(tag=tag, at=NOW, author="Olena") for tag in tags),
            result=ResultShape(code=result, at=NOW, author="Olena") if result else None,
        )
        return await self.send(call_id, *publish_notes(call_id, notes, at), attempts=attempts)

    async def erased(self, pool: Pool, calls: Sequence[str], crm: str, erasure: int = 5) -> list[Answer]:
        """Erase the customer's calls as the erasure does it, and tell the CRM; gives the answers."""

        @dataclass(frozen=True, slots=True)
        class Erased:
            erasure: int
            calls: tuple[CallId, ...]
            requests: tuple[int, ...] = ()

        async with pool.acquire() as connection, connection.transaction():
            await OutboxStore(pool).declare([TargetRow(crm)])
            forget = Forgetting(lambda: NOW, [crm])
            await forget(connection, CUSTOMER, Erased(erasure, tuple(CallId(call) for call in calls)))
        return await self.deleted(pool, crm)

    async def deleted(self, pool: Pool, crm: str) -> list[Answer]:
        """Deliver the orders to delete, again if they were delivered."""
        rows = await pool.fetch("SELECT key, body FROM outbox_messages WHERE kind = 'call.erased' ORDER BY id")
        assert all(row["body"]["erasure"] for row in rows), crm
        return [await self.send(row["key"], "call.erased", row["body"]) for row in rows]

    async def send(self, key: str, kind: str, body: Mapping[str, Any], attempts: int = 0) -> Answer:
        with urgently(self.urgent):
            return await self.adapter.send(Message(1, "crm", key, kind, json.dumps(body), attempts, NOW), NOW)


async def fates(pool: Pool) -> dict[str, tuple[str, str]]:
    """What became of each copy, by role: its state, and the CRM's id."""
    rows = await pool.fetch("SELECT role, state, crm_id FROM crm_erasures ORDER BY copy")
    return {row["role"]: (row["state"], row["crm_id"]) for row in rows}
