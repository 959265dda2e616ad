"""Calls for the recording's tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

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
    Party,
    PbxName,
    RecordingSegment,
    Transfer,
    TransferKind,
    Uniqueid,
)

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ANSWER = START + timedelta(seconds=5)
END = START + timedelta(seconds=65)
CUSTOMER, MANAGER = ChannelName("PJSIP/carrier-00000001"), ChannelName("PJSIP/101-00000002")


def leg(channel: str, uniqueid: str, number: str, *, answered: bool = True, ended: bool = False) -> Leg:
    return Leg(
        ChannelName(channel),
        Uniqueid(uniqueid),
        number,
        "",
        START,
        answered_at=ANSWER if answered else None,
        ended_at=END if ended else None,
    )


def inbound(*, answered: bool = True, ended: bool = False, call_id: str = "pbx:1.1") -> Call:
    first = call_id.partition(":")[2]
    call = Call(
        CallId(call_id),
        PbxName("pbx"),
        Linkedid(first),
        Direction.INBOUND,
        CallKind.ORDINARY,
        Party("+380671112233"),
        "+380442000101",
        "PJSIP/carrier",
        START,
        ANSWER if answered else None,
        END if ended else None,
        Disposition.IN_PROGRESS,
        None,
        Answerer("101", "", MANAGER) if answered else None,
        legs=(
            leg(CUSTOMER, first, "+380671112233", ended=ended),
            leg(MANAGER, f"{first}2", "101", answered=answered, ended=ended),
        ),
        talk=timedelta(seconds=60) if answered and ended else timedelta(),
    )
    if not ended:
        return call
    return replace(call, disposition=Disposition.ANSWERED) if answered else call


def outbound(*, answered: bool = True, ended: bool = False) -> Call:
    return replace(
        inbound(answered=answered, ended=ended),
        direction=Direction.OUTBOUND,
        caller=Party("101"),
        dialed="+380671112233",
        answered_by=Answerer("+380671112233", "", CUSTOMER) if answered else None,
        legs=(
            leg(MANAGER, "1.1", "101", ended=ended),
            leg(CUSTOMER, "1.2", "+380671112233", answered=answered, ended=ended),
        ),
    )


def internal(*, answered: bool = True, ended: bool = False) -> Call:
    return replace(
        inbound(answered=answered, ended=ended),
        direction=Direction.INTERNAL,
        caller=Party("101"),
        dialed="102",
        trunk="",
        answered_by=Answerer("102", "", ChannelName("PJSIP/102-00000003")) if answered else None,
        legs=(
            leg(MANAGER, "1.1", "101", ended=ended),
            leg("PJSIP/102-00000003", "1.2", "102", answered=answered, ended=ended),
        ),
    )


def tape(uniqueid: str, channel: str = CUSTOMER, path: str = "") -> RecordingSegment:
    return RecordingSegment(
        path or f"/monitor/ringback/rb-{uniqueid}-1-c.raw", ChannelName(channel), Uniqueid(uniqueid), START
    )


def foreign(uniqueid: str, channel: str = CUSTOMER) -> RecordingSegment:
    return tape(uniqueid, channel, f"/monitor/2026/in-{uniqueid}.wav")


def transferred(call: Call, by: str, to: str) -> Call:
    return replace(call, transfers=(*call.transfers, Transfer(TransferKind.BLIND, by, to, ANSWER)))
