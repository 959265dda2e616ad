"""Everything that is known of one number, and what this side forgets when telephony erases it."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from crm_bridge.cases.book import forget_cases
from crm_bridge.crm.policy.messages import ERASED_KIND
from crm_bridge.crm.sync.erasure import CARD, CARDS, LOST_CARD
from crm_bridge.events import Published, publish_erasure
from crm_bridge.newcomers.listing import forget_newcomer
from crm_bridge.outbox.store import enqueue
from crm_bridge.queries.statements import NOTES, PRIVACY
from crm_bridge.reviews import store as reviews
from crm_bridge.transcripts.keeper import SQL as TRANSCRIPTS
from telephony.model import CallId
from telephony.ports import Clock, Row, Transaction
from telephony.postgres.pool import Pool

_SECTIONS: Final = (
    "customer",
    "calls",
    "legs",
    "transfers",
    "recordings",
    "callbacks",
    "callback_history",
    "comments",
    "tags",
    "results",
    "listenings",
    "deeds",
    "reviews",
    "transcripts",
    "caller_messages",
    "surveys",
    "survey_answers",
    "survey_refusals",
    "cases",
    "case_reasons",
    "case_history",
    "nudges",
    "messages",
)


_ON_ITS_WAY: Final = timedelta(minutes=1)
"""What is being told to a CRM while its number is erased has arrived by then: only then we look what is there."""
_CALLS_A_MESSAGE: Final = 500
_NOT_CONNECTED: Final = "this CRM is not connected any more: see to it by hand"


class Erased(Protocol):
    """What telephony tells of an erasure."""

    @property
    def erasure(self) -> int:
        """Its number in the log."""
        ...

    @property
    def calls(self) -> Sequence[CallId]:
        """The calls whose numbers were blanked."""
        ...

    @property
    def requests(self) -> Sequence[int]:
        """The callback requests."""
        ...


MarkErasure = Callable[[Transaction, Sequence[CallId]], Awaitable[None]]
"""Marks the days of calls that are blanked."""
TellErasure = Callable[[Transaction, Published, datetime], Awaitable[None]]
"""Writes the message for those who hear of erasures, to leave at that time."""


def keys_of(number: str, calls: Sequence[str], requests: Sequence[int]) -> list[str]:
    """Return what outbox messages and CRM links about a number are kept under."""
    return [number, *calls, *(f"request:{request}" for request in requests)]


async def everything(pool: Pool, number: str) -> dict[str, list[dict[str, Any]]]:
    """Collect all that is known of a canonical number, as of one moment, by section."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
        found = {
            section: [_readable(row) for row in await connection.fetch(getattr(PRIVACY, section), number)]
            for section in _SECTIONS
        }
        links = await connection.fetch(PRIVACY.crm_links, _keys_in(number, found))
        return found | {"crm_links": [dict(row) for row in links]}


async def crm_copies(pool: Pool, erasure: int) -> list[dict[str, Any]]:
    """List what CRMs kept of an erased number, by their own ids, and what became of it."""
    return [dict(row) for row in await pool.fetch(PRIVACY.crm_copies, erasure)]


class Forgetting:
    """The erasure's hook of this side; ``crms`` are those that can be asked to forget, too."""

    def __init__(
        self, clock: Clock, crms: Collection[str] = (), tell: TellErasure | None = None, mark: MarkErasure | None = None
    ) -> None:
        self._clock = clock
        self._tell = tell
        self._mark = mark
        self._crms = sorted(crms)

    async def __call__(self, tx: Transaction, number: str, erased: Erased) -> None:
        """Blank messages, told and untold, forget comments and links; runs in the erasure's transaction."""
        at: datetime = self._clock()
        absorbed = [row["absorbed"] for row in await tx.fetch(PRIVACY.absorbed, list(erased.calls))]
        calls = [*erased.calls, *absorbed]
        cases = await forget_cases(tx, number, calls)
        await forget_newcomer(tx, number)
        keys = [*keys_of(number, calls, erased.requests), *cases]
        on_the_way = {(row["crm"], row["key"]) for row in await tx.fetch(PRIVACY.on_the_way, self._crms, calls)}
        await tx.execute(PRIVACY.blank_messages, keys, at)
        await tx.execute(PRIVACY.blank_deliveries, keys)
        await tx.execute(PRIVACY.copy_links, erased.erasure, keys, calls, at)
        await self._ask_crms(tx, erased.erasure, on_the_way, at)
        await tx.execute(PRIVACY.forget_links, keys)
        await tx.execute(PRIVACY.forget_answers, number, calls)
        await tx.execute(PRIVACY.forget_deeds, number)
        await tx.execute(NOTES.forget_comments, calls)
        await reviews.forget(tx, calls)
        await tx.execute(TRANSCRIPTS.forget, calls)
        if self._mark is not None:
            await self._mark(tx, erased.calls)
        if self._tell is not None:
            for first in range(0, max(len(calls), 1), _CALLS_A_MESSAGE):
                those = calls[first : first + _CALLS_A_MESSAGE]
                requests = erased.requests if first == 0 else ()
                await self._tell(tx, publish_erasure(erased.erasure, those, requests, at), at + _ON_ITS_WAY)

    async def _ask_crms(self, tx: Transaction, erasure: int, on_the_way: set[tuple[str, str]], at: datetime) -> None:
        """Write down what stays for a human, and the orders to delete the rest, one for each call."""
        await tx.execute(PRIVACY.crm_settle, erasure, self._crms, _NOT_CONNECTED, at)
        await tx.execute(PRIVACY.crm_keep, erasure, sorted(CARDS), CARD, LOST_CARD, at)
        work = {(row["crm"], row["key"]) for row in await tx.fetch(PRIVACY.crm_work, erasure)}
        for crm, call_id in sorted(work | on_the_way):
            key = call_id or f"erasure:{erasure}"
            body = {"erasure": erasure, "call_id": call_id}
            await enqueue(tx, [crm], key=key, kind=ERASED_KIND, body=body, at=at + _ON_ITS_WAY)


def _keys_in(number: str, found: Mapping[str, list[dict[str, Any]]]) -> list[str]:
    calls = [row["call_id"] for row in found["calls"]]
    return keys_of(number, calls, [row["request_id"] for row in found["callbacks"]])


def _readable(row: Row) -> dict[str, Any]:
    return {name: value.hex() if isinstance(value, bytes) else value for name, value in row.items()}
