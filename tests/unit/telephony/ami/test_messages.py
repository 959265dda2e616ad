"""Messages to channel events: times, unknown words, and the filters that are sent to the PBX."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.ami.protocol.messages import MAKERS, NEEDED, NEEDED_VALUES, Decoder, snapshot
from telephony.ami.protocol.parser import AmiMessage
from telephony.ami.protocol.times import birth_of
from telephony.channel_events import ChannelHungUp, ChannelSeen, DialEnded, LiveChannel, RecordingStarted

NOW = datetime(2026, 1, 2, tzinfo=UTC)
KEYS = [
    "channel",
    "uniqueid",
    "linkedid",
    "destchannel",
    "destuniqueid",
    "channelstate",
    "cause",
    "bridgeuniqueid",
    "variable",
    "value",
    "dialstatus",
    "timestamp",
    "subevent",
    "newname",
    "extension",
    "transferertype",
    "parkeechannel",
    "meetme",
]


@given(st.sampled_from(sorted(MAKERS)), st.dictionaries(st.sampled_from(KEYS), st.text(max_size=12)))
def test_no_headers_of_any_event_raise(name: str, headers: dict[str, str]) -> None:
    event = Decoder().decode(AmiMessage(name, headers))
    assert event is None or event.at.tzinfo is UTC


def test_asterisks_own_clock_is_believed() -> None:
    event = Decoder(lambda: NOW).decode(AmiMessage("Hangup", {"timestamp": "1700000000.25", "uniqueid": "1.1"}))
    assert event is not None
    assert event.at == datetime(2023, 11, 14, 22, 13, 20, 250_000, tzinfo=UTC)


@pytest.mark.parametrize("stamp", ["", "soon", "nan", "inf", "1e300", "-1e300"])
def test_a_time_that_is_none_gives_the_time_of_reading(stamp: str) -> None:
    event = Decoder(lambda: NOW).decode(AmiMessage("Hangup", {"timestamp": stamp, "uniqueid": "1.1"}))
    assert event is not None
    assert event.at == NOW


def test_without_any_clock_the_newest_uniqueid_dates_the_events() -> None:
    decoder = Decoder()
    for uniqueid, second in (("pbx-1700000005.1", 5), ("pbx-1700000003.1", 5), ("1700000009.2", 9), ("rb-click-1", 9)):
        event = decoder.decode(AmiMessage("Hangup", {"uniqueid": uniqueid}))
        assert event is not None
        assert event.at.timestamp() == 1_700_000_000 + second


@pytest.mark.parametrize(
    ("uniqueid", "second"),
    [("1700000000.12", 1700000000), ("ua5-ams-1552575068.23242646", 1552575068), ("rb-cb-7", 0), ("", 0), ("1.1", 0)],
)
def test_a_uniqueid_tells_its_second(uniqueid: str, second: int) -> None:
    assert birth_of(uniqueid) == second


def test_of_variables_only_those_that_nothing_else_tells_are_read() -> None:
    def told(variable: str, value: str) -> object:
        headers = {"variable": variable, "value": value, "uniqueid": "1.1", "channel": "SIP/1-1"}
        return Decoder().decode(AmiMessage("VarSet", headers))

    assert isinstance(told("MIXMONITOR_FILENAME", "/a.wav"), RecordingStarted)
    assert isinstance(told("DIALSTATUS", "CHANUNAVAIL"), DialEnded)
    assert told("SIPCALLID", "x") is None
    assert told("DIALSTATUS", "") is None
    assert NEEDED_VALUES["VarSet"][1] >= {"MIXMONITOR_FILENAME", "DIALSTATUS", "QUEUESTATUS"}
    assert set(NEEDED_VALUES) <= NEEDED <= set(MAKERS)


def test_event_names_are_understood_in_any_case() -> None:
    assert isinstance(Decoder().decode(AmiMessage("NEWCHANNEL", {"uniqueid": "1.1"})), ChannelSeen)
    assert isinstance(Decoder().decode(AmiMessage("hangup", {"uniqueid": "1.1", "cause": "x"})), ChannelHungUp)


def test_a_picture_is_put_together_of_the_two_lists() -> None:
    channel = AmiMessage(
        "CoreShowChannel", {"channel": "SIP/1-1", "uniqueid": "1.1", "duration": "01:00:05", "bridgeid": "b"}
    )
    bridge = AmiMessage("BridgeListItem", {"bridgeuniqueid": "b", "bridgetechnology": "holding_bridge"})
    picture = snapshot(NOW, [channel, AmiMessage("", {})], [bridge])
    assert picture.holding == {"b"}
    (live,) = picture.channels
    assert isinstance(live, LiveChannel)
    assert (live.facts.uniqueid, live.age_seconds, live.bridge_id) == ("1.1", 3605.0, "b")
