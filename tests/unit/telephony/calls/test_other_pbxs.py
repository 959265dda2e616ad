# ruff: noqa: E501 - an event is a line
"""What other people's PBXs do, kind by kind: the smallest events of each, and the verdict."""

import pytest

from telephony.calls.tracking.channels import ChannelKind, endpoint_of, kind_of, other_half
from telephony.calls.tracking.trunks import number_in
from telephony.model import CallKind, Direction, Disposition, MissedReason
from tests.unit.telephony.calls.stage import Stage


@pytest.mark.parametrize(
    "name", ["DAHDI/pseudo-1324896632", "Zap/pseudo-1", "dahdi/pseudo", "DAHDI/pseudo--1324896632"]
)
def test_a_cards_pseudo_channel_is_nobody(name: str) -> None:
    assert kind_of(name) is ChannelKind.PLUMBING


@pytest.mark.parametrize(
    ("name", "endpoint"),
    [
        ("PJSIP/carrier-0000002a", "PJSIP/carrier"),
        ("SIP/10.0.0.5-b7c01234", "SIP/10.0.0.5"),
        ("IAX2/office-1234", "IAX2/office"),
        ("DAHDI/i2/0671234567-3", "DAHDI/i2"),
        ("Zap/1-1", "Zap/1"),
        ("DAHDI/31-1", "DAHDI/31"),
        ("mISDN/1-u12", "mISDN/1"),
        ("Dongle/dongle0-0100000001", "Dongle/dongle0"),
        ("SCCP/7001-00000001", "SCCP/7001"),
        ("OOH323/gateway-12", "OOH323/gateway"),
        ("Khomp/B0C1-3.0", "Khomp/B0C1"),
        ("CAPI/ISDN1/0671234567-5", "CAPI/ISDN1"),
    ],
)
def test_an_endpoint_is_what_stays_of_a_channels_name(name: str, endpoint: str) -> None:
    assert endpoint_of(name) == endpoint


def test_local_halves_of_asterisk_1_4_have_commas() -> None:
    assert other_half("Local/101@from-internal-a1b2,1") == "Local/101@from-internal-a1b2,2"


@pytest.mark.parametrize(
    ("dialstring", "peer", "number"),
    [
        ("carrier/0671234567", "carrier", "0671234567"),
        ("0671234567@carrier", "carrier", "0671234567"),
        ("carrier/sip:+380671234567@10.0.0.1:5060", "carrier", "+380671234567"),
        ("user:1234@10.0.0.1/0671234567", "10.0.0.1", "0671234567"),
        ("g1/w0671234567", "1", "0671234567"),
        ("r1c/0671234567", "1", "0671234567"),
        ("g1/#31#0671234567", "1", "0671234567"),
        ("dongle0/+380671234567", "dongle0", "+380671234567"),
        ("0671234567@carrier,30,T", "carrier", "0671234567"),
        ("101", "101", ""),
        ("101/sip:101@10.0.0.5:5060", "101", ""),
        ("1", "1", ""),
    ],
)
def test_what_a_trunk_was_asked_for_stands_in_the_dial_string(dialstring: str, peer: str, number: str) -> None:
    assert number_in(dialstring, peer) == number


CALLS_OUT = """
0.0 Newchannel Channel=SIP/101-01 ChannelState=4 CallerIDNum=101 Context=from-internal Exten={dialled} Uniqueid=1700000000.1 Linkedid=1700000000.1
0.1 Newchannel Channel=SIP/gw-02 ChannelState=0 Context=from-trunk Uniqueid=1700000000.2 Linkedid=1700000000.1
0.2 DialBegin Channel=SIP/101-01 Uniqueid=1700000000.1 Linkedid=1700000000.1 DestChannel=SIP/gw-02 DestUniqueid=1700000000.2 DestLinkedid=1700000000.1 DialString={asked}
5.0 Hangup Channel=SIP/gw-02 Uniqueid=1700000000.2 Linkedid=1700000000.1 Cause=17
5.1 Hangup Channel=SIP/101-01 Uniqueid=1700000000.1 Linkedid=1700000000.1 Cause=17
"""


