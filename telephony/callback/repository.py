"""The one place that changes a request: a move is written with its line of history, its hooks and a hint to the engine.

Every function works in its caller's transaction, and on a request that this transaction has locked.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from telephony.callback.facts.store import FactStore
from telephony.callback.policy import outcomes, transitions
from telephony.callback.policy.context import CallbackContext
from telephony.callback.policy.lifecycle import Verb, allows
from telephony.callback.policy.model import (
    Attempt,
    ClosedReason,
    NewRequest,
    Outcome,
    Request,
    RequestId,
    RequestState,
    WithdrawnReason,
)
from telephony.callback.policy.transitions import Move
from telephony.callback.rows import SQL, attempt_from, request_from, request_row
from telephony.errors import RingbackError
from telephony.events import CallbackChanged
from telephony.numbers import Canonical
from telephony.ports import CallbackHook, Transaction
from telephony.settings import CallbackSettings

_NONE_EXCEPTED = -1


class NoSuchRequest(RingbackError):
    """There is no callback request of that number."""

    error_id = "no-such-callback"


class CallbackRepository:
    """Writes moves. ``hooks`` hear each of them in its transaction, ``on_outcome`` what came of each attempt."""

    def __init__(
        self,
        settings: CallbackSettings,
        around: CallbackContext,
        hooks: Sequence[CallbackHook] = (),
        on_outcome: Callable[[Outcome], None] = lambda _: None,
    ) -> None:
        self.settings = settings
        self._around = around
        self.facts = FactStore(around, settings.target_seconds)
        self._hooks = tuple(hooks)
        self._on_outcome = on_outcome

    async def lock(self, transaction: Transaction, request_id: RequestId) -> Request:
        """Lock a request for the rest of the transaction.

        Raises:
            NoSuchRequest: it is not there.
        """
        row = await transaction.fetchrow(SQL.lock, request_id)
        if row is None:
            raise NoSuchRequest(f"there is no callback request {request_id}")
        return request_from(row)

    async def lock_open(self, transaction: Transaction, customer: Canonical) -> Request | None:
        """Lock the customer's open request, if there is one. It is their lock for everything that is done with them."""
        row = await transaction.fetchrow(SQL.lock_open, customer)
        return request_from(row) if row else None

    async def lock_in_flight(self, transaction: Transaction, channel_id: str) -> tuple[Request, Attempt] | None:
        """Lock an attempt's request, then read the attempt; None if it is not ours or over already.

        Always in this order, request before attempt: the manager's answer and the ledger come by two connections.
        """
        row = await transaction.fetchrow(SQL.attempt_of_channel, channel_id)
        if row is None:
            return None
        request = await self.lock(transaction, row["request_id"])
        [row] = await transaction.fetch(SQL.attempt_of_channel, channel_id)
        attempt = attempt_from(row)
        return (request, attempt) if attempt.ended_at is None else None

    async def open(self, transaction: Transaction, new: NewRequest, verb: Verb, by: str = "") -> Request | None:
        """Open a request, the one way; None if the customer has an open one.

        Args:
            transaction: what it is written in.
            new: the request.
            verb: what opens it: a miss, or a person.
            by: who asks for it, if somebody does.
        """
        row = await transaction.fetchrow(
            SQL.open_request,
            new.pbx,
            new.customer,
            new.heard_number,
            new.name,
            new.did,
            new.trunk,
            new.state,
            new.waits_for,
            new.misses,
            new.at,
            new.call_id,
            new.due_at,
            new.at if new.closed_for else None,
            new.closed_for,
            self._deadline(new.did, new.at),
        )
        if row is None:
            return None
        request = request_from(row)
        await self.remember(transaction, Move(verb, request, new.closed_for or request.waits_for, new.at, by))
        await transaction.execute(SQL.hint)
        return request

    async def write(self, transaction: Transaction, move: Move) -> Request:
        """Write a move, and tell of it. A miss more may be an earlier one, or one of another number of ours."""
        if move.verb is Verb.MISS and move.request.rang_at is None:
            deadline = self._deadline(move.request.did, move.request.first_missed_at)
            move = replace(move, request=replace(move.request, ring_by=deadline))
        await transaction.execute(SQL.write, *request_row(move.request))
        await self.remember(transaction, move)
        await transaction.execute(SQL.hint)
        return move.request

    async def set_deadlines(self, transaction: Transaction) -> None:
        """Reckon anew by when phones must ring, for the hours are other ones; no scheduler decides meanwhile."""
        await transaction.execute(SQL.decide_alone)
        moved = [
            (row["request_id"], row["first_missed_at"], deadline)
            for row in await transaction.fetch(SQL.not_rung)
            if (deadline := self._deadline(row["did"], row["first_missed_at"])) != row["ring_by"]
        ]
        if moved:
            await transaction.execute(SQL.set_deadlines, *map(list, zip(*moved, strict=True)))

    def _deadline(self, did: str, since: datetime) -> datetime | None:
        return self._around.calendar_of(did).after(since, self.settings.target_seconds)

    async def remember(self, transaction: Transaction, move: Move) -> None:
        """Write a move's line of history, the figures if it closes the request, and run the hooks."""
        line = (move.request.request_id, move.at, move.verb, move.request.state, move.reason, move.by)
        await transaction.execute(SQL.remember, *line)
        await self.facts.freeze(transaction, move.request)
        for hook in self._hooks:
            await hook(transaction, changed(move))

    async def close(
        self,
        transaction: Transaction,
        request: Request,
        verb: Verb,
        reason: ClosedReason,
        at: datetime,
        *,
        tell: WithdrawnReason,
        by: str = "",
    ) -> Request:
        """Close a request and take down every phone that rings or listens for it; ``tell`` is what they hear.

        Who talks is left to talk.
        """
        if request.state is not RequestState.TALKING:
            await self.withdraw(transaction, request, tell, at)
        return await self.write(transaction, transitions.close(request, verb, reason, at, by))

    async def withdraw(
        self,
        transaction: Transaction,
        request: Request,
        why: WithdrawnReason,
        at: datetime,
        but: Attempt | None = None,
    ) -> None:
        """Mark all phones of a request, but one, to be taken down; whichever daemon comes first does it."""
        await transaction.execute(SQL.withdraw, request.request_id, why, at, but.key if but else _NONE_EXCEPTED)

    async def in_flight(self, transaction: Transaction, request_id: RequestId) -> list[Attempt]:
        """Return the attempts of a request that have not ended."""
        return [attempt_from(row) for row in await transaction.fetch(SQL.in_flight, request_id)]

    async def conclude(
        self, transaction: Transaction, request: Request, attempt: Attempt, outcome: Outcome, at: datetime, by: str = ""
    ) -> Request:
        """End an attempt and let its request go on from what came of it."""
        if outcome is Outcome.BUSY and await transaction.fetchval(SQL.calls_us, request.customer):
            outcome = Outcome.CALLS_US
        await transaction.execute(SQL.attempt_ended, attempt.key, max(at, attempt.written_at), outcome)
        self._on_outcome(outcome)
        if not self._moves_request(request, attempt, outcome):
            return request
        given = outcomes.answer_for(
            outcome,
            accepted=attempt.accepted_at is not None,
            spent=request.spent,
            round_number=request.round,
            settings=self.settings,
        )
        if isinstance(given, outcomes.PassOn) and await self.in_flight(transaction, request.request_id):
            return request  # the others of the group still ring
        if isinstance(given, outcomes.PassOn) and not allows(request.state, Verb.PASS_ON):
            return request
        await self.withdraw(transaction, request, WithdrawnReason.TAKEN, at, but=attempt)
        move = transitions.answer(request, given, attempt.manager, at, by)
        return await self.write(transaction, move) if move else request

    def _moves_request(self, request: Request, attempt: Attempt, outcome: Outcome) -> bool:
        """An attempt speaks for its request while it is the one that the request's state is about."""
        if outcome is Outcome.WITHDRAWN or not request.is_open:
            return False
        if attempt.accepted_at is not None:
            return request.state in {RequestState.DIALLING, RequestState.TALKING}
        return request.state is RequestState.RINGING


def changed(move: Move) -> CallbackChanged:
    """Return a move in the published words."""
    request = move.request
    return CallbackChanged(
        request_id=request.request_id,
        verb=move.verb,
        state=request.state,
        reason=move.reason,
        at=move.at,
        by=move.by,
        customer=request.customer,
        name=request.name,
        did=request.did,
        owner=request.owner or "",
        misses=request.misses,
        spent=request.spent,
        first_missed_at=request.first_missed_at,
        due_at=request.due_at,
        rang_at=request.rang_at,
        accepted_at=request.accepted_at,
        talked_at=request.talked_at,
        closed_at=request.closed_at,
        ring_by=request.ring_by,
        call_id=request.last_call_id,
    )
