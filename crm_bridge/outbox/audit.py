"""Messages against their deliveries: each delivered once, or waiting, or dead with its reason. `compare` is pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from crm_bridge.outbox.lifecycle import MessageState
from telephony.audit.model import Finding, Gap, Part, Span, Subject
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load


class _Sql(NamedTuple):
    messages: str
    untold: str
    since: str


_SQL = load(Path(__file__).with_name("audit.sql"), _Sql)


_BACKLOG: Final = timedelta(days=2)
"""Longer than this no backlog of a target that works may last."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as its row and its deliveries tell; ``delivered``: how many tries its target took."""

    id: int
    target: str
    key: str
    kind: str
    state: MessageState
    created_at: datetime
    due_at: datetime
    lease_until: datetime | None
    ended_at: datetime | None
    reason: str
    delivered: int
    turn: int | None
    """Of its delivery among all: clocks may step, this does not."""
    paused: bool
    target_works: bool
    """It was tried lately: what waits has its turn to wait for, at the pace that the target allows."""


class OutboxAudit:
    """A `telephony.audit.model.PlugIn`. ``hear_ends``: the targets that are told of every call's end."""

    def __init__(self, pool: Pool, hear_ends: Sequence[str]) -> None:
        self._pool = pool
        self._hear_ends = list(hear_ends)

    async def __call__(self, span: Span) -> dict[Subject, Part]:
        """Audit what was written in the span."""
        rows = await self._pool.fetch(_SQL.messages, span.since, span.until, span.now, span.due_before)
        sent = [Sent(**{**row, "state": MessageState(row["state"])}) for row in rows]
        return {Subject.DELIVERY: Part(len(sent), (*compare(span, sent), *await self._untold(span)))}

    async def _untold(self, span: Span) -> list[Finding]:
        begun = {row["target"]: row["at"] for row in await self._pool.fetch(_SQL.since, self._hear_ends)}
        rows = await self._pool.fetch(_SQL.untold, span.since, span.until, span.settled_before, list(begun))
        return [
            Finding(
                Gap.MISSING,
                Subject.DELIVERY,
                (row["call_id"], f"target:{row['target']}"),
                row["ended_at"],
                f"{row['target']} was never told that this call ended",
            )
            for row in rows
            if row["ended_at"] >= begun[row["target"]]
        ]


def compare(span: Span, sent: Sequence[Sent]) -> Iterator[Finding]:
    """See what became of each message, and that those of one key went out in order."""
    for one in sent:
        yield from _of_one(span, one)
    yield from _out_of_order(sent)


def _of_one(span: Span, one: Sent) -> Iterator[Finding]:
    wrong = _wrong(span, one)
    if wrong is not None:
        gap, why = wrong
        yield Finding(gap, Subject.DELIVERY, _ids(one), one.created_at, f"{one.kind} to {one.target}: {why}")


def _wrong(span: Span, one: Sent) -> tuple[Gap, str] | None:
    works = one.paused or one.target_works
    match one.state:
        case MessageState.DELIVERED if one.delivered == 0:
            return Gap.MISSING, "it is said to be delivered, and no delivery is written"
        case MessageState.DELIVERED if one.delivered > 1:
            return Gap.DOUBLE, f"it was delivered {one.delivered} times"
        case MessageState.DEAD if not one.reason:
            return Gap.MISSING, "it is dead, and nothing says why"
        case MessageState.WAITING if one.due_at < (span.now - _BACKLOG if works else span.due_before):
            return Gap.MISSING, f"it is due since {one.due_at:%Y-%m-%d %H:%M:%S} UTC, and nobody sends it"
        case MessageState.SENDING if one.lease_until and one.lease_until < span.due_before:
            return Gap.DIFFERENT, "who sends it is gone for long, and nobody took it over"
        case _:
            return None


def _out_of_order(sent: Iterable[Sent]) -> Iterator[Finding]:
    last: dict[tuple[str, str], Sent] = {}
    for one in sent:
        if one.state is not MessageState.DELIVERED or one.turn is None:
            continue
        before = last.get((one.target, one.key))
        if before and before.turn and one.turn < before.turn:
            why = f"{one.target} was told of {one.kind} before {before.kind}, which came first"
            yield Finding(Gap.DIFFERENT, Subject.DELIVERY, (*_ids(one), *_ids(before)), one.created_at, why)
        last[one.target, one.key] = one


def _ids(one: Sent) -> tuple[str, ...]:
    return (f"message:{one.id}", one.key)
