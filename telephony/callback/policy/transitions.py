"""Each verb applied to a request: the new row, and the line that its history gets. Pure.

`book` writes what is computed here. Every function gives a `Move`, or raises `UnexpectedTransition` and nothing
happened.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from telephony.callback.policy import outcomes
from telephony.callback.policy.call_order import heard_after
from telephony.callback.policy.lifecycle import Verb, follow
from telephony.callback.policy.model import ClosedReason, Request, RequestState, WaitReason
from telephony.directory.model import ManagerId
from telephony.errors import UnexpectedTransition
from telephony.model import Call

_FOR_THE_CUSTOMER = frozenset({WaitReason.RETRY, WaitReason.NEXT_ROUND, WaitReason.ON_A_CALL})


@dataclass(frozen=True, slots=True)
class Move:
    """A verb as it was carried out."""

    verb: Verb
    request: Request
    """As it is now."""
    reason: str
    at: datetime
    by: str = ""
    """Who did it: a manager's id, who gave an order; empty for the engine and the ledger."""


def missed_again(request: Request, call: Call, at: datetime) -> Move:
    """Count one more miss. Who calls is at the phone: what waits for a retry, or is held, is due at once.

    A manager's "later" and a person's order stand; a request that is being rung is only counted.
    """
    counted = replace(
        request,
        misses=request.misses + 1,
        last_missed_at=at if heard_after(call, [request.last_call_id]) else max(request.last_missed_at, at),
        first_missed_at=min(request.first_missed_at, at),
        last_call_id=call.call_id,
        heard_number=call.caller.number or request.heard_number,
        name=call.caller.name or request.name,
        did=call.did or request.did,
        trunk=call.trunk or request.trunk,
        state=follow(request.state, Verb.MISS),
    )
    waits_in_vain = counted.state is RequestState.WAITING and request.waits_for in _FOR_THE_CUSTOMER
    if waits_in_vain or request.state is RequestState.HELD:
        counted = _next_round(counted, at, WaitReason.NEW)
    return Move(Verb.MISS, counted, counted.waits_for, at)


def ring(request: Request, at: datetime, step: str) -> Move:
    """Managers' phones are about to ring."""
    return Move(Verb.RING, replace(request, state=follow(request.state, Verb.RING)), step, at)


def accept(request: Request, manager: ManagerId, at: datetime) -> Move:
    """A manager pressed 1. Who accepts an unowned customer becomes their owner."""
    accepted = replace(
        request,
        state=follow(request.state, Verb.ACCEPT),
        accepted_at=request.accepted_at or at,
        owner=request.owner or manager,
        first=manager,
    )
    return Move(Verb.ACCEPT, accepted, "", at, by=manager)


def bridge(request: Request, at: datetime) -> Move:
    """Manager and customer talk."""
    talking = replace(request, state=follow(request.state, Verb.BRIDGE), talked_at=request.talked_at or at)
    return Move(Verb.BRIDGE, talking, "", at)


def answer(request: Request, given: outcomes.Answer, manager: ManagerId, at: datetime, by: str = "") -> Move | None:
    """Apply what came of an attempt; None if it changes nothing."""
    match given:
        case outcomes.Done(reason):
            return close(request, Verb.DONE, reason, at, by)
        case outcomes.GiveUp(reason):
            return close(request, Verb.DISCARD, reason, at, by)
        case outcomes.DialAgain(seconds):
            spent = replace(request, spent=request.spent + 1, first=manager)
            return _later(spent, Verb.RETRY, at + timedelta(seconds=seconds), WaitReason.RETRY, at, by)
        case outcomes.Postpone(seconds, reason, same_first):
            preferring = replace(request, first=manager) if same_first else request
            return _later(preferring, Verb.SNOOZE, at + timedelta(seconds=seconds), reason, at, by)
        case outcomes.PassOn():
            passed = replace(request, state=follow(request.state, Verb.PASS_ON), due_at=at, waits_for=WaitReason.LADDER)
            return Move(Verb.PASS_ON, passed, WaitReason.LADDER, at, by)
        case outcomes.AskPerson():
            return hold(replace(request, first=manager), at, WaitReason.UNSURE)
        case outcomes.Settled():
            return None
        case _:
            assert_never(given)


def hold(request: Request, at: datetime, reason: WaitReason) -> Move:
    """Wait for a person's word: ``STALE``, ``UNSURE``, or a limit of ``[toll]``."""
    held = replace(request, state=follow(request.state, Verb.HOLD), waits_for=reason)
    return Move(Verb.HOLD, held, reason, at)


def not_dialled(request: Request, at: datetime) -> Move:
    """A manager accepted, but the number may not be dialled: the engine says what becomes of it."""
    return _later(request, Verb.SNOOZE, at, WaitReason.TOLL, at, "")


def postpone(request: Request, until: datetime, at: datetime, by: str) -> Move:
    """Snooze by a person's order; also what releases a held request (with ``until`` now).

    Raises:
        UnexpectedTransition: they are talking, or the request is closed.
    """
    if request.state is RequestState.TALKING:
        raise UnexpectedTransition(f"request {request.request_id}: they are talking now")
    verb = Verb.RELEASE if request.state is RequestState.HELD else Verb.SNOOZE
    return _later(request, verb, until, WaitReason.BY_HAND, at, by)


def rank(request: Request, priority: int, at: datetime, by: str) -> Move:
    """Return how urgent it is; what it waits for stays."""
    return Move(
        Verb.RANK,
        replace(request, state=follow(request.state, Verb.RANK), priority=priority),
        request.waits_for,
        at,
        by,
    )


def set_going(request: Request, at: datetime) -> Move:
    """Let a request go on whose attempt has vanished without a trace; if the customer was dialled, a person decides."""
    if request.state in {RequestState.DIALLING, RequestState.TALKING}:
        return hold(request, at, WaitReason.UNSURE)
    return _later(request, Verb.SNOOZE, at, WaitReason.LOST, at, "")


def promise(request: Request, promised: datetime, at: datetime) -> Move:
    """Wait for the time that the caller was told.

    Raises:
        UnexpectedTransition: they are talking, or the request is closed.
    """
    verb = Verb.RELEASE if request.state is RequestState.HELD else Verb.SNOOZE
    return _later(request, verb, promised, WaitReason.PROMISED, at, "")


def close(request: Request, verb: Verb, reason: ClosedReason, at: datetime, by: str = "") -> Move:
    """Close with done, cancel or discard."""
    closed = replace(
        request,
        state=follow(request.state, verb),
        closed_at=max(at, request.first_missed_at),
        closed_for=reason,
        closed_by=by,
    )
    return Move(verb, closed, reason, at, by)


def _later(request: Request, verb: Verb, until: datetime, reason: WaitReason, at: datetime, by: str) -> Move:
    moved = _next_round(replace(request, state=follow(request.state, verb)), until, reason)
    return Move(verb, moved, reason, at, by)


def _next_round(request: Request, begins: datetime, reason: WaitReason) -> Request:
    return replace(request, due_at=begins, waits_for=reason, round=request.round + 1, round_began_at=begins)