@pytest.mark.parametrize("dialled", ["90671234567", "*5501", "s", "", "0671234567", "55"])
def test_the_customer_is_whom_the_trunk_was_asked_for(dialled: str) -> None:
    stage = Stage()
    stage.play(CALLS_OUT.format(dialled=dialled, asked="gw/0671234567"))
    call = stage.one()
    assert (call.direction, call.customer, call.disposition) == (Direction.OUTBOUND, "0671234567", Disposition.BUSY)


def test_a_number_of_the_outside_is_outbound_though_no_trunk_made_a_channel() -> None:
    stage = Stage()
    stage.play("""
    0.0 Newchannel Channel=SIP/101-01 ChannelState=4 CallerIDNum=101 Context=from-internal Exten=0671234567 Uniqueid=1700000000.1 Linkedid=1700000000.1
    0.1 VarSet Channel=SIP/101-01 Uniqueid=1700000000.1 Linkedid=1700000000.1 Variable=DIALSTATUS Value=CHANUNAVAIL
    0.2 Hangup Channel=SIP/101-01 Uniqueid=1700000000.1 Linkedid=1700000000.1 Cause=34
    """)
    call = stage.one()
    assert (call.direction, call.customer, call.disposition) == (Direction.OUTBOUND, "0671234567", Disposition.FAILED)


@pytest.mark.parametrize("states", ["6", "5 6"])
def test_an_originate_of_asterisk_11_is_no_missed_call_however_it_rings(states: str) -> None:
    stage = Stage()
    stage.play(
        "0.0 Newchannel Channel=SIP/carrier-40 ChannelState=0 CallerIDNum=380670000101 Context=default Uniqueid=1700000000.200"
    )
    for second, state in enumerate(states.split(), 1):
        stage.play(
            f"{second}.0 Newstate Channel=SIP/carrier-40 ChannelState={state} CallerIDNum=380670000101 Uniqueid=1700000000.200"
        )
    stage.play("7.0 Hangup Channel=SIP/carrier-40 Uniqueid=1700000000.200 Cause=16")
    call = stage.one()
    assert (call.direction, call.kind, call.customer) == (Direction.OUTBOUND, CallKind.CLICK_TO_CALL, "380670000101")


def test_a_leave_of_two_whom_nobody_saw_enter_is_a_talk_though_other_events_named_them_before() -> None:
    stage = Stage()
    stage.play("""
    0.0 NewConnectedLine Channel=PJSIP/carrier-01 ChannelState=6 CallerIDNum=0671234567 Context=from-trunk Exten=0442000101 Uniqueid=1700000000.1 Linkedid=1700000000.1
    0.1 NewConnectedLine Channel=PJSIP/101-02 ChannelState=6 CallerIDNum=101 Context=from-internal Uniqueid=1700000000.2 Linkedid=1700000000.1
    5.0 BridgeLeave BridgeUniqueid=b1 BridgeType=basic Channel=PJSIP/101-02 ChannelState=6 Uniqueid=1700000000.2 Linkedid=1700000000.1
    5.1 Hangup Channel=PJSIP/101-02 Uniqueid=1700000000.2 Linkedid=1700000000.1 Cause=16
    5.2 BridgeLeave BridgeUniqueid=b1 BridgeType=basic Channel=PJSIP/carrier-01 ChannelState=6 Uniqueid=1700000000.1 Linkedid=1700000000.1
    5.3 Hangup Channel=PJSIP/carrier-01 Uniqueid=1700000000.1 Linkedid=1700000000.1 Cause=16
    """)
    assert stage.one().disposition is Disposition.ANSWERED


def test_leaving_a_waiting_room_is_no_evidence_of_a_talk() -> None:
    stage = Stage()
    stage.play("""
    0.0 NewConnectedLine Channel=PJSIP/carrier-01 ChannelState=6 CallerIDNum=0671234567 Context=from-trunk Exten=0442000101 Uniqueid=1700000000.1 Linkedid=1700000000.1
    0.1 NewConnectedLine Channel=PJSIP/101-02 ChannelState=6 CallerIDNum=101 Context=from-internal Uniqueid=1700000000.2 Linkedid=1700000000.1
    5.0 BridgeLeave BridgeUniqueid=b1 BridgeType=holding BridgeTechnology=holding_bridge Channel=PJSIP/101-02 ChannelState=6 Uniqueid=1700000000.2 Linkedid=1700000000.1
    5.1 BridgeLeave BridgeUniqueid=b1 BridgeType=holding BridgeTechnology=holding_bridge Channel=PJSIP/carrier-01 ChannelState=6 Uniqueid=1700000000.1 Linkedid=1700000000.1
    5.2 Hangup Channel=PJSIP/101-02 Uniqueid=1700000000.2 Linkedid=1700000000.1 Cause=16
    5.3 Hangup Channel=PJSIP/carrier-01 Uniqueid=1700000000.1 Linkedid=1700000000.1 Cause=16
    """)
    assert stage.one().disposition is Disposition.MISSED


