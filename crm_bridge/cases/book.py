"""Writes cases: each change with its history and its messages in one transaction."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Final, NamedTuple

from crm_bridge.cases.lifecycle import CaseCause, CaseState, CaseVerb, CaseWhy, follow
from crm_bridge.cases.shapes import CaseShape, case_of
from crm_bridge.context import WorkAfter
from crm_bridge.errors import NoSuchThing
from telephony.errors import Refused, UnexpectedTransition
from telephony.ports import Clock, Transaction
from telephony.postgres.queries import load

LONGEST_WORDS: Final = 2000
"""Of what is written on a case."""


class CaseSql(NamedTuple):
    """The queries of cases.sql."""

    known: str
    open_of: str
    manager_of: str
    name_of: str
    begin: str
    add_reason: str
    remember: str
    lock: str
    set_state: str
    give: str
    manager_known: str
    close: str
    one: str
    one_seen: str
    list_cases: str
    list_urgent: str
    count_cases: str
    filter_open: str
    filter_closed: str
    filter_state: str
    filter_customer: str
    filter_owner: str
    filter_why: str
    filter_cause: str
    filter_since: str
    filter_until: str
    filter_waiting: str
    filter_late: str
    filter_changed: str
    filter_before: str
    history: str
    of_customer: str
    forget: str
    forget_reasons_of_calls: str


SQL: Final = load(Path(__file__).with_name("cases.sql"), CaseSql)


class CaseRefused(Refused):
    """That cannot be done with this case; nothing was changed."""

    error_id: ClassVar[str] = "case-refused"


@dataclass(frozen=True, slots=True)
class CaseReason:
    """Why a customer may be unhappy."""

    why: CaseWhy
    thing: str
    """Names what happened among its kind, for ever: a request's, promise's, survey's or review's id."""
    customer: str
    """Canonical number; of one that is hidden nothing is opened."""
    call_id: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class CaseChange:
    """What happened to a case."""

    verb: CaseVerb
    case: CaseShape
    """As it is after it."""
    by: str
    at: datetime


TellCase = Callable[[Transaction, CaseChange], Awaitable[None]]
"""Tells others, in the transaction of the change."""


async def _nobody(_tx: Transaction, _change: CaseChange) -> None:
    """Where nobody wants to know."""


class CaseBook:
    """Writes."""

    def __init__(self, clock: Clock, after: WorkAfter, first_action_minutes: int, tell: TellCase = _nobody) -> None:
        self._clock = clock
        self._after = after
        self._seconds = first_action_minutes * 60.0
        self._tell = tell

    async def open(self, tx: Transaction, reason: CaseReason, by: str = "") -> int | None:
        """Open a case for a reason, or add the reason to the customer's open one.

        Returns:
            The case's id; None if the reason is known already, or the customer is nobody.
        """
        if not reason.customer or await tx.fetchval(SQL.known, reason.why, reason.thing):
            return None
        now = self._clock()
        found = await tx.fetchrow(SQL.open_of, reason.customer)
        case_id = None if found is not None else await self._begin(tx, reason.customer, now)
        verb = CaseVerb.ADD if case_id is None else CaseVerb.OPEN
        if case_id is None:
            # another daemon may have opened it just now
            row = found if found is not None else await tx.fetchrow(SQL.open_of, reason.customer)
            if row is None:
                return None
            case_id = int(row["case_id"])
        words = reason.words[:LONGEST_WORDS]
        if await tx.fetchval(SQL.add_reason, case_id, reason.why, reason.thing, reason.call_id, words, now) is None:
            return None
        await self._told(tx, case_id, verb, by, reason.why)
        return case_id

    async def act(self, tx: Transaction, case_id: int, by: str, words: str = "") -> None:
        """Write down that something was done for the customer.

        Raises:
            NoSuchThing, CaseRefused: it is not there; it is closed.
        """
        state = await self._next(tx, case_id, CaseVerb.ACT)
        await tx.execute(SQL.set_state, case_id, state, self._clock(), None)
        await self._told(tx, case_id, CaseVerb.ACT, by, words)

    async def escalate(self, tx: Transaction, case_id: int) -> None:
        """Write down that the time for the first action is over.

        Raises:
            NoSuchThing, CaseRefused: it is not there; somebody has done something meanwhile.
        """
        state = await self._next(tx, case_id, CaseVerb.ESCALATE)
        await tx.execute(SQL.set_state, case_id, state, None, self._clock())
        await self._told(tx, case_id, CaseVerb.ESCALATE, "", "")

    async def give(self, tx: Transaction, case_id: int, owner: str, by: str) -> None:
        """Give it another owner: a manager, or the heads if it is empty.

        Raises:
            NoSuchThing, CaseRefused: it is not there; it is closed, or the directory has no such manager.
        """
        if owner and not await tx.fetchval(SQL.manager_known, owner):
            raise CaseRefused(f"the directory has no manager {owner!r}")
        state = await self._next(tx, case_id, CaseVerb.GIVE)
        await tx.execute(SQL.give, case_id, state, owner)
        await self._told(tx, case_id, CaseVerb.GIVE, by, owner)

    async def close(self, tx: Transaction, case_id: int, cause: CaseCause, words: tuple[str, str], by: str) -> None:
        """Close it; ``words``: what was done for the customer, and what was changed in our ways, which may be empty.

        Raises:
            NoSuchThing, CaseRefused: it is not there; it is closed, or it does not say what was done.
        """
        done, changed = (each.strip()[:LONGEST_WORDS] for each in words)
        if not done:
            raise CaseRefused("say what was done for the customer")
        state = await self._next(tx, case_id, CaseVerb.CLOSE)
        await tx.execute(SQL.close, case_id, state, self._clock(), by, cause, done, changed)
        await self._told(tx, case_id, CaseVerb.CLOSE, by, cause)

    async def _begin(self, tx: Transaction, customer: str, now: datetime) -> int | None:
        found = await tx.fetchrow(SQL.manager_of, customer)
        name = found["name"] if found is not None else await tx.fetchval(SQL.name_of, customer) or ""
        due_at = self._after("", now, self._seconds)
        owner = found["manager_id"] if found is not None else ""
        case_id: int | None = await tx.fetchval(SQL.begin, customer, name, owner, now, due_at)
        return case_id

    async def _next(self, tx: Transaction, case_id: int, verb: CaseVerb) -> CaseState:
        state = await tx.fetchval(SQL.lock, case_id)
        if state is None:
            raise NoSuchThing(f"there is no case {case_id}")
        try:
            return follow(CaseState(state), verb)
        except UnexpectedTransition as error:
            raise CaseRefused(str(error)) from None

    async def _told(self, tx: Transaction, case_id: int, verb: CaseVerb, by: str, words: str) -> None:
        now = self._clock()
        await tx.execute(SQL.remember, case_id, now, verb, by, words[:LONGEST_WORDS])
        row = await tx.fetchrow(SQL.one, case_id)
        if row is not None:
            await self._tell(tx, CaseChange(verb, case_of(dict(row)), by, now))


async def forget_cases(tx: Transaction, customer: str, calls: list[str]) -> list[str]:
    """Forget all of a customer's; gives the outbox's keys of what was told of them."""
    rows = await tx.fetch(SQL.of_customer, customer)
    await tx.execute(SQL.forget, customer)
    others = await tx.fetch(SQL.forget_reasons_of_calls, calls)
    return [case_key(row["case_id"]) for row in (*rows, *others)]


def case_key(case_id: int) -> str:
    """Return what outbox messages about a case are kept under."""
    return f"case:{case_id}"
