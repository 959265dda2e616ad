"""A PBX that died says nothing of its channels, and gives their names again when it was started anew."""
# ruff: noqa: E501 - an event is a line

from itertools import count

import pytest

from telephony.audit.history import calls_of
from telephony.calls.tracking.trunks import TrunkRules
from telephony.cel.stretch import calls_in
from telephony.events import CallEnded, CallMerged
from telephony.model import CallId, Disposition, PbxName
from tests.unit.telephony.calls.stage import Stage

RULES = TrunkRules(("PJSIP/carrier-*",), ())
DYING = """
0.0 Newchannel Channel=PJSIP/carrier-00000000 ChannelState=4 CallerIDNum=0671234567 Exten=101 Uniqueid=1700000000.0 Linkedid=1700000000.0
0.1 Newchannel Channel=PJSIP/103-00000003 ChannelState=0 CallerIDNum=103 Uniqueid=1700000000.3 Linkedid=1700000000.0
1.0 Newstate Channel=PJSIP/103-00000003 ChannelState=6 Uniqueid=1700000000.3 Linkedid=1700000000.0
1.0 Newstate Channel=PJSIP/carrier-00000000 ChannelState=6 Uniqueid=1700000000.0 Linkedid=1700000000.0
1.1 BridgeEnter BridgeUniqueid=old Channel=PJSIP/103-00000003 Uniqueid=1700000000.3 Linkedid=1700000000.0
1.1 BridgeEnter BridgeUniqueid=old Channel=PJSIP/carrier-00000000 Uniqueid=1700000000.0 Linkedid=1700000000.0
9.0 Newchannel Channel=PJSIP/carrier-00000009 ChannelState=4 CallerIDNum=0679999999 Exten=102 Uniqueid=1700000009.9 Linkedid=1700000009.9
"""
ANEW = """
60.0 Newchannel Channel=PJSIP/carrier-00000000 ChannelState=4 CallerIDNum=0672222222 Exten=102 Uniqueid=1700000060.0 Linkedid=1700000060.0
60.1 Newchannel Channel=PJSIP/102-00000001 ChannelState=0 CallerIDNum=102 Uniqueid=1700000060.1 Linkedid=1700000060.0
62.0 Newstate Channel=PJSIP/102-00000001 ChannelState=6 Uniqueid=1700000060.1 Linkedid=1700000060.0
62.0 Newstate Channel=PJSIP/carrier-00000000 ChannelState=6 Uniqueid=1700000060.0 Linkedid=1700000060.0
62.1 BridgeEnter BridgeUniqueid=new Channel=PJSIP/102-00000001 Uniqueid=1700000060.1 Linkedid=1700000060.0
62.1 BridgeEnter BridgeUniqueid=new Channel=PJSIP/carrier-00000000 Uniqueid=1700000060.0 Linkedid=1700000060.0
65.1 Hangup Channel=PJSIP/102-00000001 Uniqueid=1700000060.1 Linkedid=1700000060.0 Cause=16
65.1 Hangup Channel=PJSIP/carrier-00000000 Uniqueid=1700000060.0 Linkedid=1700000060.0 Cause=16
"""


def test_names_that_are_given_again_join_no_call_of_before_the_start() -> None:
    stage = Stage("PJSIP/carrier-*")
    stage.play(DYING)
    ended = {told.call.call_id: told.call for told in stage.play(ANEW) if isinstance(told, CallEnded)}
    assert not any(isinstance(told, CallMerged) for told in stage.told)
    assert {call_id: [leg.uniqueid for leg in call.legs] for call_id, call in ended.items()} == {
        "test:1700000000.0": ["1700000000.0", "1700000000.3"],
        "test:1700000009.9": ["1700000009.9"],
        "test:1700000060.0": ["1700000060.0", "1700000060.1"],
    }
    dead, new = ended[CallId("test:1700000000.0")], ended[CallId("test:1700000060.0")]
    assert (dead.disposition, dead.repaired, dead.customer) == (Disposition.ANSWERED, True, "0671234567")
    assert dead.talk_seconds == pytest.approx(7.9, abs=0.01), "until the PBX was last heard, not until it came again"
    assert (new.disposition, new.repaired, new.customer) == (Disposition.ANSWERED, False, "0672222222")
    assert new.talk_seconds == pytest.approx(3.0, abs=0.01)
    assert stage.tracker.is_empty()


def test_what_was_made_since_the_start_lives_when_a_later_channel_tells_of_it() -> None:
    stage = Stage("PJSIP/carrier-*")
    stage.play(DYING)
    stage.play("""
    58.0 Newchannel Channel=PJSIP/104-00000000 ChannelState=4 CallerIDNum=104 Exten=105 Uniqueid=1700000058.0 Linkedid=1700000058.0
    60.0 Newchannel Channel=PJSIP/103-00000003 ChannelState=4 CallerIDNum=103 Exten=105 Uniqueid=1700000060.2 Linkedid=1700000060.2
    """)
    assert [call.call_id for call in stage.tracker.calls_in_progress()] == ["test:1700000058.0", "test:1700000060.2"]


