"""Calls for tests of what comes after the tracker: whole life stories, made of facts."""

from dataclasses import replace
from datetime import datetime

from telephony.events import CallAnswered, CallEnded, CallEvent, CallRinging, CallStarted
from telephony.model import Call
from tests import builders
from tests.builders import CUSTOMER, MANAGER, NOON, after


def started(number: int = 0, *, customer: str = CUSTOMER, at: datetime = NOON) -> Call:
    """An inbound call in its first moment."""
    call = builders.inbound(f"{int(at.timestamp())}.{number}", at=at, customer=customer)
    return replace(call, legs=(replace(call.legs[0], answered_at=at),))


def ringing(call: Call, *, manager: str = MANAGER) -> Call:
    """The call when a manager's phone rings, one second after the start."""
    at = after(1, call.started_at)
    phone = builders.leg(f"{call.linkedid}9", manager, at, name="Ірина")
    return replace(call, legs=(*call.legs, replace(phone, rang_at=at)))


def answered(call: Call) -> Call:
    """The ringing call when the manager answers, five seconds after the start."""
    return builders.answered(call, after(5, call.started_at), by=call.legs[1])


def ended(call: Call) -> Call:
    """The call after its end: a minute after the start if it was answered, else 20 s after it, and missed."""
    if call.answered_at:
        return builders.ended(call, after(60, call.started_at), cause=16)
    return builders.ended(call, after(20, call.started_at), cause=19)


def story(number: int = 0, *, missed: bool = False, customer: str = CUSTOMER, at: datetime = NOON) -> list[CallEvent]:
    """All events of one inbound call, answered or missed."""
    first = started(number, customer=customer, at=at)
    rings = ringing(first)
    managers = rings.legs[1]
    events: list[CallEvent] = [
        CallStarted(first, at),
        CallRinging(rings, after(1, at), managers.channel, managers.uniqueid, managers.number),
    ]
    last = rings
    if not missed:
        last = answered(rings)
        events.append(CallAnswered(last, after(5, at), managers.channel, managers.uniqueid))
    last = ended(last)
    return [*events, CallEnded(last, last.ended_at or at)]
