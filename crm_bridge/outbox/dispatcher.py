"""Brings due messages to their targets: one loop a target, so that none waits for another.

A loop keeps some messages on their way. As soon as one has its answer the next is claimed: a message that hangs takes
one place, not the whole target's time. Answers that come in while others are written down are then written together.

What happens if it dies: between claim and answer, the lease runs out and the message goes out again under the same id;
anywhere else, nothing is lost, for the row is the truth. A target that nothing reaches is tried by one message at a
time (`reach`). If the database goes away it does not die: answers stay in
hand (`in_hand`) and are written first when it is back.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Protocol

import structlog

from crm_bridge.outbox.in_hand import InHand, held
from crm_bridge.outbox.lifecycle import Answer, MessageState, Next, Retry, RetryPolicy, after
from crm_bridge.outbox.pace import urgently
from crm_bridge.outbox.reach import Reach
from crm_bridge.outbox.store import FRESH, Message, OutboxStore, SendVerdict
from telephony.errors import reason
from telephony.ports import Clock
from telephony.postgres.outages import is_worldly
from telephony.postgres.patience import Patience

_log = structlog.get_logger(__name__)

_REST_AT_RATE = 0.05
"""Seconds until the next look when something is due and the target's rate is spent."""
_REST_WHILE_SENDING = 0.2
"""The same when what is ahead of it is on its way: an answer wakes us, too."""


class Target(Protocol):
    """Somebody who is told things."""

    async def send(self, message: Message, now: datetime) -> Answer:
        """Return them one; what goes wrong on their side is an answer, not an exception."""
        ...


