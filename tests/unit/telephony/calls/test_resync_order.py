"""A picture of living channels comes in any order, and gives the same calls."""

from datetime import UTC, datetime
from itertools import permutations

from telephony.calls.tracking.tracker import Tracker
from telephony.calls.tracking.trunks import TrunkRules
from telephony.channel_events import ChannelFacts, LiveChannel, PbxSnapshot
from telephony.model import CallKind, Direction, PbxName

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
