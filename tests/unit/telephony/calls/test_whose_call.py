# ruff: noqa: E501 - an event is a line
"""Whose a call is: who talked with the customer last, with who answered first kept beside."""

import pytest

from telephony.calls.rows import manager_of
from telephony.model import Call
from tests.unit.telephony.calls.stage import Stage
from tests.unit.telephony.calls.test_transcripts import FOLDER, replayed

RANG = """
0.0 Newchannel Channel=PJSIP/carrier-01 ChannelState=4 CallerIDNum=+380671234567 Context=from-trunk Exten=0442000101 Uniqueid=1700000000.1 Linkedid=1700000000.1
0.1 Newchannel Channel=PJSIP/101-02 ChannelState=0 CallerIDNum=101 Context=x Uniqueid=1700000000.2 Linkedid=1700000000.1
0.2 DialBegin Channel=PJSIP/carrier-01 Uniqueid=1700000000.1 Linkedid=1700000000.1 DestChannel=PJSIP/101-02 DestUniqueid=1700000000.2 DestLinkedid=1700000000.1 DialString=101
1.0 Newstate Channel=PJSIP/101-02 ChannelState=6 CallerIDNum=101 Uniqueid=1700000000.2 Linkedid=1700000000.1
1.1 BridgeEnter BridgeUniqueid=b1 BridgeType=basic Channel=PJSIP/101-02 ChannelState=6 CallerIDNum=101 Uniqueid=1700000000.2 Linkedid=1700000000.1
1.2 BridgeEnter BridgeUniqueid=b1 BridgeType=basic Channel=PJSIP/carrier-01 ChannelState=6 Uniqueid=1700000000.1 Linkedid=1700000000.1
"""
HANDED_OVER = """
5.0 BridgeLeave BridgeUniqueid=b1 BridgeType=basic Channel=PJSIP/101-02 ChannelState=6 Uniqueid=1700000000.2 Linkedid=1700000000.1
5.1 Newchannel Channel=PJSIP/102-03 ChannelState=0 CallerIDNum=102 Context=x Uniqueid=1700000005.3 Linkedid=1700000000.1
5.2 DialBegin Channel=PJSIP/carrier-01 Uniqueid=1700000000.1 Linkedid=1700000000.1 DestChannel=PJSIP/102-03 DestUniqueid=1700000005.3 DestLinkedid=1700000000.1 DialString=102
"""
ANSWERED_AGAIN = """
6.0 Newstate Channel=PJSIP/102-03 ChannelState=6 CallerIDNum=102 Uniqueid=1700000005.3 Linkedid=1700000000.1
6.1 BridgeEnter BridgeUniqueid=b1 BridgeType=basic Channel=PJSIP/102-03 ChannelState=6 CallerIDNum=102 Uniqueid=1700000005.3 Linkedid=1700000000.1
"""


def played(text: str) -> Call:
    stage = Stage("PJSIP/carrier-*")
    stage.play(text)
    return stage.one()


def whose(call: Call) -> tuple[str, str, str]:
    first, last = call.answered_by, call.talked_last
    return first.number if first else "", last.number if last else "", manager_of(call)


def test_a_hand_over_makes_it_the_call_of_who_took_it() -> None:
    assert whose(played(RANG)) == ("101", "101", "101")
    assert whose(played(RANG + HANDED_OVER + ANSWERED_AGAIN)) == ("101", "102", "102")


def test_who_was_rung_for_it_in_vain_does_not_get_it() -> None:
    assert whose(played(RANG + HANDED_OVER)) == ("101", "101", "101")


@pytest.mark.parametrize("source", ["ami", "cel"])
@pytest.mark.parametrize(
    ("scenario", "first", "last"),
    [
        ("attended_by_keys", "101", "102"),
        ("attended_by_refer", "101", "102"),
        ("blind_by_keys", "101", "102"),
        ("blind_by_refer", "101", "102"),
        ("blonde_by_keys", "101", "102"),
        ("attended_target_busy", "101", "101"),
        ("blind_no_answer_comes_back", "101", "101"),
        ("answered_caller_hangs_up", "101", "101"),
        ("outbound_answered", "", "101"),
    ],
)
def test_real_hand_overs_end_with_who_was_there_last(scenario: str, source: str, first: str, last: str) -> None:
    call = replayed(FOLDER / f"{scenario}.{source}", ["PJSIP/carrier-*"])[0]
    assert call.talked_last is not None
    assert call.talked_last.number == last
    assert manager_of(call) == last
    if first:
        assert call.answered_by is not None
        assert call.answered_by.number == first
