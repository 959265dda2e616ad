"""Captures that begin in the middle of a call: what went on is told by who leaves, rings or hangs up later."""

from pathlib import Path

import pytest

from telephony.model import Call
from telephony.replay import Replay
from tests.unit.telephony.calls.stage import Stage

TRANSCRIPTS = Path(__file__).parents[3] / "transcripts"
IN_A_TALK = [
    *("answered_caller_hangs_up", "hidden_caller", "outbound_answered", "internal_answered", "queue_local_members"),
    *("follow_me_mobile", "follow_app_accepted", "forwarded", "freepbx_follow_confirmed", "attended_to_mobile"),
]


def cut(name: str, sign: str, which: int, to: Path) -> Path:
    """Write a transcript without what comes before, and with, the so manieth event that has a sign."""
    events = (TRANSCRIPTS / f"{name}.ami").read_text().replace("\r\n", "\n").split("\n\n")
    places = [place for place, event in enumerate(events) if sign in event]
    to.write_text("\n\n".join(events[places[which] + 1 :]))
    return to


def only(path: Path) -> Call:
    replay = Replay((), lambda _: None)
    replay.read(str(path), None)
    (call,) = replay.calls()
    return call


@pytest.mark.parametrize("name", IN_A_TALK)
def test_two_who_talked_when_it_began_are_one_answered_call(name: str, tmp_path: Path) -> None:
    whole, late = only(TRANSCRIPTS / f"{name}.ami"), only(cut(name, "Event: BridgeEnter", 1, tmp_path / "late.ami"))
    assert (late.direction, late.disposition, late.customer) == (whole.direction, whole.disposition, whole.customer)
    assert late.repaired


@pytest.mark.parametrize("name", ["no_answer", "answered_caller_hangs_up", "follow_me_mobile", "follow_app_accepted"])
def test_phones_that_rang_when_it_began_do_not_become_the_callers(name: str, tmp_path: Path) -> None:
    whole, late = only(TRANSCRIPTS / f"{name}.ami"), only(cut(name, "ChannelState: 5", 0, tmp_path / "late.ami"))
    assert (late.direction, late.disposition, late.customer) == (whole.direction, whole.disposition, whole.customer)


def test_people_of_a_room_meet_though_each_has_a_call_of_their_own(tmp_path: Path) -> None:
    late = only(cut("conference_room", "Event: BridgeEnter", -1, tmp_path / "late.ami"))
    assert (late.direction, late.disposition, late.customer) == ("inbound", "answered", "+380671234567")


def test_of_asterisk_11_who_dialled_is_known_by_the_end_of_the_dial() -> None:
    stage = Stage()
    stage.play(
        """
        1 Unlink Channel1=SIP/trunk-1 Channel2=SIP/101-2 Uniqueid1=100.1 Uniqueid2=100.2 CallerID1=0671234567 CallerID2=101
        1 Hangup Channel=SIP/101-2 Uniqueid=100.2 Cause=16
        1 Dial SubEvent=End Channel=SIP/trunk-1 Uniqueid=100.1 DialStatus=ANSWER
        1 Hangup Channel=SIP/trunk-1 Uniqueid=100.1 Cause=16
        """  # noqa: E501 - an event is a line
    )
    call = stage.one()
    assert (call.direction, call.disposition, call.customer) == ("inbound", "answered", "0671234567")
