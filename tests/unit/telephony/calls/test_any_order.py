"""Whatever a PBX says, in any order: nothing is raised, every call ends, nothing is left behind."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telephony import channel_events as ce
from telephony.ami.protocol.messages import Decoder
from telephony.ami.protocol.parser import AmiMessage, Parser
from telephony.calls.tracking.handlers import HANDLERS
from telephony.calls.tracking.tracker import Tracker
from telephony.calls.tracking.trunks import TrunkRules
from telephony.events import CallEnded, CallEvent, CallMerged, CallStarted
from telephony.model import Disposition, PbxName

CAPTURE = Path(__file__).parents[3] / "transcripts" / "blonde_by_keys.ami"
START = datetime(2026, 1, 1, tzinfo=UTC)
UNIQUEIDS = ["1.1", "1.2", "2.3", "2.4", "rb-click-1", ""]
NAMES = [
    "PJSIP/carrier-0001", "PJSIP/101-0002", "PJSIP/102-0003", "Local/101@x-01;1", "Local/101@x-01;2",
    "AsyncGoto/PJSIP/101-0002", "Surrogate/PJSIP/101-0002", "PJSIP/101-0002<ZOMBIE>", "PJSIP/101-0002<MASQ>", "", "odd",
]  # fmt: skip
BRIDGES = ["b1", "b2", ""]
TEXTS = ["", "101", "0671234567", "s", "Хто <це>"]

facts = st.builds(
    ce.ChannelFacts,
    st.sampled_from(UNIQUEIDS),
    st.sampled_from(NAMES),
    st.sampled_from(UNIQUEIDS),
    st.sampled_from(TEXTS),
    st.sampled_from(TEXTS),
    exten=st.sampled_from(TEXTS),
    state=st.sampled_from([-1, 0, 4, 5, 6]),
)
at = st.integers(-100, 100).map(lambda seconds: START + timedelta(seconds=seconds))
maybe = st.none() | facts
text = st.sampled_from(TEXTS)
bridge = st.sampled_from(BRIDGES)
events = st.one_of(
    st.builds(ce.ChannelSeen, at, facts, st.booleans()),
    st.builds(ce.ChannelRenamed, at, st.sampled_from(UNIQUEIDS), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.builds(ce.DialBegan, at, maybe, facts, text),
    st.builds(ce.DialRang, at, facts),
    st.builds(ce.DialEnded, at, maybe, maybe, st.sampled_from(["ANSWER", "BUSY", ""])),
    st.builds(ce.BridgeEntered, at, bridge, facts, st.booleans()),
    st.builds(ce.BridgeLeft, at, bridge, facts),
    st.builds(ce.BridgeGone, at, bridge),
    st.builds(ce.PairLinked, at, facts, facts),
    st.builds(ce.PairUnlinked, at, facts, facts),
    st.builds(ce.BlindTransferred, at, facts, maybe, text, text, st.booleans()),
    st.builds(ce.AttendedTransferred, at, facts, facts, maybe, maybe, st.booleans(), st.just(())),
    st.builds(ce.PickedUp, at, facts, facts),
    st.builds(ce.Parked, at, facts, text, text),
    st.builds(ce.Unparked, at, facts, maybe),
    st.builds(ce.QueueJoined, at, facts, text),
    st.builds(ce.QueueLeft, at, facts, text, st.booleans()),
    st.builds(ce.QueueEnded, at, facts, text),
    st.builds(ce.RecordingStarted, at, facts, text),
    st.builds(ce.OffHoursHeard, at, facts),
    st.builds(ce.HangupAsked, at, facts, st.booleans()),
    st.builds(ce.ChannelHungUp, at, facts, st.integers(-1, 127)),
    st.builds(ce.CallClosed, at, st.sampled_from(UNIQUEIDS), st.sampled_from(UNIQUEIDS)),
)
pictures = st.builds(
    ce.PbxSnapshot,
    at,
    st.lists(st.builds(ce.LiveChannel, facts, bridge, st.floats(0, 1000)), max_size=5).map(tuple),
    st.frozensets(bridge),
    st.none() | at,
)


def test_every_event_has_its_handler() -> None:
    assert set(HANDLERS) == set(get_args(ce.ChannelEvent))


@settings(max_examples=200)
@given(st.lists(events | pictures, max_size=60))
def test_any_order_of_any_events_raises_nothing_and_leaves_nothing(
    history: list[ce.ChannelEvent | ce.PbxSnapshot],
) -> None:
    tracker = Tracker(PbxName("p"), TrunkRules(("PJSIP/carrier-*",)))
    told: list[CallEvent] = []
    for event in history:
        told += tracker.resync(event) if isinstance(event, ce.PbxSnapshot) else tracker.receive(event)
        tracker.calls_in_progress()
    for uniqueid in UNIQUEIDS:
        told += tracker.receive(ce.ChannelHungUp(START, ce.ChannelFacts(uniqueid, "x/x-01"), 16))
    assert tracker.is_empty()
    assert not tracker.calls_in_progress()
    check_story(told)


@settings(max_examples=100)
@given(st.lists(events, max_size=60))
def test_a_stopped_pbx_leaves_nothing(history: list[ce.ChannelEvent]) -> None:
    tracker = Tracker(PbxName("p"), TrunkRules())
    told = [told for event in [*history, ce.PbxStopped(START)] for told in tracker.receive(event)]
    assert tracker.is_empty()
    check_story(told)


def check_story(told: list[CallEvent]) -> None:
    """Each call starts once, then ends once or is absorbed once; nothing is told of it before or after."""
    living: set[str] = set()
    for event in told:
        match event:
            case CallStarted(call=call):
                assert call.call_id not in living
                living.add(call.call_id)
            case CallEnded(call=call):
                living.remove(call.call_id)
                assert call.ended_at is not None
                assert call.disposition is not Disposition.IN_PROGRESS
                assert call.talk >= timedelta()
                assert (call.answered_at is None) == (call.answered_by is None)
            case CallMerged(call=call, absorbed=absorbed):
                living.remove(absorbed)
                assert call.call_id in living
            case _:
                assert event.call.call_id in living
    assert not living


def test_a_transfer_that_is_told_after_the_transferers_phone_hung_up_is_one_nevertheless() -> None:
    """By keys another thread tells it; on a busy PBX the phone's own hang-up is there first."""
    told = [piece for piece in CAPTURE.read_bytes().split(b"\r\n\r\n") if piece.startswith(b"Event: ")]
    late = next(piece for piece in told if piece.startswith(b"Event: AttendedTransfer"))
    gone = next(piece for piece in told if piece.startswith(b"Event: Hangup\r") and b"\nChannel: PJSIP/101-" in piece)
    told.remove(late)
    told.insert(told.index(gone) + 1, late)
    tracker, decoder, ended = Tracker(PbxName("p"), TrunkRules(("PJSIP/carrier-*",))), Decoder(), []
    for message in Parser().feed(b"".join(piece + b"\r\n\r\n" for piece in told)):
        event = decoder.decode(message) if isinstance(message, AmiMessage) else None
        happened = tracker.receive(event) if event is not None else []
        ended += [each.call for each in happened if isinstance(each, CallEnded)]
    assert [(made.by, made.to) for call in ended for made in call.transfers] == [("101", "102")]


