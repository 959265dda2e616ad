"""Calls for the recording's tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from telephony.model import (
    Call,
    ChannelName,
    Direction,
    Leg,
    RecordingSegment,
    Transfer,
    TransferKind,
    Uniqueid,
)
from tests import builders

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ANSWER = START + timedelta(seconds=5)
END = START + timedelta(seconds=65)
CUSTOMER, MANAGER = ChannelName("PJSIP/carrier-00000001"), ChannelName("PJSIP/101-00000002")
OTHER = ChannelName("PJSIP/102-00000003")
NUMBER = "+380671112233"


def leg(channel: str, uniqueid: str, number: str, *, answered: bool = True, ended: bool = False) -> Leg:
    return replace(
        builders.leg(uniqueid, number, START, channel=channel),
        answered_at=ANSWER if answered else None,
        ended_at=END if ended else None,
    )


def inbound(*, answered: bool = True, ended: bool = False, call_id: str = "pbx:1.1") -> Call:
    first = call_id.partition(":")[2]
    call = builders.inbound(first, at=START, customer=NUMBER, name="", did="+380442000101")
    phone = leg(MANAGER, f"{first}2", "101", answered=answered)
    return _lived(replace(call, legs=(leg(CUSTOMER, first, NUMBER), phone)), answered=answered, ended=ended)


def outbound(*, answered: bool = True, ended: bool = False) -> Call:
    phone = leg(CUSTOMER, "1.2", NUMBER, answered=answered)
    call = replace(builders.outbound("1.1", at=START, customer=NUMBER), legs=(leg(MANAGER, "1.1", "101"), phone))
    return _lived(call, answered=answered, ended=ended)


def internal(*, answered: bool = True, ended: bool = False) -> Call:
    phone = leg(OTHER, "1.2", "102", answered=answered)
    call = replace(
        builders.outbound("1.1", at=START, customer="102"),
        direction=Direction.INTERNAL,
        trunk="",
        legs=(leg(MANAGER, "1.1", "101"), phone),
    )
    return _lived(call, answered=answered, ended=ended)


def _lived(call: Call, *, answered: bool, ended: bool) -> Call:
    """The call of two legs when the second one has answered, and when it is over."""
    if answered:
        call = builders.answered(call, ANSWER, by=call.legs[1])
    return builders.ended(call, END) if ended else call


def tape(uniqueid: str, channel: str = CUSTOMER, path: str = "") -> RecordingSegment:
    return RecordingSegment(
        path or f"/monitor/ringback/rb-{uniqueid}-1-c.raw", ChannelName(channel), Uniqueid(uniqueid), START
    )


def foreign(uniqueid: str, channel: str = CUSTOMER) -> RecordingSegment:
    return tape(uniqueid, channel, f"/monitor/2026/in-{uniqueid}.wav")


def transferred(call: Call, by: str, to: str) -> Call:
    return replace(call, transfers=(*call.transfers, Transfer(TransferKind.BLIND, by, to, ANSWER)))
