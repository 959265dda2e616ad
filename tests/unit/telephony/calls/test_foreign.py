"""Other people's dialplans and channel drivers, without a word about their trunks."""
# ruff: noqa: E501 - an event is a line

import pytest

from telephony.ami.protocol.messages import Decoder
from telephony.ami.protocol.parser import AmiMessage, Parser
from telephony.calls.tracking.channels import ChannelKind, LegRecord, endpoint_of, kind_of
from telephony.calls.tracking.trunks import TrunkRules, guess
from telephony.channel_events import ChannelSeen
from telephony.model import CallKind, Direction, Disposition, MissedReason, TransferKind
from tests.unit.telephony.calls.stage import Stage


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("SIP/101-0000002a", ChannelKind.PARTY),
        ("PJSIP/carrier-00000001", ChannelKind.PARTY),
        ("IAX2/office-1234", ChannelKind.PARTY),
        ("DAHDI/i1/0671234567-3", ChannelKind.PARTY),
        ("Dongle/kyivstar-0100000003", ChannelKind.PARTY),
        ("Local/101@from-queue-0000001a;1", ChannelKind.LOCAL),
        ("Local/FMPR-101@from-internal-0000001a;2", ChannelKind.LOCAL),
        ("AsyncGoto/SIP/101-0000002a", ChannelKind.PLUMBING),
        ("Surrogate/PJSIP/101-0000002a", ChannelKind.PLUMBING),
        ("CBAnn/8000-00000001;1", ChannelKind.PLUMBING),
        ("Announcer/ARI-00000001;2", ChannelKind.PLUMBING),
        ("MulticastRTP/0x7f00", ChannelKind.PLUMBING),
        ("Message/ast_msg_queue", ChannelKind.PLUMBING),
        ("N/A", ChannelKind.PARTY),
        ("", ChannelKind.PLUMBING),
    ],
)
def test_a_channels_name_tells_what_it_is(name: str, kind: ChannelKind) -> None:
    assert kind_of(name) is kind


@pytest.mark.parametrize(
    ("name", "endpoint"),
    [
        ("PJSIP/carrier-0000002a", "PJSIP/carrier"),
        ("SIP/voipgrid-siproute-docker-00000020", "SIP/voipgrid-siproute-docker"),
        ("SIP/my-trunk-00000020<ZOMBIE>", "SIP/my-trunk"),
        ("IAX2/office-1234", "IAX2/office"),
    ],
)
def test_the_endpoint_is_the_name_without_its_serial(name: str, endpoint: str) -> None:
    assert endpoint_of(name) == endpoint


def leg(channel: str, number: str = "", context: str = "", dialstring: str = "", *, incoming: bool = True) -> LegRecord:
    made = LegRecord(channel, "1.1", None, "1.1", None)  # type: ignore[arg-type] # a guess looks at neither time nor call
    made.number, made.context, made.dialstring, made.incoming = number, context, dialstring, incoming
    return made


@pytest.mark.parametrize(
    ("record", "outside"),
    [
        (leg("SIP/voipgrid-siproute-docker-00000020", "+31150010001", "voipgrid_in"), True),
        (leg("SIP/150010001-00000001", "201", "osvpi_account"), False),
        (
            leg(
                "SIP/150010003-00000021",
                "+31150010004",
                "osvpi_account",
                "150010003/150010003/172.20.0.13!!0150010003",
                incoming=False,
            ),
            False,
        ),
        (leg("SIP/101-00000001", "101", "from-internal"), False),
        (leg("SIP/0442000101-00000001", "+380671234567", "from-trunk-sip-0442000101"), True),
        (leg("SIP/380442000101-00000001", "+380671234567"), True),
        (leg("PJSIP/380442000101-00000001", "0671234567", "default", "0671234567@380442000101", incoming=False), True),
        (leg("SIP/kyivstar-00000001", "0671234567", "default", "kyivstar/0671234567", incoming=False), True),
        (leg("SIP/kyivstar-00000001", "", "default"), True),
        (leg("PJSIP/alice-00000001", "101", "default", "alice", incoming=False), False),
        (leg("PJSIP/alice-00000001", "0442000101", "default", "alice", incoming=False), False),
        (leg("DAHDI/i1/0671234567-3", "0671234567", "from-pstn"), True),
        (leg("DAHDI/5-1", "105", "from-internal"), False),
        (leg("IAX2/office2-1234", "+380501112233", "from-trunk"), True),
        (leg("Dongle/dongle0-0100000003", "+380501112233", "from-gsm"), True),
    ],
)
def test_without_rules_trunks_are_guessed(record: LegRecord, *, outside: bool) -> None:
    assert guess(record, endpoint_of(record.channel), "0442000101") is outside


