"""The ledger's hook: in the transaction that writes a call, what the call means for callbacks.

A missed call opens the customer's request or adds to its count. An answered call with them, by anyone, cancels it and
takes down what rings. The end of our own callback call tells the outcome. Nothing here waits for a network.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from telephony.callback.policy import transitions
from telephony.callback.policy.call_order import heard_after
from telephony.callback.policy.context import CallbackContext
from telephony.callback.policy.judging import known
from telephony.callback.policy.lifecycle import Verb, allows
from telephony.callback.policy.model import ClosedReason, NewRequest, Request, RequestState, WaitReason, WithdrawnReason
from telephony.callback.repository import CallbackRepository
from telephony.callback.rows import SQL
from telephony.callback.talk_clock import TalkClock
from telephony.events import (
    CallAnswered,
    CallEnded,
    CallEvent,
    CallMerged,
    CallRecorded,
    CallRinging,
    CallStarted,
    CallTransferred,
    NumberKeyed,
)
from telephony.model import Call, CallKind, Direction, Disposition, MissedReason
from telephony.numbers import Canonical, canonical
from telephony.ports import Clock, Transaction

_TALK_LOOK = timedelta(minutes=5)
"""How often a talk is looked for on the PBX, in case its end was never told."""


_OUR_DOING: Final = frozenset(
    {MissedReason.BUSY, MissedReason.REJECTED, MissedReason.UNREACHABLE, MissedReason.OFF_HOURS, MissedReason.VOICEMAIL}
)
"""Misses that we ended, however soon: only a ring that the caller ended may be bait."""


class CallbackLedgerHook:
    """A `telephony.ports.LedgerHook`."""

    def __init__(self, book: CallbackRepository, around: CallbackContext, talks: TalkClock, clock: Clock) -> None:
        self._book = book
        self._talks = talks
        self._tolls = around.tolls
        self._region = around.region
        self._clock = clock

    async def __call__(self, transaction: Transaction, event: CallEvent) -> None:
        """Draw the consequences of one call event."""
        if event.call.kind is CallKind.CALLBACK:
            await self._ours(transaction, event)
        else:
            await self._theirs(transaction, event)

    # --- calls that others made ---------------------------------------------------------------------------------------

    async def _theirs(self, transaction: Transaction, event: CallEvent) -> None:
        match event:
            case CallAnswered() | CallMerged() if event.call.answered_at:
                await self._got_through(transaction, event)
            case NumberKeyed():
                await self._keyed(transaction, event)
            case CallEnded() if event.call.disposition is Disposition.MISSED:
                await self._missed(transaction, event)
            case CallEnded() if event.call.answered_at:
                await self._got_through(transaction, event)
            case _:
                pass

    async def _got_through(self, transaction: Transaction, event: CallEvent) -> None:
        customer = self._customer(event.call)
        if not customer:
            return
        request = await self._book.lock_open(transaction, customer)
        if request is None or request.state is RequestState.TALKING:
            return  # they talk with us because of it
        if event.at < request.last_missed_at and not heard_after(event.call, [request.last_call_id]):
            return  # this talk was over before they were missed
        inbound = event.call.direction is Direction.INBOUND
        await self._book.close(
            transaction,
            request,
            Verb.CANCEL,
            ClosedReason.GOT_THROUGH if inbound else ClosedReason.CALLED_BY_US,
            event.at,
            tell=WithdrawnReason.GOT_THROUGH if inbound else WithdrawnReason.CALLED_BACK,
            by=_who(event.call),
        )

    async def _missed(self, transaction: Transaction, event: CallEnded) -> None:
        if await transaction.fetchval(SQL.miss_known, event.call.call_id):
            return
        closed = await self._closed_at_birth(transaction, event, self._customer(event.call))
        await self._counted(transaction, event.call, event.at, closed)

    async def _keyed(self, transaction: Transaction, event: NumberKeyed) -> None:
        """Owe a callback to the number that was keyed in, unless it was promised after all: that answer was lost."""
        customer = canonical(event.number, self._region)
        if await transaction.fetchval(SQL.miss_of_known, event.call.call_id, customer):
            return
        refused, closed = self._tolls.refusal(customer, "caller"), None
        if refused is not None:
            closed = ClosedReason(refused.cause)
        elif await self._answered_since(transaction, event.call, customer, event.at):
            closed = ClosedReason.GOT_THROUGH
        call = replace(event.call, caller=replace(event.call.caller, number=event.number))
        await self._counted(transaction, call, event.at, closed)

    async def _counted(self, transaction: Transaction, call: Call, at: datetime, closed: ClosedReason | None) -> None:
        """Count a miss to the customer's open request, or open one."""
        customer = self._customer(call)
        request = await self._opened(transaction, call, at, closed)
        if request is None:
            request = await self._book.lock_open(transaction, customer)
            if request is None:  # closed between the two statements: then this is a new one
                request = await self._opened(transaction, call, at, closed)
            else:
                request = await self._book.write(transaction, transitions.missed_again(request, call, at))
        if request is not None:
            await transaction.execute(SQL.note_miss, call.call_id, request.request_id, customer, at)

    async def _opened(
        self, transaction: Transaction, call: Call, at: datetime, closed: ClosedReason | None
    ) -> Request | None:
        """Open a request; None if the customer has an open one."""
        delay = self._book.settings.delay_seconds
        due = min(at, self._clock()) + timedelta(seconds=delay)  # a PBX whose clock is fast must not make us wait
        new = NewRequest(
            pbx=call.pbx,
            customer=self._customer(call),
            heard_number=call.caller.number,
            name=call.caller.name,
            did=call.did,
            trunk=call.trunk,
            at=at,
            due_at=due,
            waits_for=WaitReason.DELAY if delay else WaitReason.NEW,
            call_id=call.call_id,
            state=RequestState.WAITING if closed is None else _state_at_birth(closed),
            closed_for=closed,
        )
        return await self._book.open(transaction, new, Verb.MISS)

    async def _closed_at_birth(
        self, transaction: Transaction, event: CallEnded, customer: Canonical
    ) -> ClosedReason | None:
        """Hidden callers cannot be called back; a miss told late may have been answered since; some rings are bait."""
        if not customer:
            return ClosedReason.HIDDEN
        if await self._answered_since(transaction, event.call, customer, event.at):
            return ClosedReason.GOT_THROUGH
        if event.call.missed_reason in _OUR_DOING or event.at - event.call.started_at >= self._tolls.least_ring:
            return None
        owed = await transaction.fetchval(SQL.has_open, customer)  # then it is one more miss of somebody we call anyway
        return None if owed else ClosedReason.SHORT_RING

    async def _answered_since(self, transaction: Transaction, call: Call, customer: Canonical, at: datetime) -> bool:
        """Whether somebody talked with the customer after this call was missed.

        A talk that only seems later, because the clock was set back before the miss, is none.
        """
        talks = await transaction.fetch(SQL.answered_since, customer, at)
        return any(not heard_after(call, row["channels"]) for row in talks)

    def _customer(self, call: Call) -> Canonical:
        return canonical(call.customer, self._region)

    # --- calls that we made -------------------------------------------------------------------------------------------

    async def _ours(self, transaction: Transaction, event: CallEvent) -> None:
        match event:
            case CallRinging():
                await self._rang(transaction, event)
            case CallAnswered():
                await self._talking(transaction, event)
            case CallEnded():
                await self._ended(transaction, event)
            case CallStarted() | CallTransferred() | CallRecorded() | NumberKeyed() | CallMerged():
                pass
            case _:
                assert_never(event)

    async def _rang(self, transaction: Transaction, event: CallRinging) -> None:
        if str(event.uniqueid) != event.call.linkedid:
            return  # the customer's phone
        locked = await self._book.lock_in_flight(transaction, event.call.linkedid)
        if locked is not None:
            request, attempt = locked
            look_at = event.at + timedelta(seconds=self._book.settings.ring_seconds + 5)
            await transaction.execute(SQL.attempt_rang, attempt.key, event.at, look_at)
            await transaction.execute(SQL.request_rang, request.request_id, event.at)

    async def _talking(self, transaction: Transaction, event: CallAnswered) -> None:
        locked = await self._book.lock_in_flight(transaction, event.call.linkedid)
        if locked is None:
            return
        request, attempt = locked
        await transaction.execute(SQL.look_later, attempt.key, event.at + _TALK_LOOK)
        if allows(request.state, Verb.BRIDGE) and attempt.accepted_at is not None:
            await self._book.write(transaction, transitions.bridge(request, event.at))

    async def _ended(self, transaction: Transaction, event: CallEnded) -> None:
        locked = await self._book.lock_in_flight(transaction, event.call.linkedid)
        if locked is not None:
            request, attempt = locked
            outcome = known(
                attempt,
                self._talks.corrected(event.call),
                self._book.settings,
                set_back=self._talks.set_back(attempt, event.call.call_id),
            )
            if outcome is None:  # a part of it went unheard: `Search` asks the other witnesses
                await transaction.execute(SQL.look_later, attempt.key, self._clock())
                await transaction.execute(SQL.hint)
            else:
                await self._book.conclude(transaction, request, attempt, outcome, event.at)


def _state_at_birth(closed: ClosedReason) -> RequestState:
    return RequestState.CANCELLED if closed is ClosedReason.GOT_THROUGH else RequestState.DISCARDED


def _who(call: Call) -> str:
    """Who of ours talked, as the ledger knows them."""
    if call.direction is Direction.INBOUND:
        return call.answered_by.number if call.answered_by else ""
    return call.caller.number
