"""The tasks in a CRM: given once, and closed when the customer was reached."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from crm_bridge.crm.errors import NotAsked
from crm_bridge.crm.links import Links
from crm_bridge.crm.plugin.gateway import Gateway
from crm_bridge.crm.policy.follow_ups import Ending, FollowUp, Role
from crm_bridge.crm.policy.messages import CallbackMessage
from crm_bridge.crm.sync.parts import Parts, with_somebody
from crm_bridge.crm.sync.waiting import NEVER_TOLD, told_call
from crm_bridge.outbox.store import Message

NO_PLACE: Final = NotAsked("there is no place for this")
_NO_TASKS: Final = NotAsked("0 tasks")
_PREFIX = "task "


class Tasks:
    """One CRM's tasks of ours. Those of missed calls are remembered by customer, for the day they are reached."""

    def __init__(self, gateway: Gateway, links: Links, zone: ZoneInfo) -> None:
        self._gateway = gateway
        self._links = links
        self._zone = zone

    async def give(self, customer: str, about: str, duty: FollowUp, owners: Sequence[str] = ()) -> str:
        """Make a duty a task, once; gives its id, or empty where the CRM has no place for it.

        Args:
            customer: whose call it was.
            about: the card that the task stands on.
            duty: what is to be done.
            owners: who may own it, the best first; the duty's own owner if empty.

        Raises:
            CrmRefused: the CRM takes it for none of them.
        """
        task = await self._links.once(
            duty.call_id,
            duty.role,
            lambda: with_somebody(
                owners or [duty.owner], lambda owner: self._gateway.put_task(about, replace(duty, owner=owner))
            ),
            lambda: self._gateway.seek_task(about, duty),
            look_first=self._gateway.looks_first,
        )
        if task and duty.role is Role.CALL_BACK:
            await self._links.mark(customer, f"{_PREFIX}{duty.call_id}", f"{about} {task}")
        return task

    async def called_back(self, news: CallbackMessage, message: Message, now: datetime) -> str:
        """Return the tasks what became of a callback request; gives a note for the delivery log.

        Raises:
            CrmWaits: its call was not told yet.
            CrmRefused: the call, or its task, is a dead letter; or the CRM refused one of the tasks.
        """
        ending = news.ending(self._zone)
        if ending is None:
            return NO_PLACE
        call_id = news.callback.call_id
        if call_id and await told_call(self._links, call_id, message, now, whole=True) is None:
            return NEVER_TOLD
        ended = await self._end(ending)
        return f"{ended} tasks" if ended else _NO_TASKS

    async def _end(self, ending: Ending) -> int:
        """Return all open tasks of a customer's missed calls what became of them, together; gives how many."""
        links = await self._links.of(ending.customer)
        tasks = {role: task for role, task in links.items() if role.startswith(_PREFIX)}
        parts = Parts(self._links, ending.customer)
        # Of a customer who called dozens of times a night, one after the other takes longer than a message may.
        ends = (parts.do(role, partial(self._end_one, ending, role, task)) for role, task in tasks.items())
        for ended in await asyncio.gather(*ends, return_exceptions=True):
            if isinstance(ended, BaseException):
                raise ended
        await parts.settle()
        return len(tasks)

    async def _end_one(self, ending: Ending, role: str, answered: str) -> None:
        about, _, task = answered.partition(" ")
        if ending.closes:
            await self._gateway.close_task(about, task, ending.words)
        else:
            await self._gateway.amend_task(about, task, ending.words)
        await self._links.drop(ending.customer, [role])