def test_with_rules_nothing_is_guessed() -> None:
    rules = TrunkRules(("SIP/uplink-*",))
    assert not rules.is_trunk(leg("SIP/trunk-00000001", "+380671234567", "from-trunk"))
    assert rules.is_trunk(leg("SIP/uplink-00000001"))
    assert TrunkRules((), ("from-*",)).is_trunk(leg("SIP/x-00000001", context="from-trunk"))


FREEPBX_RING_GROUP = """
0.00 Newchannel Channel=PJSIP/gotrunk-00000001 ChannelState=4 CallerIDNum=0671234567 CallerIDName=Taras Context=from-trunk Exten=0442000600 Uniqueid=100.1 Linkedid=100.1
0.10 Newchannel Channel=Local/FMGL-0671234567#@from-internal-01;1 ChannelState=0 Context=from-internal Uniqueid=100.2 Linkedid=100.1
0.10 Newchannel Channel=Local/FMGL-0671234567#@from-internal-01;2 ChannelState=4 Context=from-internal Exten=FMGL-0671234567# Uniqueid=100.3 Linkedid=100.1
0.11 Newchannel Channel=Local/FMPR-101@from-internal-02;1 ChannelState=0 Context=from-internal Uniqueid=100.4 Linkedid=100.1
0.11 Newchannel Channel=Local/FMPR-101@from-internal-02;2 ChannelState=4 Context=from-internal Exten=FMPR-101 Uniqueid=100.5 Linkedid=100.1
0.20 DialBegin Channel=PJSIP/gotrunk-00000001 Uniqueid=100.1 Linkedid=100.1 Exten=s DestChannel=Local/FMPR-101@from-internal-02;1 DestUniqueid=100.4 DestLinkedid=100.1 DialString=FMPR-101@from-internal
0.30 Newchannel Channel=PJSIP/101-00000002 ChannelState=0 CallerIDNum=101 CallerIDName=Olena Context=from-internal Exten=s Uniqueid=100.6 Linkedid=100.1
0.31 DialBegin Channel=Local/FMPR-101@from-internal-02;2 Uniqueid=100.5 Linkedid=100.1 DestChannel=PJSIP/101-00000002 DestUniqueid=100.6 DestLinkedid=100.1 DestCallerIDNum=101 DialString=101/sip:101@10.0.0.5:5060
0.40 Newstate Channel=PJSIP/101-00000002 ChannelState=5 CallerIDNum=101 Uniqueid=100.6 Linkedid=100.1
"""


