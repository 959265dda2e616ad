"""What people do with callbacks by hand: the same for the command line and the API to come.

Orders that change a request are one transaction each; ``by`` is who gave it and stays in the history. Every phone that
rings for a request which is closed or postponed is taken down.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple

from telephony.callback.policy import transitions
from telephony.callback.policy.context import CallbackContext
from telephony.callback.policy.figures import Figures
from telephony.callback.policy.guards import DIALABLE
from telephony.callback.policy.lifecycle import Verb
from telephony.callback.policy.model import (
    Attempt,
    ClosedReason,
    NewRequest,
    Request,
    RequestId,
    WaitReason,
    WithdrawnReason,
)
from telephony.callback.repository import CallbackRepository, NoSuchRequest
from telephony.callback.rows import SQL, attempt_from, request_from
from telephony.directory.model import ManagerId
from telephony.errors import Refused
from telephony.model import CallId, PbxName
from telephony.numbers import Canonical, canonical
from telephony.ports import Clock, Transaction
from telephony.postgres.pool import Pool
from telephony.tolls.gate import TollRefused

_SOURCE: Final = "by_hand"


class CallbackOrderRefused(Refused):
    """The order cannot be carried out as it was given; nothing was changed."""

    error_id = "callback-order"


class Cursor(NamedTuple):
    """Where a page ends: the next one begins after it."""

    first_missed_at: datetime
    request_id: RequestId


class HistoryLine(NamedTuple):
    """One line of a request's history."""

    at: datetime
    verb: str
    state: str
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything about one request."""

    request: Request
    misses: tuple[tuple[CallId, datetime], ...]
    attempts: tuple[Attempt, ...]
    history: tuple[HistoryLine, ...]
    figures: Figures


class CallbackOperations:
    """People's orders, and what they are shown."""

    def __init__(
        self, pool: Pool, book: CallbackRepository, surroundings: CallbackContext, clock: Clock, pbx: PbxName
    ) -> None:
        """Begin. ``pbx`` is where customers are called from whom no call told otherwise."""
        self._pool = pool
        self._pbx = pbx
        self._book = book
        self._surroundings = surroundings
        self._clock = clock

    async def page(self, limit: int, *, closed: bool = False, before: Cursor | None = None) -> list[Request]:
        """Read requests, newest first; the open ones only, unless ``closed``."""
        at, key = before or (self._clock().replace(year=9999), 0)
        return [request_from(row) for row in await self._pool.fetch(SQL.page, closed, at, key, limit)]

    async def show(self, request_id: RequestId) -> Whole:
        """Read everything about one request.

        Raises:
            NoSuchRequest: it is not there.
        """
        async with self._pool.acquire() as connection:
            row = await connection.fetchrow(SQL.one, request_id)
            if row is None:
                raise NoSuchRequest(f"there is no callback request {request_id}")
            request = request_from(row)
            history = [HistoryLine(*line) for line in await connection.fetch(SQL.history_of, request_id)]
            return Whole(
                request=request,
                misses=tuple(
                    (it["call_id"], it["missed_at"]) for it in await connection.fetch(SQL.misses_of, request_id)
                ),
                attempts=tuple(attempt_from(it) for it in await connection.fetch(SQL.attempts_of, request_id)),
                history=tuple(history),
                figures=await self._book.facts.figures(connection, request, self._clock()),
            )

    async def create(self, number: str, by: str, *, due_at: datetime, name: str = "", did: str = "") -> Request:
        """Open a request that no missed call made; the engine treats it like any other (hours, guards, attempts).

        Args:
            number: the customer's, in any spelling.
            by: who asks for it.
            due_at: when to ring first.
            name: theirs, if it is known.
            did: our number that they are to see; empty leaves it to the trunk.

        Raises:
            CallbackOrderRefused: it cannot be dialled, they are not to be called, or they have an open request.
            TollRefused: a rule or a limit of [toll] forbids the number.
        """
        customer = canonical(number, self._surroundings.region)
        if not DIALABLE.fullmatch(customer):
            raise CallbackOrderRefused(f"{number[:40]!r} is no number that can be called back")
        self._surroundings.tolls.allow(customer, _SOURCE)
        async with self._pool.acquire() as connection, connection.transaction():
            if await connection.fetchval(SQL.not_to_call, customer):
                raise CallbackOrderRefused(f"{customer} is marked: do not call")
            at = self._clock()
            await self._not_capped(connection, customer, at)
            route = await connection.fetchrow(SQL.last_route, customer)
            ours = canonical(did, self._surroundings.region) or (route["did"] if route else "")
            new = NewRequest(
                pbx=route["pbx"] if route else self._pbx,
                customer=customer,
                heard_number=route["heard"] if route else customer,
                name=name,
                did=ours,
                trunk=route["trunk"] if route else "",
                at=at,
                due_at=due_at,
                waits_for=WaitReason.BY_HAND,
                misses=0,
            )
            request = await self._book.open(connection, new, Verb.REQUEST, by)
            if request is None:
                open_one = await self._book.lock_open(connection, customer)
                known = f": {open_one.request_id}" if open_one else ""
                raise CallbackOrderRefused(f"{customer} has an open callback request{known}")
            return request

    async def _not_capped(self, transaction: Transaction, customer: Canonical, at: datetime) -> None:
        refused = await self._surroundings.tolls.capped(transaction, customer, _SOURCE, at)
        if refused is not None:
            raise TollRefused(refused.said)

    async def snooze(self, request_id: RequestId, until: datetime, by: str) -> Request:
        """Ring later, at ``until``; a held request is released by it, and ``until`` now rings at once.

        Raises:
            NoSuchRequest, CallbackOrderRefused: it is not there; it is closed, or they are talking.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            request = await self._lock(connection, request_id)
            await self._book.withdraw(connection, request, WithdrawnReason.CANCELLED, self._clock())
            return await self._book.write(connection, transitions.postpone(request, until, self._clock(), by))

    async def cancel(self, request_id: RequestId, by: str) -> Request:
        """Nobody needs to be called back any more.

        Raises:
            NoSuchRequest, CallbackOrderRefused: it is not there; it is closed.
        """
        return await self._close(request_id, Verb.CANCEL, ClosedReason.BY_HAND, by)

    async def done(self, request_id: RequestId, by: str) -> Request:
        """It was dealt with by other means.

        Raises:
            NoSuchRequest, CallbackOrderRefused: it is not there; it is closed.
        """
        return await self._close(request_id, Verb.DONE, ClosedReason.DEALT, by)

    async def reassign(self, request_id: RequestId, manager: ManagerId, by: str) -> Request:
        """Make ``manager`` the owner of this request and ring them, at once if it is waiting or being rung.

        Raises:
            NoSuchRequest, CallbackOrderRefused: it is not there; it is closed, they are talking, or nobody has that id.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            request = await self._lock(connection, request_id)
            if not await connection.fetchval(SQL.manager_known, manager):
                raise CallbackOrderRefused(f"the directory has no manager {manager!r}")
            await self._book.withdraw(connection, request, WithdrawnReason.TAKEN, self._clock())
            owned = replace(request, owner=manager, owner_asked=True, first=None)
            return await self._book.write(connection, transitions.postpone(owned, self._clock(), self._clock(), by))

    async def rank(self, request_id: RequestId, priority: int, by: str) -> Request:
        """Return how urgent it is, 0 to 100: of those that are due, the more urgent are rung first.

        Raises:
            NoSuchRequest, CallbackOrderRefused: it is not there; it is closed.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            request = await self._lock(connection, request_id)
            return await self._book.write(connection, transitions.rank(request, priority, self._clock(), by))

    async def _close(self, request_id: RequestId, verb: Verb, reason: ClosedReason, by: str) -> Request:
        async with self._pool.acquire() as connection, connection.transaction():
            request = await self._lock(connection, request_id)
            withdrawn = WithdrawnReason.CANCELLED
            return await self._book.close(connection, request, verb, reason, self._clock(), tell=withdrawn, by=by)

    async def _lock(self, transaction: Transaction, request_id: RequestId) -> Request:
        request = await self._book.lock(transaction, request_id)
        if not request.is_open:
            raise CallbackOrderRefused(f"request {request_id} is closed: {request.state} ({request.closed_for})")
        return request
