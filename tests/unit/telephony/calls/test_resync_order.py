"""A picture of living channels comes in any order, and gives the same calls."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from telephony.calls.tracking.tracker import Tracker
from telephony.calls.tracking.trunks import TrunkRules
from telephony.channel_events import ChannelFacts, ChannelHungUp, LiveChannel, PbxSnapshot
from telephony.events import CallAnswered, CallEnded
from telephony.model import Call, CallKind, Direction, PbxName

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
RING, RINGING = 4, 5


def _live(uniqueid: str, name: str, number: str, exten: str, state: int) -> LiveChannel:
    facts = ChannelFacts(uniqueid, name, "1.8", number, context="x", exten=exten, state=state)
    return LiveChannel(facts, "", 3.0)


CUSTOMER = _live("1.8", "PJSIP/carrier-00000008", "+380671234567", "+380442000102", RING)
PHONES = [_live(f"1.{n}", f"PJSIP/{n}-000000{n}", str(n), "", RINGING) for n in (9, 10)]


def test_a_ringing_call_found_after_a_reconnect_is_the_customers_whichever_channel_is_told_first() -> None:
    for order in permutations([CUSTOMER, *PHONES]):
        tracker = Tracker(PbxName("pbx"), TrunkRules(("PJSIP/carrier-*",), ()))
        told = tracker.resync(PbxSnapshot(NOW, order))
        assert {(event.call.kind, event.call.direction) for event in told} == {(CallKind.ORDINARY, Direction.INBOUND)}
        assert {event.call.caller.number for event in told} == {"+380671234567"}
        assert all(event.call.repaired for event in told)


TALKERS = [
    LiveChannel(
        ChannelFacts("1.8", "PJSIP/carrier-00000008", "1.8", "+380671234567", exten="101", state=6), "b1", 60.0
    ),
    LiveChannel(ChannelFacts("1.9", "PJSIP/101-00000009", "1.8", "101", state=6), "b1", 50.0),
]


def _hung_up(tracker: Tracker, at: datetime) -> Call:
    told = [one for live in TALKERS for one in tracker.receive(ChannelHungUp(at, live.facts, 16))]
    (end,) = (one for one in told if isinstance(one, CallEnded))
    return end.call


@pytest.mark.parametrize("order", list(permutations(TALKERS)))
def test_a_talk_that_is_found_in_its_middle_began_when_the_pbx_says(order: tuple[LiveChannel, ...]) -> None:
    tracker, since = Tracker(PbxName("pbx"), TrunkRules(("PJSIP/carrier-*",), ())), NOW - timedelta(seconds=45)
    told = tracker.resync(PbxSnapshot(NOW, order, talks={"b1": NOW - since}))
    (answered,) = (one for one in told if isinstance(one, CallAnswered))
    assert answered.at == answered.call.answered_at == since
    call = _hung_up(tracker, NOW + timedelta(seconds=5))
    assert call.talk_seconds == 50
    assert {leg.answered_at for leg in call.legs} == {since}


def test_an_answer_in_the_second_of_the_birth_is_not_before_it() -> None:
    tracker, since = Tracker(PbxName("pbx"), TrunkRules(("PJSIP/carrier-*",), ())), NOW - timedelta(seconds=50.6)
    tracker.resync(PbxSnapshot(NOW, tuple(TALKERS), talks={"b1": NOW - since}))
    call = _hung_up(tracker, NOW)
    assert call.talk_seconds == 50.6
    assert all(leg.answered_at and leg.started_at <= leg.answered_at for leg in call.legs)


@pytest.mark.parametrize(
    ("talks", "lost_at"),
    [
        ({}, None),
        ({"b2": timedelta(seconds=9)}, None),
        ({"b1": timedelta(seconds=-9)}, None),
        ({"b1": timedelta(seconds=45)}, NOW - timedelta(seconds=8)),
    ],
    ids=["nothing known", "another bridge", "in the future", "both had answered before, and came together in the gap"],
)
def test_where_the_pbx_does_not_say_a_talk_is_as_old_as_the_picture(
    talks: dict[str, timedelta], lost_at: datetime | None
) -> None:
    tracker = Tracker(PbxName("pbx"), TrunkRules(("PJSIP/carrier-*",), ()))
    tracker.resync(PbxSnapshot(NOW, tuple(TALKERS), talks=talks, lost_at=lost_at))
    assert _hung_up(tracker, NOW + timedelta(seconds=5)).talk_seconds == 5


def test_a_call_that_ended_in_the_gap_talked_until_the_link_was_lost() -> None:
    tracker = Tracker(PbxName("pbx"), TrunkRules(("PJSIP/carrier-*",), ()))
    tracker.resync(PbxSnapshot(NOW, tuple(TALKERS)))
    told = tracker.resync(PbxSnapshot(NOW + timedelta(seconds=30), (), lost_at=NOW + timedelta(seconds=3)))
    (end,) = (one for one in told if isinstance(one, CallEnded))
    assert end.call.talk_seconds == 3