def test_a_ring_group_behind_local_channels_is_one_call() -> None:
    stage = Stage()
    stage.play(FREEPBX_RING_GROUP)
    stage.play("""
    5.0 Newstate Channel=PJSIP/101-00000002 ChannelState=6 CallerIDNum=101 Uniqueid=100.6 Linkedid=100.1
    5.1 BridgeEnter BridgeUniqueid=b2 BridgeTechnology=simple_bridge Channel=PJSIP/101-00000002 Uniqueid=100.6 Linkedid=100.1
    5.1 BridgeEnter BridgeUniqueid=b2 BridgeTechnology=simple_bridge Channel=Local/FMPR-101@from-internal-02;2 Uniqueid=100.5 Linkedid=100.1
    5.2 BridgeEnter BridgeUniqueid=b1 BridgeTechnology=simple_bridge Channel=Local/FMPR-101@from-internal-02;1 Uniqueid=100.4 Linkedid=100.1
    """)
    assert stage.one().answered_at is None, "one person in a chain hears nobody"
    stage.play("""
    5.3 BridgeEnter BridgeUniqueid=b1 BridgeTechnology=simple_bridge Channel=PJSIP/gotrunk-00000001 ChannelState=6 Uniqueid=100.1 Linkedid=100.1
    15.3 BridgeLeave BridgeUniqueid=b1 Channel=PJSIP/gotrunk-00000001 Uniqueid=100.1 Linkedid=100.1
    15.4 Hangup Channel=Local/FMPR-101@from-internal-02;1 Uniqueid=100.4 Linkedid=100.1 Cause=16
    15.4 Hangup Channel=Local/FMPR-101@from-internal-02;2 Uniqueid=100.5 Linkedid=100.1 Cause=16
    15.4 Hangup Channel=Local/FMGL-0671234567#@from-internal-01;1 Uniqueid=100.2 Linkedid=100.1 Cause=0
    15.4 Hangup Channel=Local/FMGL-0671234567#@from-internal-01;2 Uniqueid=100.3 Linkedid=100.1 Cause=0
    15.5 Hangup Channel=PJSIP/101-00000002 Uniqueid=100.6 Linkedid=100.1 Cause=16
    15.6 Hangup Channel=PJSIP/gotrunk-00000001 Uniqueid=100.1 Linkedid=100.1 Cause=16
    """)
    call = stage.one()
    assert (call.direction, call.disposition, call.trunk) == (Direction.INBOUND, Disposition.ANSWERED, "PJSIP/gotrunk")
    assert (call.dialed, call.answered_by.number if call.answered_by else "") == ("0442000600", "101")
    assert call.wait_seconds == pytest.approx(5.3)
    assert call.talk_seconds == pytest.approx(10.0)
    assert [leg.channel for leg in call.legs] == ["PJSIP/gotrunk-00000001", "PJSIP/101-00000002"]
    assert stage.tracker.is_empty()


