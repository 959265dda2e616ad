"""The tasks in a CRM: given once, and closed when the customer was reached."""

from typing import Protocol
from zoneinfo import ZoneInfo

from crm_bridge.crm.errors import CrmBroken
from crm_bridge.crm.links import Links
from crm_bridge.crm.policy.follow_ups import Ending, FollowUp, Role
from crm_bridge.crm.policy.messages import CallbackMessage
from crm_bridge.outbox.store import Message

NO_PLACE = "there is no place for this"
_PREFIX = "task "
_PATIENCE = 6
"""So often the end of a call is waited for by what comes after it: with the outbox's own waits, about five minutes."""


class TaskGateway(Protocol):
    """How one CRM is told of tasks. Ids and ``about`` (what the task stands on) are the CRM's own, without spaces.

    Raises:
        CrmError: any of these could not be done.
    """

    @property
    def looks_first(self) -> bool:
        """Whether to look for a thing even before it is made for the first time; see `Links.once`."""
        ...

    async def put_task(self, about: str, duty: FollowUp) -> str:
        """Make a task and give its id; empty if there is no place for one."""
        ...

    async def seek_task(self, about: str, duty: FollowUp) -> str:
        """Find the task that a try before made, or empty."""
        ...

    async def close_task(self, about: str, task: str, words: str) -> None:
        """Close it with what happened; one that is closed or gone already is well."""
        ...

    async def amend_task(self, about: str, task: str, words: str) -> None:
        """Write on it what happened and leave it open; doing it again changes nothing."""
        ...


class Tasks:
    """One CRM's tasks of ours. Those of missed calls are remembered by customer, for the day they are reached."""

    def __init__(self, desk: TaskGateway, links: Links, zone: ZoneInfo) -> None:
        self._desk = desk
        self._links = links
        self._zone = zone

    async def give(self, customer: str, about: str, duty: FollowUp) -> str:
        """Make a duty a task, once; gives its id, or empty where the CRM has no place for it."""
        task = await self._links.once(
            duty.call_id,
            duty.role,
            lambda: self._desk.put_task(about, duty),
            lambda: self._desk.seek_task(about, duty),
            look_first=self._desk.looks_first,
        )
        if task and duty.role is Role.CALL_BACK:
            await self._links.mark(customer, f"{_PREFIX}{duty.call_id}", f"{about} {task}")
        return task

    async def called_back(self, news: CallbackMessage, message: Message) -> str:
        """Tell the tasks what became of a callback request; gives a note for the delivery log.

        Raises:
            CrmBroken: its call was not told yet; try again.
        """
        ending = news.ending(self._zone)
        if ending is None:
            return NO_PLACE
        call_id = news.callback.call_id
        if call_id and "told" not in await self._links.of(call_id):
            return not_told_yet(message)
        return f"{await self._end(ending)} tasks"

    async def _end(self, ending: Ending) -> int:
        """Tell all open tasks of a customer's missed calls what became of them; gives how many."""
        links = await self._links.of(ending.customer)
        tasks = {role: told for role, told in links.items() if role.startswith(_PREFIX)}
        for role, told in tasks.items():
            about, _, task = told.partition(" ")
            if ending.closes:
                await self._desk.close_task(about, task, ending.words)
            else:
                await self._desk.amend_task(about, task, ending.words)
            await self._links.drop(ending.customer, [role])
        return len(tasks)


def not_told_yet(message: Message) -> str:
    """Wait a while for the call's own message, which has another key; it may also never have been ours.

    Raises:
        CrmBroken: try again.
    """
    if message.attempts < _PATIENCE:
        raise CrmBroken("its call was not told yet")
    return "its call was never told here"