def test_a_clock_that_goes_back_makes_no_wait_below_zero() -> None:
    stage = Stage()
    stage.play("""
    100.0 Newchannel Channel=PJSIP/carrier-01 ChannelState=4 CallerIDNum=0671234567 Context=from-trunk Exten=0442000101 Uniqueid=1700000000.1 Linkedid=1700000000.1
    100.1 Newchannel Channel=PJSIP/101-02 ChannelState=0 CallerIDNum=101 Context=x Uniqueid=1700000000.2 Linkedid=1700000000.1
    40.0 Newstate Channel=PJSIP/101-02 ChannelState=6 Uniqueid=1700000000.2 Linkedid=1700000000.1
    40.1 BridgeEnter BridgeUniqueid=b1 Channel=PJSIP/101-02 ChannelState=6 Uniqueid=1700000000.2 Linkedid=1700000000.1
    40.2 BridgeEnter BridgeUniqueid=b1 Channel=PJSIP/carrier-01 ChannelState=6 Uniqueid=1700000000.1 Linkedid=1700000000.1
    50.0 Hangup Channel=PJSIP/101-02 Uniqueid=1700000000.2 Linkedid=1700000000.1 Cause=16
    50.1 Hangup Channel=PJSIP/carrier-01 Uniqueid=1700000000.1 Linkedid=1700000000.1 Cause=16
    """)
    call = stage.one()
    assert call.disposition is Disposition.ANSWERED
    assert call.wait_seconds >= 0
    assert call.answered_at is not None
    assert call.answered_at >= call.started_at


def test_a_pbx_that_started_anew_has_none_of_its_old_channels() -> None:
    stage = Stage()
    stage.play("""
    0.0 Newchannel Channel=PJSIP/carrier-01 ChannelState=4 CallerIDNum=0671234567 Context=from-trunk Exten=0442000101 Uniqueid=1700000000.1 Linkedid=1700000000.1
    100.0 FullyBooted Status=Fully_Booted Uptime=10
    101.0 Newchannel Channel=PJSIP/carrier-01 ChannelState=4 CallerIDNum=0671234568 Context=from-trunk Exten=0442000101 Uniqueid=1700000101.1 Linkedid=1700000101.1
    105.0 Hangup Channel=PJSIP/carrier-01 Uniqueid=1700000101.1 Linkedid=1700000101.1 Cause=16
    """)
    before, after = stage.calls()
    assert (before.customer, before.repaired, after.customer) == ("0671234567", True, "0671234568")


def test_a_login_in_mid_capture_ends_nothing() -> None:
    stage = Stage()
    stage.play("""
    50.0 Newchannel Channel=PJSIP/carrier-01 ChannelState=4 CallerIDNum=0671234567 Context=from-trunk Exten=0442000101 Uniqueid=1700000000.1 Linkedid=1700000000.1
    60.0 FullyBooted Status=Fully_Booted Uptime=86400
    61.0 FullyBooted Status=Fully_Booted
    """)
    assert stage.one().disposition is Disposition.IN_PROGRESS


