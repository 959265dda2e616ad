# ruff: noqa: E501 - an event is a line
"""Asterisk 11 and chan_sip: no linkedid, pairs instead of bridges, transfers by masquerade."""

import pytest

from telephony.model import Direction, Disposition, MissedReason, TransferKind
from tests.unit.telephony.calls.stage import Stage

INCOMING = """
0.0 Newchannel Channel=SIP/carrier-01 ChannelState=0 CallerIDNum=+380671234567 CallerIDName=Taras Context=from-trunk Exten=0442000101 Uniqueid=pbx-1700000000.1
0.1 Newstate Channel=SIP/carrier-01 ChannelState=4 CallerIDNum=+380671234567 Uniqueid=pbx-1700000000.1
0.2 Newchannel Channel=SIP/101-02 ChannelState=0 Context=from-internal Uniqueid=pbx-1700000000.2
0.2 NewCallerid Channel=SIP/101-02 CallerIDNum=101 Uniqueid=pbx-1700000000.2
0.3 Dial SubEvent=Begin Channel=SIP/carrier-01 Destination=SIP/101-02 UniqueID=pbx-1700000000.1 DestUniqueID=pbx-1700000000.2 Dialstring=101
0.4 Newstate Channel=SIP/101-02 ChannelState=5 CallerIDNum=101 Uniqueid=pbx-1700000000.2
"""
ANSWER = """
5.0 Newstate Channel=SIP/101-02 ChannelState=6 CallerIDNum=101 Uniqueid=pbx-1700000000.2
5.1 Newstate Channel=SIP/carrier-01 ChannelState=6 CallerIDNum=+380671234567 Uniqueid=pbx-1700000000.1
5.2 Bridge Bridgestate=Link Channel1=SIP/carrier-01 Channel2=SIP/101-02 Uniqueid1=pbx-1700000000.1 Uniqueid2=pbx-1700000000.2
"""


def test_a_simple_call_is_answered_by_the_bridge_event() -> None:
    stage = Stage("SIP/carrier-*")
    stage.play(INCOMING + ANSWER)
    stage.play("""
    15.2 Unlink Channel1=SIP/carrier-01 Channel2=SIP/101-02 Uniqueid1=pbx-1700000000.1 Uniqueid2=pbx-1700000000.2
    15.3 Hangup Channel=SIP/101-02 Uniqueid=pbx-1700000000.2 Cause=16
    15.4 Dial SubEvent=End Channel=SIP/carrier-01 UniqueID=pbx-1700000000.1 DialStatus=ANSWER
    15.5 Hangup Channel=SIP/carrier-01 Uniqueid=pbx-1700000000.1 Cause=16
    """)
    call = stage.one()
    assert (call.direction, call.disposition) == (Direction.INBOUND, Disposition.ANSWERED)
    assert (call.caller.number, call.caller.name, call.dialed) == ("+380671234567", "Taras", "0442000101")
    assert call.answered_by is not None
    assert call.answered_by.number == "101"
    assert call.wait_seconds == pytest.approx(5.2)
    assert call.talk_seconds == pytest.approx(10.0)
    assert [type(event).__name__ for event in stage.told] == ["CallStarted", "CallRinging", "CallAnswered", "CallEnded"]
    assert stage.tracker.is_empty()
    assert not stage.tracker.take_anomalies()


def test_a_phone_that_nobody_picks_up_is_one_missed_call() -> None:
    stage = Stage("SIP/carrier-*")
    stage.play(INCOMING)
    stage.play("""
    20.0 Hangup Channel=SIP/101-02 Uniqueid=pbx-1700000000.2 Cause=0
    20.1 Dial SubEvent=End Channel=SIP/carrier-01 UniqueID=pbx-1700000000.1 DialStatus=NOANSWER
    20.2 Hangup Channel=SIP/carrier-01 Uniqueid=pbx-1700000000.1 Cause=19
    """)
    call = stage.one()
    assert (call.disposition, call.missed_reason) == (Disposition.MISSED, MissedReason.NO_ANSWER)
    assert call.legs[1].rang_at is not None


