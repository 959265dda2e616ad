"""Who is calling? Asked of a CRM with a deadline and remembered, so that a slow CRM never holds a call up.

A known answer is given at once, for `fresh`. An old one is given at once, too, while a new one is fetched for the next
call. When nothing is known the CRM has until the deadline; after that the caller is unknown for this call, and the
question goes on in the background, for the next one.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from crm_bridge.crm.policy.types import Contact
from crm_bridge.outbox.pace import urgently
from telephony.ports import Clock

_log = structlog.get_logger(__name__)

Find = Callable[[str], Awaitable[Contact | None]]


@dataclass(frozen=True, slots=True)
class _Known:
    contact: Contact | None
    at: datetime


class Lookup:
    """A CRM's memory of callers. Own it like a task: `close` ends the questions that are still open."""

    def __init__(
        self,
        find: Find,
        clock: Clock,
        *,
        deadline_seconds: float = 2.0,
        fresh: timedelta = timedelta(minutes=10),
        most: int = 20_000,
    ) -> None:
        self._find = find
        self._clock = clock
        self._deadline = deadline_seconds
        self._fresh = fresh
        self._most = most
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._asking: dict[str, asyncio.Task[None]] = {}

    async def __call__(self, number: str) -> Contact | None:
        """Return who has this number (E.164), as far as is known within the deadline; never raises for the CRM."""
        known = self._known.get(number)
        if known is not None:
            if self._clock() - known.at >= self._fresh:
                self._ask(number)
            return known.contact
        await asyncio.wait([self._ask(number)], timeout=self._deadline)
        found = self._known.get(number)
        return found.contact if found else None

    def warm(self, number: str) -> None:
        """Begin to learn who has a number, if that is not known: soon somebody will ask."""
        known = self._known.get(number)
        if known is None or self._clock() - known.at >= self._fresh:
            self._ask(number)

    def _ask(self, number: str) -> asyncio.Task[None]:
        """Ask once, however many want to know."""
        if number not in self._asking:
            task = asyncio.create_task(self._learn(number), name=f"crm lookup {number}")
            self._asking[number] = task
            task.add_done_callback(lambda _: self._asking.pop(number, None))
        return self._asking[number]

    async def _learn(self, number: str) -> None:
        try:
            with urgently():
                contact = await self._find(number)
        except Exception as error:  # noqa: BLE001  (whatever a CRM does, the call goes on without it)
            _log.warning("crm.lookup_failed", number=number, reason=f"{type(error).__name__}: {error}")
            return
        self._known[number] = _Known(contact, self._clock())
        self._known.move_to_end(number)
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    async def close(self) -> None:
        """End the questions that are still open."""
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        if asking:
            await asyncio.wait(asking)
