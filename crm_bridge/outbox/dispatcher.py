"""Brings due messages to their targets: one loop a target, so that none waits for another.

What happens if it dies: between claim and answer, the lease runs out and the message goes out again under the same id;
anywhere else, nothing is lost, for the row is the truth.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from crm_bridge.outbox.lifecycle import Answer, MessageState, Retry, RetryPolicy, after
from crm_bridge.outbox.store import Message, OutboxStore, Verdict
from telephony.ports import Clock

log = structlog.get_logger()


class Target(Protocol):
    """Somebody who is told things."""

    async def send(self, message: Message, now: datetime) -> Answer:
        """Tell them one; what goes wrong on their side is an answer, not an exception."""
        ...


@dataclass(frozen=True, slots=True)
class DispatchPolicy:
    """How the dispatcher works; all times in seconds."""

    batch: int = 100
    lease_seconds: float = 120
    """Must be longer than a target's own time-out."""
    send_seconds: float = 30
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
    ) -> None:
        self._store = store
        self._targets = targets
        self._clock = clock
        self._jitter = jitter
        self._retry = retry or RetryPolicy()
        self._policy = policy or DispatchPolicy()
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
        while True:
            self._hints[name].clear()
            if await self.deliver_due(name) == 0:
                await self._rest(name)

    async def _rest(self, name: str) -> None:
        due = await self._store.next_due(name)
        wait = self._policy.poll_seconds
        if due is not None:
            wait = min(wait, max(0.05, (due - self._clock()).total_seconds()))
        try:
            async with asyncio.timeout(wait):
                await self._hints[name].wait()
        except TimeoutError:
            return

    async def _free_leases(self) -> None:
        while True:
            freed = await self._store.release_leases(self._clock())
            if freed:
                log.warning("outbox_leases_freed", messages=freed)
                self.hint()
            await asyncio.sleep(self._policy.lease_seconds / 2)

    async def deliver_due(self, name: str) -> int:
        """Claim one batch for a target, send it, write the answers; gives how many were claimed."""
        now = self._clock()
        lease_until = now + timedelta(seconds=self._policy.lease_seconds)
        batch = await self._store.claim(name, self._policy.batch, now=now, lease_until=lease_until)
        if batch:
            verdicts = await asyncio.gather(*(self._send(name, message) for message in batch))
            await self._store.answer(verdicts, lease_until=lease_until)
        return len(batch)

    async def _send(self, name: str, message: Message) -> Verdict:
        began = self._clock()
        answer = await self._answer(name, message, began)
        ended = self._clock()
        then = after(
            MessageState.SENDING, message.attempts, answer, now=ended, policy=self._retry, jitter=self._jitter()
        )
        if then.state is MessageState.DEAD:
            log.error("outbox_message_dead", target=name, message=message.id, kind=message.kind, reason=then.reason)
        return Verdict(message, answer, then, began, ended)

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