def test_a_queue_that_tells_nothing_of_its_members_is_known_by_the_callers_number() -> None:
    stage = Stage()
    stage.play("""
    0.0 Newchannel Channel=SIP/gold-01 ChannelState=4 CallerIDNum=380670000101 Context=from-trunk Exten=380440000200 Uniqueid=1700000000.1
    0.1 Join Channel=SIP/gold-01 CallerIDNum=380670000101 Queue=sales Uniqueid=1700000000.1
    0.2 Newchannel Channel=SIP/101-02 ChannelState=0 CallerIDNum=101 Context=from-internal Uniqueid=1700000000.2
    0.3 Newstate Channel=SIP/101-02 ChannelState=5 CallerIDNum=101 ConnectedLineNum=380670000101 Uniqueid=1700000000.2
    9.0 Hangup Channel=SIP/101-02 Uniqueid=1700000000.2 Cause=0
    9.1 Hangup Channel=SIP/gold-01 Uniqueid=1700000000.1 Cause=16
    """)
    call = stage.one()
    assert (call.disposition, call.missed_reason) == (Disposition.MISSED, MissedReason.ABANDONED_WAITING)
    assert [leg.number for leg in call.legs] == ["380670000101", "101"]


CONSULT = """
8.0 Newchannel Channel=SIP/101-03 ChannelState=0 CallerIDNum=101 Context=from-internal Exten=102 Uniqueid=pbx-1700000008.3
8.1 Newstate Channel=SIP/101-03 ChannelState=4 CallerIDNum=101 Uniqueid=pbx-1700000008.3
8.2 Newchannel Channel=SIP/102-04 ChannelState=0 Context=from-internal Uniqueid=pbx-1700000008.4
8.3 Dial SubEvent=Begin Channel=SIP/101-03 Destination=SIP/102-04 UniqueID=pbx-1700000008.3 DestUniqueID=pbx-1700000008.4 Dialstring=102
8.4 Newstate Channel=SIP/102-04 ChannelState=5 CallerIDNum=102 Uniqueid=pbx-1700000008.4
"""
TARGET_ANSWERS = """
9.0 Newstate Channel=SIP/102-04 ChannelState=6 CallerIDNum=102 Uniqueid=pbx-1700000008.4
9.1 Newstate Channel=SIP/101-03 ChannelState=6 CallerIDNum=101 Uniqueid=pbx-1700000008.3
9.2 Bridge Bridgestate=Link Channel1=SIP/101-03 Channel2=SIP/102-04 Uniqueid1=pbx-1700000008.3 Uniqueid2=pbx-1700000008.4
"""
MASQUERADE = """
{at} Masquerade Clone=SIP/carrier-01 Original=SIP/101-03
{at} Rename Channel=SIP/carrier-01 Newname=SIP/carrier-01<MASQ> Uniqueid=pbx-1700000000.1
{at} Rename Channel=SIP/101-03 Newname=SIP/carrier-01 Uniqueid=pbx-1700000008.3
{at} Rename Channel=SIP/carrier-01<MASQ> Newname=SIP/101-03<ZOMBIE> Uniqueid=pbx-1700000000.1
{at} Bridge Bridgestate=Unlink Channel1=SIP/101-03<ZOMBIE> Channel2=SIP/101-02 Uniqueid1=pbx-1700000000.1 Uniqueid2=pbx-1700000000.2
{at} Hangup Channel=SIP/101-02 Uniqueid=pbx-1700000000.2 Cause=16
{at} Hangup Channel=SIP/101-03<ZOMBIE> Uniqueid=pbx-1700000000.1 Cause=16
"""
END = """
30.0 Bridge Bridgestate=Unlink Channel1=SIP/carrier-01 Channel2=SIP/102-04 Uniqueid1=pbx-1700000008.3 Uniqueid2=pbx-1700000008.4
30.1 Hangup Channel=SIP/102-04 Uniqueid=pbx-1700000008.4 Cause=16
30.2 Hangup Channel=SIP/carrier-01 Uniqueid=pbx-1700000008.3 Cause=16
"""


