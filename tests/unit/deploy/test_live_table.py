"""The live table: what a person reads of each call, whatever callers are named."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from deploy.demo.live_table import LiveTable, Screen, shown, wrapped
from telephony.daemon.terminal_text import columns, plain
from telephony.events import CallAnswered, CallEnded, CallMerged, CallRinging, CallStarted
from telephony.model import (
    Call,
    ChannelName,
    Direction,
    Disposition,
    MissedReason,
    Party,
    Uniqueid,
)
from tests import builders

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
NOW = AT + timedelta(seconds=75)


def a_call(linkedid: str = "1", name: str = "Олена", number: str = "+380671234567") -> Call:
    return builders.inbound(linkedid, at=AT, customer=number, name=name, did="+380442000600")


def answered(call: Call) -> Call:
    return builders.answered(call, AT + timedelta(seconds=5), by=builders.leg("2", "101", AT, name="Иван"))


def missed(call: Call) -> Call:
    return builders.ended(call, AT + timedelta(seconds=12), missed_reason=MissedReason.ABANDONED_WAITING)


def test_a_call_is_said_in_words_at_each_step() -> None:
    call = a_call()
    assert shown(call, NOW)[:5] == ("09:00:00", "→", "Олена +380671234567", "+380442000600", "")
    assert shown(call, NOW, rings="101").now == "ringing 1:15"
    assert shown(answered(call), NOW).now == "talking 1:10"
    assert shown(answered(call), NOW).by == "Иван"
    assert shown(missed(call), NOW).now == "MISSED after 0:12: abandoned waiting"
    done = replace(answered(call), ended_at=NOW, disposition=Disposition.ANSWERED, talk=timedelta(seconds=70))
    assert shown(done, NOW).now == "answered, talked 1:10"


def test_an_outbound_call_shows_whom_we_called_and_who_did() -> None:
    call = replace(a_call(), direction=Direction.OUTBOUND, caller=Party("101", "Иван"), dialed="+380671234567")
    assert shown(call, NOW)[1:4] == ("←", "+380671234567", "101")


def test_the_newest_calls_come_first_and_merged_ones_are_one() -> None:
    calls = LiveTable()
    older, newer = a_call("1", "Older"), replace(a_call("2", "Newer"), started_at=AT + timedelta(seconds=1))
    for event in (
        CallStarted(older, AT),
        CallStarted(newer, AT),
        CallRinging(newer, AT, ChannelName("c"), Uniqueid("2"), "102"),
    ):
        calls(event)
    text = list(calls.lines(NOW, 120, 10, colors=False))
    assert "2 up" in text[0]
    assert "Newer" in text[1]
    assert "ringing" in text[1]
    assert "Older" in text[2]
    calls(CallMerged(newer, AT, absorbed=older.call_id))
    assert calls.in_progress == 1


def test_ended_calls_are_counted_and_stay_in_sight() -> None:
    calls = LiveTable()
    calls(CallEnded(missed(a_call()), AT))
    calls(CallAnswered(answered(a_call("2")), AT, ChannelName("c"), Uniqueid("2")))
    assert calls.summary() == "1 up, 1 ended: 0 answered, 1 missed"


def test_only_the_newest_are_kept() -> None:
    calls = LiveTable()
    for number in range(1000):
        calls(CallStarted(a_call(f"{number}"), AT))
    assert calls.in_progress == 300


@given(name=st.text(), number=st.text(), width=st.integers(20, 200), height=st.integers(1, 50))
def test_no_name_breaks_the_table(name: str, number: str, width: int, height: int) -> None:
    calls = LiveTable()
    calls(CallStarted(a_call(name=name, number=number), AT))
    lines = list(calls.lines(NOW, width, height, colors=False))
    assert len(lines) <= height
    for line in lines:
        assert columns(line) <= width
        assert plain(line) == line


def test_the_screen_gives_the_terminal_back() -> None:
    out = io.StringIO()
    with Screen(out) as screen:
        calls = LiveTable()
        calls(CallStarted(a_call(name="\x1b[2Jboo"), AT))
        screen.draw(["recordings: /x"], calls, NOW)
    written = out.getvalue()
    assert written.startswith("\x1b[?1049h")
    assert written.endswith("\x1b[?25h\x1b[?1049l")
    assert r"\x1b[2Jboo" in written


def test_a_hundred_columns_are_enough_for_what_became_of_a_call() -> None:
    calls = LiveTable()
    calls(CallEnded(missed(a_call(name="Олена Шевченко-Коваленко")), AT))
    text = list(calls.lines(NOW, 99, 10, colors=False))
    assert text[1].endswith("MISSED after 0:12: abandoned waiting")
    assert "+380442000600" not in text[1]


def test_an_address_is_not_cut() -> None:
    address = "http://127.0.0.1:8480/console/invitation/" + "x" * 43
    assert wrapped(f"console     {address}   opens once, and signs you in", 99) == [
        f"console     {address}",
        "            opens once, and signs you in",
    ]
    assert wrapped("", 99) == [""]