@dataclass(frozen=True, slots=True)
class DispatchPolicy:
    """How the dispatcher works; all times in seconds."""

    at_once: int = 100
    """The most messages that are on their way to one target."""
    kept: float = 0.1
    """The share of these places that no backlog takes: what happens now finds one free."""
    lease_seconds: float = 120
    """Must be longer than ``send_seconds``."""
    send_seconds: float = 60
    """The longest that a message may take, waiting for its turns included; each request has a time-out of its own."""
    poll_seconds: float = 5
    """How long a lost hint can delay a message."""
    grace_seconds: float = 10
    """After an outage: how long other daemons have to write their answers before leases that ran out are freed."""


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
        self._hands = {name: InHand(store) for name in targets}
        self._reaches = {name: Reach() for name in targets}

    def hint(self) -> None:
        """Look at once: a message was written."""
        for event in self._hints.values():
            event.set()

    def aside(self) -> Mapping[str, int]:
        """Give, by target, how many answers could not be written since the start."""
        return {name: hand.aside for name, hand in self._hands.items()}

    async def run(self) -> None:
        """Serve all targets until cancelled; each target's loop waits for a database that is away."""
        async with asyncio.TaskGroup() as group:
            for name in self._targets:
                group.create_task(self._serve(name), name=f"outbox {name}")
            group.create_task(self._free_leases(), name="outbox leases")

    async def _serve(self, name: str) -> None:
        places = self._at_once.get(name, self._policy.at_once)
        patience, hand = Patience(f"outbox {name}"), self._hands[name]

        reach = self._reaches[name]

        async def turn() -> None:
            self._hints[name].clear()
            await hand.write()
            pause = reach.pause(monotonic())
            if pause:  # who cannot be reached is not to be told of what is new
                await hand.until_answered(pause)
                return
            free = reach.places(places) - len(hand)
            until_due = await self._begin(name, hand, max(0, free)) < free
            wait = await self._until_due(name) if until_due else None
            patience.well()
            await self._rest(name, wait)

        try:
            await patience.forever(turn)
        finally:
            await hand.let_go()

    async def _until_due(self, name: str) -> float:
        """Return the seconds until there is something to send; at the most until the next poll."""
        due = await self._store.next_due(name)
        if due is None:
            return self._policy.poll_seconds
        shortest = _REST_WHILE_SENDING if self._hands[name].sending else _REST_AT_RATE
        return min(self._policy.poll_seconds, max(shortest, (due - self._clock()).total_seconds()))

    async def _rest(self, name: str, wait: float | None) -> None:
        """Wait for an answer, or for ``wait`` seconds or a hint; None: there is no place for more."""
        sending = self._hands[name].sending
        if wait is None:
            await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
            return
        hint = asyncio.create_task(self._hints[name].wait(), name=f"outbox hint {name}")
        try:
            await asyncio.wait({*sending, hint}, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
        finally:
            hint.cancel()

    async def _free_leases(self) -> None:
        patience = Patience("outbox leases")

        async def turn() -> None:
            if patience.waits:  # other daemons may have answers in hand, and write them now
                await asyncio.sleep(self._policy.grace_seconds)
            freed = await self._store.release_leases(self._clock(), held(list(self._hands.values())))
            patience.well()
            if freed:
                _log.warning("outbox.leases_freed", messages=freed)
                self.hint()
            await asyncio.sleep(self._policy.lease_seconds / 2)

        await patience.forever(turn)

    async def deliver_due(self, name: str) -> int:
        """Claim what is due for a target, as much as may be on its way, and wait for all answers; gives how many."""
        hand = InHand(self._store)
        try:
            await self._begin(name, hand, self._at_once.get(name, self._policy.at_once))
            if hand.sending:
                await asyncio.wait(hand.sending)
            return await hand.write()
        finally:
            await hand.let_go()

    async def _begin(self, name: str, hand: InHand, most: int) -> int:
        """Claim up to so many messages and send them; gives how many."""
        if not most:
            return 0
        now = self._clock()
        lease_until = now + timedelta(seconds=self._policy.lease_seconds)
        claimed = await self._store.claim(name, most, now=now, lease_until=lease_until, kept=self._kept(name))
        for message in claimed:
            sending = asyncio.create_task(self._send(name, message, lease_until), name=f"outbox {name} {message.id}")
            hand.send(message.id, sending)
        return len(claimed)

    def _kept(self, name: str) -> int:
        """Return how many places no backlog takes; none of a target that cannot be reached."""
        if self._reaches[name].is_lost:
            return 0
        return int(self._at_once.get(name, self._policy.at_once) * self._policy.kept)

    async def _send(self, name: str, message: Message, lease_until: datetime) -> SendVerdict:
        began, started = self._clock(), monotonic()
        with urgently(began - message.created_at < FRESH):
            answer = await self._answer(name, message, began)
        took = timedelta(seconds=monotonic() - started)  # the clock may have been set meanwhile
        self._note_reach(name, answer)
        answer, then = self._follows(message, answer)
        if then.state is MessageState.DEAD:
            _log.error("outbox.message_dead", target=name, message=message.id, kind=message.kind, reason=then.reason)
        return SendVerdict(message, answer, then, began, self._clock(), took, lease_until)

    def _note_reach(self, name: str, answer: Answer) -> None:
        reach = self._reaches[name]
        if not reach.noted(answer, monotonic()):
            return
        if reach.is_lost:
            _log.error(
                "outbox.target_lost", target=name, reason=answer, cure="its messages wait; one tries now and then"
            )
        else:
            _log.info("outbox.target_found", target=name)

    def _follows(self, message: Message, answer: Answer) -> tuple[Answer, Next]:
        decide = partial(
            after,
            MessageState.SENDING,
            message.attempts,
            now=self._clock(),
            policy=self._retry,
            jitter=self._jitter(),
        )
        try:
            return answer, decide(answer)
        except OverflowError:  # who wishes that we come back after the end of time has said nothing
            answer = Retry(f"a wish beyond all time: {answer}")
            return answer, decide(answer)

    async def _answer(self, name: str, message: Message, now: datetime) -> Answer:
        try:
            async with asyncio.timeout(self._policy.send_seconds):
                return await self._targets[name].send(message, now)
        except TimeoutError:
            return Retry(f"no answer within {self._policy.send_seconds:g} s")
        except Exception as error:  # noqa: BLE001 - as told below
            # A target's own bug must not stop the others, nor lose the message.
            if is_worldly(error):
                _log.warning("outbox.target_away", target=name, message=message.id, reason=reason(error))
            else:
                _log.exception("outbox.target_failed", target=name, message=message.id)
            return Retry(reason(error))