@pytest.mark.parametrize("room", ["MeetmeJoin Meetme=8600051", "ConfbridgeJoin Conference=8600051"])
def test_a_seat_in_an_old_conference_serves_one_customer_after_the_other(room: str) -> None:
    stage = Stage()
    leave = room.replace("Join", "Leave")
    stage.play(f"""
    0.0 Newchannel Channel=SIP/201-01 ChannelState=4 CallerIDNum=201 Context=from-internal Exten=8600051 Uniqueid=1700000000.1
    0.1 Newstate Channel=SIP/201-01 ChannelState=6 CallerIDNum=201 Uniqueid=1700000000.1
    0.2 {room} Channel=SIP/201-01 Uniqueid=1700000000.1
    """)
    for number in (1, 2):
        stage.play(f"""
        {number}0.0 Newchannel Channel=SIP/carrier-0{number} ChannelState=4 CallerIDNum=067000010{number} Context=from-trunk Exten=0442000101 Uniqueid=17000000{number}0.{number}
        {number}0.1 Newstate Channel=SIP/carrier-0{number} ChannelState=6 Uniqueid=17000000{number}0.{number}
        {number}0.2 {room} Channel=SIP/carrier-0{number} Uniqueid=17000000{number}0.{number}
        {number}5.2 {leave} Channel=SIP/carrier-0{number} Uniqueid=17000000{number}0.{number}
        {number}5.3 Hangup Channel=SIP/carrier-0{number} Uniqueid=17000000{number}0.{number} Cause=16
        """)
    stage.play("3600.0 Hangup Channel=SIP/201-01 Uniqueid=1700000000.1 Cause=16")
    calls = stage.calls()
    assert [(call.customer, call.disposition) for call in calls] == [
        ("0670000101", "answered"),
        ("0670000102", "answered"),
    ]
    assert [call.talk_seconds for call in calls] == pytest.approx([5.0, 5.0], abs=0.2)
    assert stage.tracker.is_empty()


@pytest.mark.parametrize("menu", ["", "0.5 Newstate Channel=PJSIP/carrier-01 ChannelState=6 Uniqueid=1700000000.1"])
@pytest.mark.parametrize("cause", [21, 34, 1, 3, 38])
def test_a_caller_whom_the_pbx_dropped_refused_nothing_and_left_no_menu(menu: str, cause: int) -> None:
    stage = Stage()
    stage.play(f"""
    0.0 Newchannel Channel=PJSIP/carrier-01 ChannelState=4 CallerIDNum=0671234567 Context=from-trunk Exten=0442000101 Uniqueid=1700000000.1 Linkedid=1700000000.1
    {menu}
    1.0 Hangup Channel=PJSIP/carrier-01 Uniqueid=1700000000.1 Linkedid=1700000000.1 Cause={cause}
    """)
    assert stage.one().missed_reason is MissedReason.UNREACHABLE


@pytest.mark.parametrize(
    ("answered", "by", "reason"),
    [
        ("1.0 Newstate Channel=PJSIP/carrier-01 ChannelState=6 Uniqueid=1.1", "Soft", MissedReason.ABANDONED_MENU),
        ("1.0 Newstate Channel=PJSIP/carrier-01 ChannelState=6 Uniqueid=1.1", "", MissedReason.ABANDONED_MENU),
        ("", "Soft", MissedReason.UNREACHABLE),
        ("", "", MissedReason.ABANDONED_MENU),
    ],
)
def test_who_heard_an_announcement_to_its_end_was_not_turned_away(answered: str, by: str, reason: MissedReason) -> None:
    """An administrator who reads that no phone was there looks for one that is out of order; none was wanted."""
    stage = Stage()
    stage.play(f"""
    0.0 Newchannel Channel=PJSIP/carrier-01 ChannelState=4 CallerIDNum=0671234567 Context=from-trunk Exten=0442000101 Uniqueid=1.1 Linkedid=1.1
    {answered}
    8.0 {by}HangupRequest Channel=PJSIP/carrier-01 Uniqueid=1.1 Linkedid=1.1 Cause=16
    8.0 Hangup Channel=PJSIP/carrier-01 Uniqueid=1.1 Linkedid=1.1 Cause=16
    """)
    assert stage.one().missed_reason is reason


def test_a_colleague_whom_the_pbx_dropped_was_not_refused_by_anybody() -> None:
    stage = Stage("PJSIP/carrier-*")
    stage.play("""
    0.0 Newchannel Channel=PJSIP/101-01 ChannelState=4 CallerIDNum=101 Context=from-internal Exten=102 Uniqueid=1700000000.1 Linkedid=1700000000.1
    1.0 Hangup Channel=PJSIP/101-01 Uniqueid=1700000000.1 Linkedid=1700000000.1 Cause=21
    """)
    assert stage.one().disposition is Disposition.FAILED