TRANSFER = """
12.0 Transfer TransferMethod=SIP TransferType=Attended Channel=SIP/101-02 Uniqueid=pbx-1700000000.2 TargetChannel=SIP/101-03 TargetUniqueid=pbx-1700000008.3
"""


@pytest.mark.parametrize("told", ["", TRANSFER])
def test_an_attended_transfer_by_masquerade_is_one_call_with_one_transfer(told: str) -> None:
    stage = Stage("SIP/carrier-*")
    stage.play(INCOMING + ANSWER + CONSULT + TARGET_ANSWERS + told + MASQUERADE.format(at="12.0") + END)
    call = stage.one()
    assert (call.direction, call.disposition) == (Direction.INBOUND, Disposition.ANSWERED)
    assert call.call_id == "test:pbx-1700000000.1"
    assert [(t.kind, t.by, t.to) for t in call.transfers] == [(TransferKind.ATTENDED, "101", "102")]
    assert call.answered_by is not None
    assert call.answered_by.channel == "SIP/101-02"
    assert call.talk_seconds == pytest.approx(24.8)
    by_name = {str(leg.channel): leg for leg in call.legs}
    assert set(by_name) == {"SIP/carrier-01", "SIP/101-02", "SIP/101-03", "SIP/102-04"}
    ended = by_name["SIP/carrier-01"].ended_at
    assert ended is not None
    assert ended == call.ended_at, "the customer's leg lives on under another uniqueid"
    assert stage.tracker.is_empty()


def test_a_transfer_to_a_ringing_phone_is_blonde() -> None:
    stage = Stage("SIP/carrier-*")
    stage.play(INCOMING + ANSWER + CONSULT + MASQUERADE.format(at="10.0"))
    stage.play("""
    14.0 Newstate Channel=SIP/102-04 ChannelState=6 CallerIDNum=102 Uniqueid=pbx-1700000008.4
    14.1 Bridge Bridgestate=Link Channel1=SIP/carrier-01 Channel2=SIP/102-04 Uniqueid1=pbx-1700000008.3 Uniqueid2=pbx-1700000008.4
    """)
    stage.play(END)
    call = stage.one()
    assert [(t.kind, t.by, t.to) for t in call.transfers] == [(TransferKind.BLONDE, "101", "102")]
    assert call.talk_seconds == pytest.approx(4.8 + 15.9)