def test_a_name_given_again_without_a_start_ends_only_who_bore_it() -> None:
    stage = Stage("DAHDI/i1/*")
    stage.play("""
    0.0 Newchannel Channel=DAHDI/i1/0671234567-1 ChannelState=4 CallerIDNum=0671234567 Exten=101 Uniqueid=1700000000.1 Linkedid=1700000000.1
    5.0 Newchannel Channel=PJSIP/104-00000002 ChannelState=4 CallerIDNum=104 Exten=105 Uniqueid=1700000005.2 Linkedid=1700000005.2
    60.0 Newchannel Channel=DAHDI/i1/0671234567-1 ChannelState=4 CallerIDNum=0671234567 Exten=101 Uniqueid=1700000060.3 Linkedid=1700000060.3
    """)
    assert [call.call_id for call in stage.tracker.calls_in_progress()] == ["test:1700000005.2", "test:1700000060.3"]


@pytest.mark.parametrize("first", [1, 2])
def test_a_pipe_whose_name_is_given_again_is_not_connected_with_the_old_ones_other_half(first: int) -> None:
    stage = Stage()
    for at, name in ((0, "old"), (60, "new")):
        for number, half in enumerate((first, 3 - first)):
            uniqueid = f"17000000{at:02}.{number}"
            stage.play(
                f"{at}.{number} Newchannel Channel=Local/5@x-00000000;{half} ChannelState=0 Uniqueid={uniqueid} Linkedid=17000000{at:02}.0"
            )
        stage.play(
            f"{at}.5 Newchannel Channel=PJSIP/{name}-0000000a ChannelState=4 CallerIDNum=104 Exten=105 Uniqueid=17000000{at:02}.7 Linkedid=17000000{at:02}.0"
        )
    assert [call.call_id for call in stage.tracker.calls_in_progress()] == ["test:1700000060.0"]
    assert stage.tracker.linkedids() == {"1700000060.0"}


def test_the_birth_of_a_channel_that_is_told_again_ends_nobody() -> None:
    stage = Stage("PJSIP/carrier-*")
    stage.play(DYING)
    stage.play(DYING.splitlines()[1].replace("0.0 ", "9.5 ", 1))
    assert len(stage.tracker.calls_in_progress()) == 2


def _cel(kind: str, at: float, name: str, uniqueid: str, linkedid: str, extra: str = "") -> str:
    exten = "102" if "carrier" in name else "s"
    row = (kind, f"17000000{at:09.6f}", "", "0671234567", exten, "x", name, "", "", uniqueid, linkedid, "", extra)
    return ",".join('"{}"'.format(cell.replace('"', '""')) for cell in row) + "\n"


def _talk(at: int, manager: str, *, ends: bool) -> list[str]:
    customer, linkedid, serial = "PJSIP/carrier-00000000", f"17000000{at:02}.0", count(1)
    rows = [
        _cel("CHAN_START", at, customer, linkedid, linkedid),
        _cel("CHAN_START", at + 0.1, manager, f"17000000{at:02}.{next(serial)}", linkedid),
    ]
    both = ((manager, f"17000000{at:02}.1"), (customer, linkedid))
    rows += [_cel("ANSWER", at + 2, name, uniqueid, linkedid) for name, uniqueid in both]
    rows += [
        _cel("BRIDGE_ENTER", at + 2.1, name, uniqueid, linkedid, f'{{"bridge_id":"b{at}"}}') for name, uniqueid in both
    ]
    if ends:
        rows += [
            _cel(kind, at + 5.1, name, uniqueid, linkedid) for name, uniqueid in both for kind in ("HANGUP", "CHAN_END")
        ]
        rows.append(_cel("LINKEDID_END", at + 5.1, customer, linkedid, linkedid))
    return rows


def test_cel_over_a_start_tells_each_call_with_its_own_channels_and_the_dead_one_without_an_end() -> None:
    rows = [*_talk(10, "PJSIP/103-00000003", ends=False), *_talk(60, "PJSIP/102-00000001", ends=True)]
    stretch = calls_in(rows, PbxName("p"), RULES)
    assert {call_id: len(end.call.legs) for call_id, end in stretch.ended.items()} == {"p:1700000060.0": 2}
    assert [(call.call_id, len(call.legs)) for call in stretch.died] == [("p:1700000010.0", 2)]
    history = calls_of(rows, PbxName("p"), RULES)
    assert [call.call_id for call in history.ended] == ["p:1700000060.0"]
    assert [call.call_id for call in history.going_on] == ["p:1700000010.0"]
    assert not history.absorbed