def test_a_click_to_call_through_local_halves_is_the_agents_outbound_call() -> None:
    stage = Stage()
    stage.play("""
    0.0 Newchannel Channel=Local/ID1@ctd-01;1 ChannelState=0 Context=ctd Exten=ID1 Uniqueid=h-100.1 Linkedid=h-100.1
    0.0 Newchannel Channel=Local/ID1@ctd-01;2 ChannelState=4 Context=ctd Exten=ID1 Uniqueid=h-100.2 Linkedid=h-100.1
    0.1 DialBegin DestChannel=Local/ID1@ctd-01;1 DestUniqueid=h-100.1 DestLinkedid=h-100.1 DialString=ID1@ctd/n
    0.2 Newchannel Channel=SIP/150010001-00000011 ChannelState=0 Context=account Exten=s Uniqueid=h-100.3 Linkedid=h-100.1
    0.2 NewCallerid Channel=SIP/150010001-00000011 ChannelState=0 CallerIDNum=201 Uniqueid=h-100.3 Linkedid=h-100.1
    0.3 DialBegin Channel=Local/ID1@ctd-01;2 Uniqueid=h-100.2 Linkedid=h-100.1 DestChannel=SIP/150010001-00000011 DestCallerIDNum=201 DestUniqueid=h-100.3 DestLinkedid=h-100.1 DialString=150010001/150010001/10.0.0.1
    0.4 Newstate Channel=SIP/150010001-00000011 ChannelState=5 CallerIDNum=201 Uniqueid=h-100.3 Linkedid=h-100.1
    3.0 Newstate Channel=SIP/150010001-00000011 ChannelState=6 CallerIDNum=201 Uniqueid=h-100.3 Linkedid=h-100.1
    3.1 BridgeEnter BridgeUniqueid=b1 BridgeTechnology=simple_bridge Channel=SIP/150010001-00000011 Uniqueid=h-100.3 Linkedid=h-100.1
    3.1 BridgeEnter BridgeUniqueid=b1 BridgeTechnology=simple_bridge Channel=Local/ID1@ctd-01;2 Uniqueid=h-100.2 Linkedid=h-100.1
    3.2 Newchannel Channel=SIP/gw-siproute-00000012 ChannelState=0 Context=out Exten=s Uniqueid=h-100.4 Linkedid=h-100.1
    3.3 DialBegin Channel=Local/ID1@ctd-01;1 Uniqueid=h-100.1 Linkedid=h-100.1 DestChannel=SIP/gw-siproute-00000012 DestCallerIDNum=+31260010001 DestUniqueid=h-100.4 DestLinkedid=h-100.1 DialString=gw-siproute/+31260010001
    3.4 Newstate Channel=SIP/gw-siproute-00000012 ChannelState=5 CallerIDNum=+31260010001 Uniqueid=h-100.4 Linkedid=h-100.1
    6.0 Newstate Channel=SIP/gw-siproute-00000012 ChannelState=6 CallerIDNum=+31260010001 Uniqueid=h-100.4 Linkedid=h-100.1
    6.1 BridgeEnter BridgeUniqueid=b2 BridgeTechnology=simple_bridge Channel=SIP/gw-siproute-00000012 Uniqueid=h-100.4 Linkedid=h-100.1
    6.1 BridgeEnter BridgeUniqueid=b2 BridgeTechnology=simple_bridge Channel=Local/ID1@ctd-01;1 Uniqueid=h-100.1 Linkedid=h-100.1
    16.1 Hangup Channel=SIP/gw-siproute-00000012 Uniqueid=h-100.4 Linkedid=h-100.1 Cause=16
    16.2 Hangup Channel=Local/ID1@ctd-01;1 Uniqueid=h-100.1 Linkedid=h-100.1 Cause=16
    16.2 Hangup Channel=Local/ID1@ctd-01;2 Uniqueid=h-100.2 Linkedid=h-100.1 Cause=16
    16.3 Hangup Channel=SIP/150010001-00000011 Uniqueid=h-100.3 Linkedid=h-100.1 Cause=16
    """)
    call = stage.one()
    assert (call.direction, call.kind) == (Direction.OUTBOUND, CallKind.CLICK_TO_CALL)
    assert (call.caller.number, call.dialed) == ("201", "+31260010001")
    assert call.answered_by is not None
    assert call.answered_by.number == "+31260010001"
    assert call.talk_seconds == pytest.approx(10.0)


def test_a_capture_that_begins_in_mid_call_is_told_as_far_as_it_goes() -> None:
    stage = Stage("SIP/carrier-*")
    stage.play("""
    50.0 BridgeLeave BridgeUniqueid=b1 Channel=SIP/carrier-00000001 ChannelState=6 CallerIDNum=0671234567 Exten=0442000101 Uniqueid=100.1 Linkedid=100.1
    50.1 BridgeLeave BridgeUniqueid=b1 Channel=SIP/101-00000002 ChannelState=6 CallerIDNum=101 Uniqueid=100.2 Linkedid=100.1
    50.2 Hangup Channel=SIP/101-00000002 Uniqueid=100.2 Linkedid=100.1 Cause=16
    50.3 Hangup Channel=SIP/carrier-00000001 Uniqueid=100.1 Linkedid=100.1 Cause=16
    """)
    call = stage.one()
    assert (call.direction, call.disposition, call.repaired) == (Direction.INBOUND, Disposition.ANSWERED, True)
    assert call.answered_by is not None
    assert call.answered_by.number == "101"