def linked(first: tuple[str, str, str], second: tuple[str, str, str]) -> ce.PairLinked:
    """Asterisk 11 says that two channels are connected; each is a uniqueid, a name and a linkedid."""
    one, other = (ce.ChannelFacts(uniqueid, name, linkedid=linkedid) for uniqueid, name, linkedid in (first, second))
    return ce.PairLinked(START, one, other)


CARRIER = "PJSIP/carrier-0001"
RENAMED = [
    linked(("1.1", CARRIER, "1.2"), ("1.2", "PJSIP/101-0002", "1.1")),
    linked(("1.2", CARRIER, "1.1"), ("2.3", "PJSIP/101-0002", "1.1")),
]
"""A line at rest bears the trunk's name when it meets its customer again."""
OTHER_NAME = [
    linked(("1.1", CARRIER, "1.2"), ("2.3", "PJSIP/102-0003", "1.1")),
    linked(("1.2", CARRIER, "1.1"), ("2.3", "PJSIP/101-0002", "1.1")),
]
"""A line at rest comes back to its customer under another name."""


@pytest.mark.parametrize("history", [RENAMED, OTHER_NAME])
def test_a_line_at_rest_takes_in_no_call_that_was_told_and_leaves_no_name(history: list[ce.PairLinked]) -> None:
    tracker = Tracker(PbxName("p"), TrunkRules())
    events_of_it: list[ce.ChannelEvent] = [*history, ce.PbxStopped(START)]
    told = [each for event in events_of_it for each in tracker.receive(event)]
    assert tracker.is_empty()
    check_story(told)
