"""Brings due messages to their targets: one loop a target, so that none waits for another.

A loop keeps some messages on their way. As soon as one has its answer the next is claimed: a message that hangs takes
one place, not the whole target's time. Answers that come in while others are written down are then written together.

What happens if it dies: between claim and answer, the lease runs out and the message goes out again under the same id;
anywhere else, nothing is lost, for the row is the truth.
"""

import asyncio
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from crm_bridge.outbox.lifecycle import Answer, MessageState, Retry, RetryPolicy, after
from crm_bridge.outbox.pace import urgently
from crm_bridge.outbox.store import FRESH, Message, OutboxStore, Verdict
from telephony.ports import Clock

log = structlog.get_logger()

Sending = asyncio.Task[Verdict]
_SHORTEST_REST = (0.05, 0.2)
"""Seconds, when something is due that may not go yet: the target's rate is spent, or (then an answer wakes us, too)
what is ahead of it is on its way."""


class Target(Protocol):
    """Somebody who is told things."""

    async def send(self, message: Message, now: datetime) -> Answer:
        """Tell them one; what goes wrong on their side is an answer, not an exception."""
        ...


@dataclass(frozen=True, slots=True)
class DispatchPolicy:
    """How the dispatcher works; all times in seconds."""

    at_once: int = 100
    """The most messages that are on their way to one target."""
    lease_seconds: float = 120
    """Must be longer than ``send_seconds``."""
    send_seconds: float = 60
    """The longest that a message may take, waiting for its turns included; each request has a time-out of its own."""
    poll_seconds: float = 5
    """How long a lost hint can delay a message."""


class Dispatcher:
    """Sends what is due, for as long as `run` runs."""

    def __init__(
        self,
        store: OutboxStore,
        targets: Mapping[str, Target],
        *,
        clock: Clock,
        jitter: Callable[[], float],
        retry: RetryPolicy | None = None,
        policy: DispatchPolicy | None = None,
        at_once: Mapping[str, int] | None = None,
    ) -> None:
        self._store = store
        self._targets = targets
        self._clock = clock
        self._jitter = jitter
        self._retry = retry or RetryPolicy()
        self._policy = policy or DispatchPolicy()
        self._at_once = at_once or {}
        self._hints = {name: asyncio.Event() for name in targets}

    def hint(self) -> None:
        """Look at once: a message was written."""
        for event in self._hints.values():
            event.set()

    async def run(self) -> None:
        """Serve all targets until cancelled; a loop that fails ends them all with its reason."""
        async with asyncio.TaskGroup() as group:
            for name in self._targets:
                group.create_task(self._serve(name), name=f"outbox {name}")
            group.create_task(self._free_leases(), name="outbox leases")

    async def _serve(self, name: str) -> None:
        places = self._at_once.get(name, self._policy.at_once)
        sending: set[Sending] = set()
        try:
            while True:
                self._hints[name].clear()
                free = places - len(sending)
                begun = await self._begin(name, free)
                sending |= begun
                await self._rest(name, sending, until_due=len(begun) < free)
                sending -= await self._end(sending)
        finally:
            await _cancelled(sending)

    async def _rest(self, name: str, sending: AbstractSet[Sending], *, until_due: bool) -> None:
        """Wait for an answer, or for something to send if there is a place for it."""
        if not until_due:
            await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
            return
        due = await self._store.next_due(name)
        wait = self._policy.poll_seconds
        if due is not None:
            wait = min(wait, max(_SHORTEST_REST[bool(sending)], (due - self._clock()).total_seconds()))
        hint = asyncio.create_task(self._hints[name].wait(), name=f"outbox hint {name}")
        try:
            await asyncio.wait({*sending, hint}, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
        finally:
            hint.cancel()

    async def _free_leases(self) -> None:
        while True:
            freed = await self._store.release_leases(self._clock())
            if freed:
                log.warning("outbox_leases_freed", messages=freed)
                self.hint()
            await asyncio.sleep(self._policy.lease_seconds / 2)

    async def deliver_due(self, name: str) -> int:
        """Claim what is due for a target, as much as may be on its way, and wait for all answers; gives how many."""
        sending = await self._begin(name, self._at_once.get(name, self._policy.at_once))
        try:
            if sending:
                await asyncio.wait(sending)
            return len(await self._end(sending))
        finally:
            await _cancelled(sending)

    async def _begin(self, name: str, most: int) -> set[Sending]:
        """Claim up to so many messages and send them."""
        if not most:
            return set()
        now = self._clock()
        lease_until = now + timedelta(seconds=self._policy.lease_seconds)
        claimed = await self._store.claim(name, most, now=now, lease_until=lease_until)
        return {
            asyncio.create_task(self._send(name, message, lease_until), name=f"outbox {name} {message.id}")
            for message in claimed
        }

    async def _end(self, sending: AbstractSet[Sending]) -> set[Sending]:
        """Write down the answers that are there; gives whose."""
        answered = {task for task in sending if task.done()}
        if answered:
            await self._store.answer(sorted((task.result() for task in answered), key=_by_id))
        return answered

    async def _send(self, name: str, message: Message, lease_until: datetime) -> Verdict:
        began = self._clock()
        with urgently(began - message.created_at < FRESH):
            answer = await self._answer(name, message, began)
        ended = self._clock()
        then = after(
            MessageState.SENDING, message.attempts, answer, now=ended, policy=self._retry, jitter=self._jitter()
        )
        if then.state is MessageState.DEAD:
            log.error("outbox_message_dead", target=name, message=message.id, kind=message.kind, reason=then.reason)
        return Verdict(message, answer, then, began, ended, lease_until)

    async def _answer(self, name: str, message: Message, now: datetime) -> Answer:
        try:
            async with asyncio.timeout(self._policy.send_seconds):
                return await self._targets[name].send(message, now)
        except TimeoutError:
            return Retry(f"no answer within {self._policy.send_seconds:g} s")
        except Exception as error:
            # A target's own bug must not stop the others, nor lose the message.
            log.exception("outbox_target_failed", target=name, message=message.id)
            return Retry(f"{type(error).__name__}: {error}")


async def _cancelled(sending: AbstractSet[Sending]) -> None:
    for task in sending:
        task.cancel()
    if sending:
        await asyncio.wait(sending)


def _by_id(verdict: Verdict) -> int:
    return verdict.message.id
