"""Calls and legs made of ordinary facts: a test names the facts that it is about, and gets the rest from here.

A call is made as it begins (`inbound`, `outbound`) and lives on by `answered` and `ended`, each of which gives the
call's next picture; any other fact is a test's own `dataclasses.replace`. Whole stories, event by event, are in
`tests.stories`.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from telephony.callback.policy.model import Request, RequestId, RequestState, WaitReason
from telephony.directory.model import ManagerId
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
from telephony.numbers import Canonical

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""A Monday's."""
PBX = PbxName("pbx")
TRUNK = "PJSIP/carrier"
CUSTOMER = "+380671234567"
DID = "+380441112233"
MANAGER = "101"


def after(seconds: float, start: datetime = NOON) -> datetime:
    """A moment so many seconds after ``start``."""
    return start + timedelta(seconds=seconds)


def leg(uniqueid: str, number: str, at: datetime = NOON, *, name: str = "", channel: str = "") -> Leg:
    """A leg in its first moment; its channel is the one of a phone of that number unless told."""
    return Leg(ChannelName(channel or f"PJSIP/{number}-{uniqueid}"), Uniqueid(uniqueid), number, name, at)


def inbound(
    linkedid: str = "1763.1", *, at: datetime = NOON, customer: str = CUSTOMER, name: str = "Олена", did: str = DID
) -> Call:
    """A customer's call in its first moment: their leg is there, no phone rings yet."""
    return Call(
        call_id=CallId(f"{PBX}:{linkedid}"),
        pbx=PBX,
        linkedid=Linkedid(linkedid),
        direction=Direction.INBOUND,
        kind=CallKind.ORDINARY,
        caller=Party(customer, name),
        dialed=did,
        trunk=TRUNK,
        started_at=at,
        answered_at=None,
        ended_at=None,
        disposition=Disposition.IN_PROGRESS,
        missed_reason=None,
        answered_by=None,
        legs=(leg(linkedid, customer, at, name=name, channel=f"{TRUNK}-{linkedid}"),),
    )


def outbound(
    linkedid: str = "1763.1", *, at: datetime = NOON, manager: str = MANAGER, customer: str = CUSTOMER
) -> Call:
    """A manager's call to a customer in its first moment: the manager's leg is there, the customer's does not ring."""
    return replace(
        inbound(linkedid, at=at),
        direction=Direction.OUTBOUND,
        caller=Party(manager),
        dialed=customer,
        legs=(leg(linkedid, manager, at),),
    )


def answered(call: Call, at: datetime, by: Leg) -> Call:
    """The call when the party of the leg ``by`` is bridged with the other side; the leg joins if it is not there."""
    talks = replace(by, answered_at=at)
    others = tuple(each for each in call.legs if each.uniqueid != by.uniqueid)
    return replace(call, answered_at=at, answered_by=Answerer(by.number, by.name, by.channel), legs=(*others, talks))


def ended(
    call: Call, at: datetime, *, cause: int | None = None, missed_reason: MissedReason = MissedReason.NO_ANSWER
) -> Call:
    """The call when its last legs end: answered, if it was; else missed, or, an outbound one, not answered."""
    legs = tuple(each if each.ended_at else replace(each, ended_at=at, hangup_cause=cause) for each in call.legs)
    over = replace(call, ended_at=at, legs=legs)
    if call.answered_at is not None:
        return replace(over, disposition=Disposition.ANSWERED, talk=at - call.answered_at)
    if call.direction is Direction.INBOUND:
        return replace(over, disposition=Disposition.MISSED, missed_reason=missed_reason)
    return replace(over, disposition=Disposition.NO_ANSWER)


def callback_request(**facts: Any) -> Request:  # noqa: ANN401 - any of a request's fields
    """A request of an owner's customer, missed once at noon and due since; ``facts`` are what the test is about."""
    usual = Request(
        request_id=RequestId(1),
        pbx=PBX,
        customer=Canonical(CUSTOMER),
        heard_number="067 123-45-67",
        name="Олена",
        did=DID,
        trunk=TRUNK,
        state=RequestState.WAITING,
        waits_for=WaitReason.NEW,
        misses=1,
        first_missed_at=NOON,
        last_missed_at=NOON,
        last_call_id=CallId(f"{PBX}:1763.1"),
        due_at=NOON,
        round=1,
        round_began_at=NOON,
        spent=0,
        owner=ManagerId("ivan"),
        owner_asked=True,
        first=None,
    )
    return replace(usual, **facts)