def test_an_ivr_alone_answers_nobody() -> None:
    stage = Stage()
    stage.play("""
    0.0 Newchannel Channel=SIP/carrier-00000001 ChannelState=4 CallerIDNum=0671234567 Context=from-trunk Exten=0442000610 Uniqueid=100.1 Linkedid=100.1
    0.1 Newstate Channel=SIP/carrier-00000001 ChannelState=6 CallerIDNum=0671234567 Uniqueid=100.1 Linkedid=100.1
    9.0 Hangup Channel=SIP/carrier-00000001 Uniqueid=100.1 Linkedid=100.1 Cause=16
    """)
    call = stage.one()
    assert (call.disposition, call.missed_reason) == (Disposition.MISSED, MissedReason.ABANDONED_MENU)


def test_two_persons_in_a_conference_talk_and_one_does_not() -> None:
    stage = Stage()
    stage.play("""
    0.0 Newchannel Channel=SIP/101-00000001 ChannelState=4 CallerIDNum=101 Context=from-internal Exten=8000 Uniqueid=100.1
    0.1 Newstate Channel=SIP/101-00000001 ChannelState=6 CallerIDNum=101 Uniqueid=100.1
    0.2 ConfbridgeJoin Channel=SIP/101-00000001 Uniqueid=100.1 Conference=8000
    1.0 Newchannel Channel=SIP/102-00000002 ChannelState=4 CallerIDNum=102 Context=from-internal Exten=8000 Uniqueid=100.2
    """)
    assert all(call.answered_at is None for call in stage.calls())
    stage.play("""
    1.2 ConfbridgeJoin Channel=SIP/102-00000002 Uniqueid=100.2 Conference=8000
    11.2 ConfbridgeLeave Channel=SIP/102-00000002 Uniqueid=100.2 Conference=8000
    11.3 Hangup Channel=SIP/102-00000002 Uniqueid=100.2 Cause=16
    12.0 Hangup Channel=SIP/101-00000001 Uniqueid=100.1 Cause=16
    """)
    call = stage.one()
    assert call.disposition is Disposition.ANSWERED
    assert call.talk_seconds == pytest.approx(10.0)
    assert len(call.legs) == 2


def test_a_forged_uniqueid_in_a_callers_name_hits_no_other_channel() -> None:
    (message,) = Parser().feed(
        b"Event: Newchannel\r\nChannel: SIP/1-1\r\nCallerIDName: Bob\r\nUniqueid: 666.6\r\nLinkedid: 666.6\r\n"
        b"Exten: 1\r\nUniqueid: 100.1\r\nLinkedid: 100.1\r\n\r\n"
    )
    assert isinstance(message, AmiMessage)
    event = Decoder().decode(message)
    assert isinstance(event, ChannelSeen)
    assert (event.channel.uniqueid, event.channel.linkedid) == ("100.1", "100.1")


def test_a_blind_transfer_that_comes_back_is_one_transfer() -> None:
    stage = Stage("PJSIP/carrier-*")
    transfer = "TransfererChannel=PJSIP/101-00000002 TransfererUniqueid=100.2 TransfererLinkedid=100.1 TransfereeChannel=PJSIP/carrier-00000001 TransfereeUniqueid=100.1 TransfereeLinkedid=100.1 Result=Success Context=x Extension=102"
    stage.play(f"""
    0.0 Newchannel Channel=PJSIP/carrier-00000001 ChannelState=4 CallerIDNum=0671234567 Context=x Exten=0442000101 Uniqueid=100.1 Linkedid=100.1
    0.1 Newchannel Channel=PJSIP/101-00000002 ChannelState=0 CallerIDNum=101 Context=x Exten=s Uniqueid=100.2 Linkedid=100.1
    1.0 BridgeEnter BridgeUniqueid=b1 Channel=PJSIP/carrier-00000001 ChannelState=6 Uniqueid=100.1 Linkedid=100.1
    1.0 BridgeEnter BridgeUniqueid=b1 Channel=PJSIP/101-00000002 ChannelState=6 Uniqueid=100.2 Linkedid=100.1
    5.0 BlindTransfer {transfer}
    5.0 BlindTransfer {transfer}
    """)
    assert [(t.kind, t.by, t.to) for t in stage.one().transfers] == [(TransferKind.BLIND, "101", "102")]
