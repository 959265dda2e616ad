"""An agent who is logged in all day: each caller is a call of their own, also a colleague and after a restart."""

from datetime import UTC, datetime, timedelta

from telephony.calls.tracking.tracker import Tracker
from telephony.calls.tracking.trunks import TrunkRules
from telephony.channel_events import (
    BridgeEntered,
    BridgeLeft,
    ChannelFacts,
    ChannelHungUp,
    ChannelSeen,
    LiveChannel,
    PbxSnapshot,
)
from telephony.events import CallEnded, CallEvent
from telephony.model import PbxName

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
UP, RING = 6, 4


def channel(uniqueid: str, peer: str, number: str, exten: str, state: int = RING) -> ChannelFacts:
    context = "from-trunk" if peer == "carrier" else "from-internal"
    name = f"PJSIP/{peer}-{uniqueid[-2:]}"
    return ChannelFacts(uniqueid, name, uniqueid, number, context=context, exten=exten, state=state)


AGENT = channel("1760000000.01", "201", "201", "*22", UP)
CUSTOMER = channel("1760000900.05", "carrier", "0671112233", "0442000600")
ANOTHER = channel("1760001000.07", "carrier", "0672223344", "0442000600")
COLLEAGUE = channel("1760001100.09", "102", "102", "600")
SECOND_COLLEAGUE = channel("1760001200.11", "103", "103", "600")


class Day:
    """One agent's day."""

    def __init__(self) -> None:
        self.tracker = Tracker(PbxName("pbx"), TrunkRules(("PJSIP/carrier-*",)))
        self.told: list[CallEvent] = []
        self.now = NOON

    def serves(self, caller: ChannelFacts) -> None:
        """The caller is put into a bridge, then the agent; they talk for eight seconds."""
        self.now += timedelta(minutes=1)
        self.told += self.tracker.receive(ChannelSeen(self.now, caller, born=True))
        for one in (caller, AGENT):
            self.told += self.tracker.receive(BridgeEntered(self.now + timedelta(seconds=1), caller.uniqueid, one))
        self.parts(caller, caller.uniqueid, self.now + timedelta(seconds=9))

    def parts(self, caller: ChannelFacts, bridge: str, at: datetime) -> None:
        self.told += self.tracker.receive(BridgeLeft(at, bridge, caller))
        self.told += self.tracker.receive(ChannelHungUp(at, caller, 16))
        self.told += self.tracker.receive(BridgeLeft(at, bridge, AGENT))

    def ended(self) -> list[tuple[str, str, str, float]]:
        """Who called, by direction, whom they talked with, for how long."""
        self.told += self.tracker.receive(ChannelHungUp(self.now + timedelta(hours=1), AGENT, 16))
        assert self.tracker.is_empty()
        calls = [event.call for event in self.told if isinstance(event, CallEnded)]
        return [
            (call.caller.number, call.direction, call.answered_by.number if call.answered_by else "", call.talk_seconds)
            for call in calls
        ]


def test_colleagues_who_call_the_agent_have_a_call_each() -> None:
    day = Day()
    day.told += day.tracker.receive(ChannelSeen(NOON, AGENT, born=True))
    for caller in (COLLEAGUE, SECOND_COLLEAGUE, CUSTOMER, COLLEAGUE._replace(uniqueid="1760009000.20", linkedid="")):
        day.serves(caller)
    assert day.ended() == [
        ("102", "internal", "201", 8.0),
        ("103", "internal", "201", 8.0),
        ("0671112233", "inbound", "201", 8.0),
        ("102", "internal", "201", 8.0),
    ]


def test_a_restart_in_the_middle_of_a_talk_keeps_the_customers_apart() -> None:
    day = Day()
    living = (LiveChannel(AGENT, "b1", 1000.0), LiveChannel(CUSTOMER._replace(state=UP), "b1", 50.0))
    day.told += day.tracker.resync(PbxSnapshot(NOON, living, talks={"b1": timedelta(seconds=45)}))
    day.parts(CUSTOMER._replace(state=UP), "b1", NOON + timedelta(seconds=5))
    for caller in (ANOTHER, COLLEAGUE):
        day.serves(caller)
    assert day.ended() == [
        ("0671112233", "inbound", "201", 50.0),
        ("0672223344", "inbound", "201", 8.0),
        ("102", "internal", "201", 8.0),
    ]


def test_two_colleagues_in_one_room_are_one_call() -> None:
    day = Day()
    for caller in (COLLEAGUE, SECOND_COLLEAGUE):
        day.now += timedelta(minutes=1)
        day.told += day.tracker.receive(ChannelSeen(day.now, caller._replace(state=UP), born=True))
        day.told += day.tracker.receive(BridgeEntered(day.now, "room", caller._replace(state=UP)))
    (call,) = day.tracker.calls_in_progress()
    assert (call.caller.number, call.answered_by and call.answered_by.number) == ("102", "103")
