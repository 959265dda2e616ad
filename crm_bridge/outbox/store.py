"""The outbox's rows: written in somebody's transaction, claimed under a lease, answered once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from crm_bridge.outbox.lifecycle import Answer, Delivered, Discard, MessageState, Next, Retry, Snooze
from telephony.ports import Transaction
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load


class OutboxSql(NamedTuple):
    """The queries of outbox.sql."""

    declare_target: str
    enqueue: str
    claim: str
    answer: str
    release_leases: str
    pull_forward: str
    pause: str
    next_due: str
    replay: str
    standings: str
    deliveries_of_key: str


NOT_LET_IN = "not let in"
"""With this the reason of a message begins that waits because its target's key or rights are wrong."""
FOLLOWS_A_DEAD_CALL = "its call is a dead letter"
"""With this the reason of a message begins that died with its call's own message; a replay of that brings it back."""
FRESH = timedelta(minutes=2)
"""What happened lately goes before a backlog: somebody is on the phone."""

SQL = load(Path(__file__).with_name("outbox.sql"), OutboxSql)


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A target as the settings tell it; ``rate`` in messages a second, None for no limit."""

    name: str
    rate: float | None = None
    burst: int = 1


class Standing(NamedTuple):
    """How a target stands."""

    target: str
    waiting: int
    dead: int
    oldest_at: datetime | None
    """Since when the oldest message waits."""
    locked_out: int
    """How many wait because the target does not let us in."""
    why: str
    """The target's words for that."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message under lease; ``body`` is JSON text, ``attempts`` those spent before this one."""

    id: int
    target: str
    key: str
    kind: str
    body: str
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SendVerdict:
    """What came of one try, and what follows from it."""

    message: Message
    answer: Answer
    then: Next
    began_at: datetime
    ended_at: datetime
    took: timedelta
    """By a clock that is never set."""
    lease_until: datetime
    """The lease that it was sent under; a later one is somebody else's."""


_ANSWER_WORDS: Mapping[type[Answer], str] = {
    Delivered: "delivered",
    Retry: "retry",
    Snooze: "snooze",
    Discard: "discard",
}


async def enqueue(
    tx: Transaction, targets: Sequence[str], *, key: str, kind: str, body: Mapping[str, Any], at: datetime
) -> None:
    """Write one message for each target in the caller's transaction; nothing is sent before that commits."""
    if not targets:
        return
    await tx.execute(SQL.enqueue, targets, key, kind, body, at)


class OutboxStore:
    """Claims and answers over a pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def declare(self, targets: Sequence[TargetRow]) -> None:
        """Make the targets known; must come before the first `enqueue` to them."""
        rows = [(target.name, target.rate, target.burst) for target in targets]
        async with self._pool.acquire() as connection:
            await connection.executemany(SQL.declare_target, rows)

    async def claim(
        self, target: str, most: int, *, now: datetime, lease_until: datetime, kept: int = 0
    ) -> list[Message]:
        """Lease up to ``most`` due messages, as the target's rate allows, one a key; fresh ones first, then oldest.

        ``kept`` of these places only fresh ones may take.
        """
        rows = await self._pool.fetch(SQL.claim, target, most, now, lease_until, now - FRESH, kept)
        return sorted((Message(**row) for row in rows), key=lambda message: message.id)

    async def answer(self, verdicts: Sequence[SendVerdict]) -> None:
        """Write down what came of some tries, all in one transaction."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.executemany(SQL.answer, [_answer_row(verdict) for verdict in verdicts])

    async def release_leases(self, now: datetime, held: Sequence[int] = ()) -> int:
        """Free what a dead daemon held, but not what we hold ourselves; gives how many."""
        await self._pool.execute(SQL.pull_forward, now)
        return len(await self._pool.fetch(SQL.release_leases, now, held))

    async def next_due(self, target: str) -> datetime | None:
        """Return when the target's next message is due, or None."""
        due: datetime | None = await self._pool.fetchval(SQL.next_due, target)
        return due

    async def standings(self) -> list[Standing]:
        """Count what is not delivered, by target."""
        return [Standing(**row) for row in await self._pool.fetch(SQL.standings, NOT_LET_IN)]

    async def pause(self, target: str, until: datetime | None) -> None:
        """Claim nothing for a target until then; None ends the pause."""
        await self._pool.execute(SQL.pause, target, until)

    async def replay(self, ids: Sequence[int], now: datetime) -> list[int]:
        """Give dead messages a new life, and what died with them; gives the ids that were dead."""
        return [row["id"] for row in await self._pool.fetch(SQL.replay, ids, now, FOLLOWS_A_DEAD_CALL)]


def _answer_row(verdict: SendVerdict) -> tuple[object, ...]:
    then = verdict.then
    closed = then.state in {MessageState.DELIVERED, MessageState.DEAD}
    return (
        verdict.message.id,
        verdict.lease_until,
        then.state.value,
        then.attempts,
        None if closed else then.due_at,
        then.reason,
        verdict.ended_at,
        verdict.began_at,
        max(verdict.took, timedelta()),
        _ANSWER_WORDS[type(verdict.answer)],
    )