@pytest.mark.parametrize("status", ["CANCEL", "NOANSWER"])
def test_a_phone_that_rang_until_it_was_called_off_was_reached_whatever_its_cause(status: str) -> None:
    """Asterisk 22 tells cause 127 where the phone answered the CANCEL with SIP 487 or 500."""
    stage = Stage("PJSIP/trunk-*")
    stage.play(
        f"""
        1 Newchannel Channel=PJSIP/trunk-1 ChannelState=4 Uniqueid=100.1 Linkedid=100.1 CallerIDNum=0671234567 Exten=044
        2 Newchannel Channel=PJSIP/101-2 ChannelState=0 Uniqueid=100.2 Linkedid=100.1
        2 DialBegin Channel=PJSIP/trunk-1 Uniqueid=100.1 Linkedid=100.1 DestChannel=PJSIP/101-2 DestUniqueid=100.2 DestLinkedid=100.1
        3 Newstate Channel=PJSIP/101-2 ChannelState=5 Uniqueid=100.2 Linkedid=100.1
        9 DialEnd Channel=PJSIP/trunk-1 Uniqueid=100.1 DestChannel=PJSIP/101-2 DestUniqueid=100.2 DestLinkedid=100.1 DialStatus={status}
        9 Hangup Channel=PJSIP/101-2 Uniqueid=100.2 Linkedid=100.1 Cause=127
        9 Hangup Channel=PJSIP/trunk-1 Uniqueid=100.1 Linkedid=100.1 Cause=127
        """
    )
    assert stage.one().missed_reason is MissedReason.NO_ANSWER


def test_who_was_rung_and_said_no_did_refuse() -> None:
    stage = Stage("PJSIP/carrier-*")
    stage.play("""
    0.0 Newchannel Channel=PJSIP/carrier-01 ChannelState=4 CallerIDNum=0671234567 Context=from-trunk Exten=0442000101 Uniqueid=1700000000.1 Linkedid=1700000000.1
    0.1 Newchannel Channel=PJSIP/101-02 ChannelState=0 Context=from-internal Exten= Uniqueid=1700000000.2 Linkedid=1700000000.1
    0.2 DialBegin Channel=PJSIP/carrier-01 Uniqueid=1700000000.1 Linkedid=1700000000.1 DestChannel=PJSIP/101-02 DestUniqueid=1700000000.2 DestLinkedid=1700000000.1 DialString=101
    2.0 Hangup Channel=PJSIP/101-02 Uniqueid=1700000000.2 Linkedid=1700000000.1 Cause=21
    2.1 Hangup Channel=PJSIP/carrier-01 Uniqueid=1700000000.1 Linkedid=1700000000.1 Cause=21
    """)
    assert stage.one().missed_reason is MissedReason.REJECTED


AGENT = "Channel=PJSIP/201-01 ChannelState=6 CallerIDNum=201 Context=from-internal Exten=*22 Uniqueid=1700000000.1 Linkedid=1700000000.1"


