"""What the PBX says arrives whole, in order, whatever it is and whoever hears it."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from telephony.ami import capture
from telephony.ami import inbound as inbound_file
from telephony.ami.capture import Capture
from telephony.ami.counters import LinkAnomaly, LinkCounters
from telephony.ami.inbound import Inbound
from telephony.ami.protocol.parser import AmiMessage
from telephony.channel_events import ChannelEvent, ChannelHungUp, DialEnded, OffHoursHeard, RecordingStarted

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


class Ear:
    """Hears events; raises for the channel it is told to."""

    def __init__(self, raise_for: str = "") -> None:
        self.heard: list[str] = []
        self._raise_for = raise_for

    def __call__(self, event: ChannelEvent) -> None:
        assert isinstance(event, ChannelHungUp)
        if event.channel.uniqueid == self._raise_for:
            raise ZeroDivisionError
        self.heard.append(event.channel.uniqueid)


class Waiting:
    """Somebody who waits for answers, and holds when a list begins."""

    def __init__(self, inbound: Inbound) -> None:
        self.inbound = inbound
        self.answers: list[str] = []

    def answer(self, message: AmiMessage) -> bool:
        self.answers.append(message.name)
        if message.headers.get("eventlist") == "start":
            self.inbound.hold()
        return message.headers["actionid"] == "rb-1"


def hangup(uniqueid: str) -> bytes:
    return f"Event: Hangup\r\nChannel: PJSIP/{uniqueid}\r\nUniqueid: {uniqueid}\r\nCause: 16\r\n\r\n".encode()


def link(ear: Ear, capture: Capture | None = None) -> tuple[Inbound, LinkCounters, Waiting]:
    counters = LinkCounters()
    inbound = Inbound("lab", ear, lambda: NOW, counters, capture)
    waiting = Waiting(inbound)
    inbound.connected(waiting, "rb-")
    return inbound, counters, waiting


def test_a_bug_in_the_listener_costs_that_event_alone_and_is_logged_once_with_it() -> None:
    ear = Ear(raise_for="bad")
    inbound, counters, _ = link(ear)
    with structlog.testing.capture_logs() as log:
        inbound.feed(hangup("1") + hangup("bad") + hangup("2") + hangup("bad") + hangup("3"))
    assert ear.heard == ["1", "2", "3"]
    assert counters.anomalies == {LinkAnomaly.EVENT_FAILED: 2}
    assert [(line["anomaly"], line["raw"].channel.uniqueid) for line in log] == [("event_failed", "bad")]


def test_a_bug_asks_for_a_resync() -> None:
    asked: list[int] = []
    inbound = Inbound("lab", Ear(raise_for="bad"), lambda: NOW, LinkCounters(), on_bug=lambda: asked.append(1))
    with structlog.testing.capture_logs():
        inbound.feed(hangup("bad"))
    assert asked == [1]


def test_events_around_a_list_keep_their_place() -> None:
    ear = Ear()
    inbound, _, _ = link(ear)
    listed = b"Response: Success\r\nActionID: rb-1\r\nEventList: start\r\n\r\n"
    inbound.feed(hangup("before") + listed + hangup("after"))
    assert ear.heard == ["before"]
    ear.heard.append("the snapshot")
    inbound.release()
    inbound.feed(hangup("later"))
    assert ear.heard == ["before", "the snapshot", "after", "later"]


def test_what_was_held_when_the_link_died_has_happened_all_the_same() -> None:
    ear = Ear()
    inbound, _, _ = link(ear)
    inbound.hold()
    inbound.feed(hangup("1"))
    inbound.disconnected()
    assert ear.heard == ["1"]
    assert not inbound.holding


def test_more_than_can_be_held_is_let_go_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbound_file, "MOST_HELD", 2)
    ear = Ear()
    inbound, counters, _ = link(ear)
    inbound.hold()
    with structlog.testing.capture_logs():
        inbound.feed(b"".join(hangup(str(number)) for number in range(5)))
    assert ear.heard == ["0", "1", "2", "3", "4"]
    assert not inbound.holding
    assert counters.anomalies == {LinkAnomaly.HELD_OVERFLOW: 1}


def test_an_answer_that_nobody_waits_for_is_counted_and_is_no_event() -> None:
    ear = Ear()
    inbound, counters, waiting = link(ear)
    with structlog.testing.capture_logs() as log:
        inbound.feed(b"Event: Hangup\r\nActionID: rb-77\r\nUniqueid: 1\r\n\r\n")
    assert (waiting.answers, ear.heard, counters.anomalies) == (["Hangup"], [], {LinkAnomaly.LATE_ANSWER: 1})
    assert log[0]["message"]["actionid"] == "rb-77"


def test_another_connections_half_message_does_not_run_into_this_ones() -> None:
    ear = Ear()
    inbound, _, waiting = link(ear)
    inbound.feed(hangup("1")[:-9])
    inbound.disconnected()
    inbound.connected(waiting, "rb-")
    inbound.feed(hangup("2"))
    assert ear.heard == ["2"]


@given(st.binary(max_size=300), st.integers(1, 40))
@settings(max_examples=300)
def test_garbage_raises_nothing_and_the_next_event_is_heard(garbage: bytes, step: int) -> None:
    ear = Ear()
    inbound, _, _ = link(ear)
    stream = b"Asterisk Call Manager/11.0.0\r\n" + hangup("0") + garbage + b"\r\n\r\n" + hangup("1")
    with structlog.testing.capture_logs():
        for start in range(0, len(stream), step):
            inbound.feed(stream[start : start + step])
    assert ear.heard[0] == "0"
    assert ear.heard[-1] == "1"


def test_each_kind_of_oddity_is_logged_once_and_always_counted() -> None:
    inbound, counters, _ = link(Ear())
    with structlog.testing.capture_logs() as log:
        inbound.feed(b"Event: x\r\n\r\n" + b"garbage\r\n\r\n" * 50)
    assert counters.anomalies == {LinkAnomaly.UNREADABLE: 50}
    assert [(line["kind"], line["head"]) for line in log] == [("no-headers", "garbage")]


def test_the_capture_holds_the_bytes_as_they_came_up_to_the_last_whole_message(tmp_path: Path) -> None:
    capture = Capture(tmp_path / "raw.ami")
    inbound, _, _ = link(Ear(), capture)
    chunks = [b"\xff\x00 junk\r\n", b"\r\nEvent: X\r\nName: \xd0", b"\x98\r", b"\n\r", b"\nEvent: Half\r\n"]
    with structlog.testing.capture_logs():
        for chunk in chunks:
            inbound.feed(chunk)
    assert (tmp_path / "raw.ami").read_bytes() == b"".join(chunks[:-1]) + b"\n"
    inbound.disconnected()
    inbound.feed(b"Event: Next\r\n\r\n")
    capture.close()
    assert (tmp_path / "raw.ami").read_bytes() == b"".join(chunks[:-1]) + b"\nEvent: Next\r\n\r\n"


def test_a_capture_of_what_never_ends_does_not_fill_the_memory(tmp_path: Path) -> None:
    capture = Capture(tmp_path / "raw.ami")
    for _ in range(20):
        capture.write(b"x" * 100_000)
    assert (tmp_path / "raw.ami").stat().st_size >= 1_000_000
    capture.close()


class FullDisk(StringIO):
    """A file on a disk without room."""

    def write(self, _: object) -> int:
        raise OSError(28, "No space left on device")


def test_a_capture_that_cannot_be_written_is_told_once_and_costs_no_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "open_private", lambda _: FullDisk())
    ear = Ear()
    inbound, counters, _ = link(ear, Capture(tmp_path / "raw.ami"))
    with structlog.testing.capture_logs() as log:
        inbound.feed(hangup("1"))
        inbound.feed(hangup("2"))
    assert ear.heard == ["1", "2"]
    assert counters.anomalies == {LinkAnomaly.CAPTURE_FAILED: 1}
    assert "No space left" in log[0]["reason"]


def test_variables_that_nobody_needs_are_passed_over_where_the_pbx_does_not_filter_them() -> None:
    heard: list[ChannelEvent] = []
    counters = LinkCounters()
    inbound = Inbound("lab", heard.append, lambda: NOW, counters)
    for variable in ("SIPDOMAIN", "MIXMONITOR_FILENAME", "MIXMONITOR_FILENAME_2", "DIALSTATUS"):
        inbound.feed(f"Event: VarSet\r\nUniqueid: 1.1\r\nVariable: {variable}\r\nValue: x\r\n\r\n".encode())
    assert [type(event) for event in heard] == [RecordingStarted, DialEnded]
    assert counters.messages == len(heard)


def test_a_filtered_header_may_be_the_last_one() -> None:
    heard: list[ChannelEvent] = []
    counters = LinkCounters()
    inbound = Inbound("lab", heard.append, lambda: NOW, counters)
    inbound.feed(b"Event: UserEvent\r\nUniqueid: 1.1\r\nUserEvent: RingbackOffHours\r\n\r\n")
    inbound.feed(b"Event: UserEvent\r\nUniqueid: 1.1\r\n\r\n")
    assert [type(event) for event in heard] == [OffHoursHeard]
    assert counters.messages == 1
