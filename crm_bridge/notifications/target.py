"""The outbox's target of all people: a message becomes words in the person's language, and goes to one address."""

import json
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crm_bridge.notifications.sender import Sender
from crm_bridge.notifications.store import SQL, NoticeKind
from crm_bridge.notifications.wording import words
from crm_bridge.outbox.lifecycle import Answer, Delivered, Discard, Snooze
from crm_bridge.outbox.store import Message
from telephony.postgres.pool import Pool


class PeopleTarget:
    """Sends notices."""

    def __init__(self, pool: Pool, sender: Sender, zone: ZoneInfo, url: str) -> None:
        """Begin; ``url`` is how browsers reach us, for links, or empty for none."""
        self._pool = pool
        self._sender = sender
        self._zone = zone
        self._url = url

    async def send(self, message: Message, now: datetime) -> Answer:
        """Return one person one thing at one address; not in their quiet hours, but for a test."""
        answer = json.loads(message.body)
        row = await self._pool.fetchrow(SQL.address, answer["address"])
        if row is None:
            return Discard("the address was taken out, or its user disabled")
        kind = NoticeKind(answer["kind"])
        rest = quiet_for(row["quiet_from"], row["quiet_until"], now.astimezone(self._zone))
        if rest and kind is not NoticeKind.TEST:
            return Snooze("quiet hours", rest)
        facts = await self._facts(kind, answer["facts"])
        if facts is None:
            return Delivered("it was settled or erased meanwhile")
        title, body = words(kind, facts, row["language"], self._zone, now, self._url)
        return await self._sender.send(row["address"], title, body)

    async def _facts(self, kind: NoticeKind, facts: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Look up what a message only names, so that it keeps no name; None: there is nothing to tell."""
        if "case_id" in facts:
            return await self._case(kind, facts["case_id"])
        if "request_id" not in facts:
            return facts
        row = await self._pool.fetchrow(SQL.request, facts["request_id"], facts.get("promise_id", 0))
        if row is None or (row["closed_at"] is not None and kind is not NoticeKind.PROMISE):
            return None
        at = {NoticeKind.MISSED: row["last_missed_at"], NoticeKind.PROMISE: row["promised_at"]}
        return {**row, "at": at.get(kind, row["first_missed_at"])}

    async def _case(self, kind: NoticeKind, case_id: int) -> Mapping[str, Any] | None:
        row = await self._pool.fetchrow(SQL.unhappy, case_id)
        if row is None or row["closed_at"] is not None or (kind is NoticeKind.CASE_DUE and row["acted_at"] is not None):
            return None
        return dict(row)


def quiet_for(begin: time | None, end: time | None, now: datetime) -> timedelta:
    """Tell for how long quiet hours go on, zero outside of them; ``now`` is in the company's zone."""
    if begin is None or end is None or begin == end:
        return timedelta()
    at = now.time()
    inside = begin <= at < end if begin < end else at >= begin or at < end
    if not inside:
        return timedelta()
    until = datetime.combine(now.date(), end, now.tzinfo)
    if until <= now:
        until = datetime.combine(now.date() + timedelta(days=1), end, now.tzinfo)
    return timedelta(seconds=max(until.timestamp() - now.timestamp(), 1))  # by the clock of the world: a change of time