def served_by_the_agent(number: int) -> str:
    """A queue reaches a logged-in agent over a Local channel; once they talk, all have the agent's linkedid."""
    own, later = f"17000000{number}0.{number}", "1700000000.1"
    customer = f"Channel=PJSIP/carrier-0{number} ChannelState={{}} CallerIDNum=067000010{number} Context=from-trunk Exten=0442000101 Uniqueid={own} Linkedid={{}}"
    one, two = (
        f"Channel=Local/201@agents-0{number};{half} ChannelState={{}} Context=agents Uniqueid={own}{half} Linkedid={{}}"
        for half in (1, 2)
    )
    return f"""
    {number}0.0 Newchannel {customer.format(4, own)}
    {number}0.1 Newstate {customer.format(6, own)}
    {number}0.2 QueueCallerJoin Queue=sales {customer.format(6, own)}
    {number}0.3 Newchannel {one.format(0, own)}
    {number}0.3 Newchannel {two.format(4, own)} Exten=201
    {number}0.4 DialBegin {customer.format(6, own)} DestChannel=Local/201@agents-0{number};1 DestUniqueid={own}1 DestLinkedid={own}
    {number}1.0 BridgeLeave BridgeUniqueid=hold BridgeType=holding BridgeTechnology=holding_bridge {AGENT}
    {number}1.1 BridgeEnter BridgeUniqueid=a{number} BridgeType=agent {AGENT}
    {number}1.3 BridgeEnter BridgeUniqueid=a{number} BridgeType=agent {two.format(6, later)}
    {number}1.5 BridgeEnter BridgeUniqueid=q{number} BridgeType=basic {one.format(6, own)}
    {number}1.6 BridgeEnter BridgeUniqueid=q{number} BridgeType=basic {customer.format(6, later)}
    {number}5.0 BridgeLeave BridgeUniqueid=q{number} BridgeType=basic {customer.format(6, later)}
    {number}5.1 Hangup {customer.format(6, later)} Cause=16
    {number}5.2 Hangup {one.format(6, later)} Cause=16
    {number}5.3 BridgeLeave BridgeUniqueid=a{number} BridgeType=agent {two.format(6, later)}
    {number}5.4 Hangup {two.format(6, later)} Cause=16
    {number}5.5 BridgeLeave BridgeUniqueid=a{number} BridgeType=agent {AGENT}
    {number}5.6 BridgeEnter BridgeUniqueid=hold BridgeType=holding BridgeTechnology=holding_bridge {AGENT}
    """


def test_an_agents_customers_are_calls_of_their_own_though_their_channels_take_the_agents_linkedid() -> None:
    stage = Stage()
    stage.play(f"0.0 Newchannel {AGENT}")
    stage.play(served_by_the_agent(1) + served_by_the_agent(2))
    stage.play(f"900.0 Hangup {AGENT} Cause=16")
    seen = [(call.customer, call.answered_by and call.answered_by.number, call.queue) for call in stage.calls()]
    assert seen == [("0670000101", "201", "sales"), ("0670000102", "201", "sales")]
    assert [call.talk_seconds for call in stage.calls()] == pytest.approx([3.4, 3.4])
    assert stage.tracker.is_empty()
    assert not stage.tracker.take_anomalies()


def test_an_agent_who_hands_a_customer_over_is_free_for_the_next() -> None:
    stage = Stage()
    first, second = (
        f"Channel=PJSIP/carrier-0{n} ChannelState=6 CallerIDNum=067000010{n} Context=from-trunk Exten=0442000101 Uniqueid=17000000{n}0.{n} Linkedid=17000000{n}0.{n}"
        for n in (1, 2)
    )
    colleague = "Channel=PJSIP/105-05 ChannelState=6 CallerIDNum=105 Context=from-internal Uniqueid=1700000013.5 Linkedid=1700000010.1"
    stage.play(f"""
    0.0 Newchannel {AGENT}
    10.0 Newchannel {first}
    11.0 BridgeEnter BridgeUniqueid=b1 BridgeType=basic {first}
    11.1 BridgeEnter BridgeUniqueid=b1 BridgeType=basic {AGENT}
    13.0 Newchannel {colleague.replace("ChannelState=6", "ChannelState=0")}
    13.1 DialBegin {first} DestChannel=PJSIP/105-05 DestUniqueid=1700000013.5 DestLinkedid=1700000010.1
    14.0 Newstate {colleague}
    14.1 BridgeLeave BridgeUniqueid=b1 BridgeType=basic {AGENT}
    14.2 BridgeEnter BridgeUniqueid=b1 BridgeType=basic {colleague}
    20.0 Newchannel {second}
    21.0 BridgeEnter BridgeUniqueid=b2 BridgeType=basic {second}
    21.1 BridgeEnter BridgeUniqueid=b2 BridgeType=basic {AGENT}
    24.0 Hangup {second} Cause=16
    30.0 Hangup {first} Cause=16
    30.1 Hangup {colleague} Cause=16
    900.0 Hangup {AGENT} Cause=16
    """)
    calls = sorted(stage.calls(), key=lambda call: call.started_at)
    assert [(call.customer, call.talked_last and call.talked_last.number) for call in calls] == [
        ("0670000101", "105"),
        ("0670000102", "201"),
    ]
    assert [call.talk_seconds for call in calls] == pytest.approx([18.8, 2.9])
    assert stage.tracker.is_empty()