def test_a_blind_transfer_by_refer_keeps_the_customers_leg_through_asyncgoto() -> None:
    stage = Stage("SIP/carrier-*")
    stage.play(INCOMING + ANSWER)
    stage.play("""
    8.0 Transfer TransferMethod=SIP TransferType=Blind Channel=SIP/101-02 Uniqueid=pbx-1700000000.2 TargetChannel=SIP/carrier-01 TargetUniqueid=pbx-1700000000.1 TransferExten=102 TransferContext=from-internal
    8.1 Newchannel Channel=AsyncGoto/SIP/carrier-01 ChannelState=6 Uniqueid=pbx-1700000008.9
    8.1 Masquerade Clone=SIP/carrier-01 Original=AsyncGoto/SIP/carrier-01
    8.1 Rename Channel=SIP/carrier-01 Newname=SIP/carrier-01<MASQ> Uniqueid=pbx-1700000000.1
    8.1 Rename Channel=AsyncGoto/SIP/carrier-01 Newname=SIP/carrier-01 Uniqueid=pbx-1700000008.9
    8.1 Rename Channel=SIP/carrier-01<MASQ> Newname=AsyncGoto/SIP/carrier-01<ZOMBIE> Uniqueid=pbx-1700000000.1
    8.2 Unlink Channel1=AsyncGoto/SIP/carrier-01<ZOMBIE> Channel2=SIP/101-02 Uniqueid1=pbx-1700000000.1 Uniqueid2=pbx-1700000000.2
    8.3 Hangup Channel=SIP/101-02 Uniqueid=pbx-1700000000.2 Cause=16
    8.3 Hangup Channel=AsyncGoto/SIP/carrier-01<ZOMBIE> Uniqueid=pbx-1700000000.1 Cause=16
    8.4 Newchannel Channel=SIP/102-05 ChannelState=0 Context=from-internal Uniqueid=pbx-1700000008.10
    8.5 Dial SubEvent=Begin Channel=SIP/carrier-01 Destination=SIP/102-05 UniqueID=pbx-1700000008.9 DestUniqueID=pbx-1700000008.10 Dialstring=102
    8.6 Newstate Channel=SIP/102-05 ChannelState=5 CallerIDNum=102 Uniqueid=pbx-1700000008.10
    10.0 Newstate Channel=SIP/102-05 ChannelState=6 CallerIDNum=102 Uniqueid=pbx-1700000008.10
    10.1 Bridge Bridgestate=Link Channel1=SIP/carrier-01 Channel2=SIP/102-05 Uniqueid1=pbx-1700000008.9 Uniqueid2=pbx-1700000008.10
    20.1 Unlink Channel1=SIP/carrier-01 Channel2=SIP/102-05 Uniqueid1=pbx-1700000008.9 Uniqueid2=pbx-1700000008.10
    20.2 Hangup Channel=SIP/102-05 Uniqueid=pbx-1700000008.10 Cause=16
    20.3 Hangup Channel=SIP/carrier-01 Uniqueid=pbx-1700000008.9 Cause=16
    """)
    call = stage.one()
    assert [(t.kind, t.by, t.to) for t in call.transfers] == [(TransferKind.BLIND, "101", "102")]
    assert len(call.legs) == 3
    assert call.legs[0].uniqueid == "pbx-1700000000.1"
    assert call.talk_seconds == pytest.approx(3.0 + 10.0, abs=0.2)
    assert stage.tracker.is_empty()


def test_a_queue_of_local_members_is_one_call_without_linkedids() -> None:
    stage = Stage("SIP/carrier-*")
    stage.play("""
    0.0 Newchannel Channel=SIP/carrier-01 ChannelState=0 CallerIDNum=0671234567 Context=from-trunk Exten=0442000601 Uniqueid=1700000000.1
    0.1 Newstate Channel=SIP/carrier-01 ChannelState=4 CallerIDNum=0671234567 Uniqueid=1700000000.1
    0.2 Newstate Channel=SIP/carrier-01 ChannelState=6 CallerIDNum=0671234567 Uniqueid=1700000000.1
    0.3 Join Channel=SIP/carrier-01 CallerIDNum=0671234567 Queue=sales Position=1 Count=1 Uniqueid=1700000000.1
    0.4 Newchannel Channel=Local/101@from-queue-5a;1 ChannelState=0 Context=from-queue Uniqueid=1700000000.2
    0.4 Newchannel Channel=Local/101@from-queue-5a;2 ChannelState=4 Context=from-queue Exten=101 Uniqueid=1700000000.3
    0.5 Dial SubEvent=Begin Channel=SIP/carrier-01 Destination=Local/101@from-queue-5a;1 UniqueID=1700000000.1 DestUniqueID=1700000000.2 Dialstring=Local/101@from-queue
    0.6 Newchannel Channel=SIP/101-07 ChannelState=0 Context=from-internal Uniqueid=1700000000.4
    0.7 Dial SubEvent=Begin Channel=Local/101@from-queue-5a;2 Destination=SIP/101-07 UniqueID=1700000000.3 DestUniqueID=1700000000.4 Dialstring=101
    0.8 Newstate Channel=SIP/101-07 ChannelState=5 CallerIDNum=101 Uniqueid=1700000000.4
    4.0 Newstate Channel=SIP/101-07 ChannelState=6 CallerIDNum=101 Uniqueid=1700000000.4
    4.1 Bridge Bridgestate=Link Channel1=Local/101@from-queue-5a;2 Channel2=SIP/101-07 Uniqueid1=1700000000.3 Uniqueid2=1700000000.4
    4.2 Leave Channel=SIP/carrier-01 Queue=sales Count=0 Uniqueid=1700000000.1
    4.3 Bridge Bridgestate=Link Channel1=SIP/carrier-01 Channel2=Local/101@from-queue-5a;1 Uniqueid1=1700000000.1 Uniqueid2=1700000000.2
    4.4 Rename Channel=SIP/carrier-01 Newname=SIP/carrier-01<MASQ> Uniqueid=1700000000.1
    4.4 Rename Channel=Local/101@from-queue-5a;2 Newname=SIP/carrier-01 Uniqueid=1700000000.3
    4.4 Rename Channel=SIP/carrier-01<MASQ> Newname=Local/101@from-queue-5a;2<ZOMBIE> Uniqueid=1700000000.1
    4.5 Hangup Channel=Local/101@from-queue-5a;1 Uniqueid=1700000000.2 Cause=0
    4.5 Hangup Channel=Local/101@from-queue-5a;2<ZOMBIE> Uniqueid=1700000000.1 Cause=0
    14.3 Unlink Channel1=SIP/carrier-01 Channel2=SIP/101-07 Uniqueid1=1700000000.3 Uniqueid2=1700000000.4
    14.4 Hangup Channel=SIP/101-07 Uniqueid=1700000000.4 Cause=16
    14.5 Hangup Channel=SIP/carrier-01 Uniqueid=1700000000.3 Cause=16
    """)
    call = stage.one()
    assert call.disposition is Disposition.ANSWERED
    assert (call.queue, len(call.legs)) == ("sales", 2)
    assert call.wait_seconds == pytest.approx(4.3)
    assert call.talk_seconds == pytest.approx(10.0)
    assert stage.tracker.is_empty()


