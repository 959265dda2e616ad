"""Calls for tests of what comes after the tracker: whole life stories, made of facts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from telephony.events import CallAnswered, CallEnded, CallEvent, CallRinging, CallStarted
from telephony.model import (
    Answerer,
    Call,
    CallId,
    CallKind,
    ChannelName,
    Direction,
    Disposition,
    Leg,
    Linkedid,
    MissedReason,
    Party,
    PbxName,
    Uniqueid,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PBX = PbxName("pbx")
CUSTOMER = "+380671234567"
DID = "+380441112233"
MANAGER = "101"


def after(seconds: float, start: datetime = NOON) -> datetime:
    """A moment so many seconds after ``start``."""
    return start + timedelta(seconds=seconds)


def started(number: int = 0, *, customer: str = CUSTOMER, at: datetime = NOON) -> Call:
    """An inbound call in its first moment."""
    uniqueid = f"{int(at.timestamp())}.{number}"
    customers = Leg(
        ChannelName(f"PJSIP/carrier-{number:08x}"), Uniqueid(uniqueid), customer, "Олена", at, answered_at=at
    )
    return Call(
        call_id=CallId(f"{PBX}:{uniqueid}"),
        pbx=PBX,
        linkedid=Linkedid(uniqueid),
        direction=Direction.INBOUND,
        kind=CallKind.ORDINARY,
        caller=Party(customer, "Олена"),
        dialed=DID,
        trunk="PJSIP/carrier",
        started_at=at,
        answered_at=None,
        ended_at=None,
        disposition=Disposition.IN_PROGRESS,
        missed_reason=None,
        answered_by=None,
        legs=(customers,),
    )


def ringing(call: Call, *, manager: str = MANAGER) -> Call:
    """The call when a manager's phone rings, one second after the start."""
    at = after(1, call.started_at)
    leg = Leg(
        ChannelName(f"PJSIP/{manager}-{call.linkedid}"), Uniqueid(f"{call.linkedid}9"), manager, "Ірина", at, rang_at=at
    )
    return replace(call, legs=(*call.legs, leg))


def answered(call: Call) -> Call:
    """The ringing call when the manager answers, five seconds after the start."""
    at = after(5, call.started_at)
    customers, managers = call.legs
    return replace(
        call,
        answered_at=at,
        answered_by=Answerer(managers.number, managers.name, managers.channel),
        legs=(customers, replace(managers, answered_at=at)),
    )


def ended(call: Call) -> Call:
    """The call after its end: a minute after the start if it was answered, else 20 s after it, and missed."""
    at = after(60 if call.answered_at else 20, call.started_at)
    legs = tuple(replace(leg, ended_at=at, hangup_cause=16 if call.answered_at else 19) for leg in call.legs)
    if call.answered_at:
        talk = at - call.answered_at
        return replace(call, ended_at=at, disposition=Disposition.ANSWERED, talk=talk, legs=legs)
    return replace(call, ended_at=at, disposition=Disposition.MISSED, missed_reason=MissedReason.NO_ANSWER, legs=legs)


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