def test_asterisk_1_4s_link_and_dial_are_understood() -> None:
    stage = Stage("SIP/carrier-*")
    stage.play("""
    0.0 Newchannel Channel=SIP/carrier-08 State=Ring CallerIDNum=0671234567 Uniqueid=1700000000.1
    0.1 Newchannel Channel=SIP/101-09 State=Down Uniqueid=1700000000.2
    0.2 Dial Source=SIP/carrier-08 Destination=SIP/101-09 SrcUniqueID=1700000000.1 DestUniqueID=1700000000.2
    0.3 Newstate Channel=SIP/101-09 State=Ringing CallerID=101 Uniqueid=1700000000.2
    2.0 Newstate Channel=SIP/101-09 State=Up Uniqueid=1700000000.2
    2.1 Link Channel1=SIP/carrier-08 Channel2=SIP/101-09 Uniqueid1=1700000000.1 Uniqueid2=1700000000.2
    5.1 Unlink Channel1=SIP/carrier-08 Channel2=SIP/101-09 Uniqueid1=1700000000.1 Uniqueid2=1700000000.2
    5.2 Hangup Channel=SIP/101-09 Uniqueid=1700000000.2 Cause=16
    5.3 Hangup Channel=SIP/carrier-08 Uniqueid=1700000000.1 Cause=16
    """)
    call = stage.one()
    assert call.disposition is Disposition.ANSWERED
    assert call.talk_seconds == pytest.approx(3.0)


def test_a_capture_that_begins_in_mid_talk_knows_that_these_two_had_talked() -> None:
    stage = Stage("SIP/carrier-*")
    stage.play("""
    5.0 Bridge Bridgestate=Unlink Channel1=SIP/carrier-01 Channel2=SIP/101-02 Uniqueid1=1700000000.1 Uniqueid2=1700000000.2 CallerID1=0671234567 CallerID2=101
    5.1 Hangup Channel=SIP/101-02 Uniqueid=1700000000.2 Cause=16
    5.2 Hangup Channel=SIP/carrier-01 Uniqueid=1700000000.1 Cause=16
    """)
    call = stage.one()
    assert call.disposition is Disposition.ANSWERED
    assert call.repaired
    assert len(call.legs) == 2
