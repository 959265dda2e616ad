"""File names are safe whatever a PBX calls its channels, and can be read back."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.recording.plan.names import RecordedSide, is_ours, kept_name, read_tape_name, safe, tape_name

AT = datetime(2026, 11, 21, 23, 59, 59, 123000, tzinfo=UTC)


def test_the_dialplans_name_is_read() -> None:
    found = read_tape_name("/var/spool/asterisk/monitor/ringback/rb-1795298246.0-1795298246-c.raw")
    assert found is not None
    assert (found.uniqueid, found.speaker) == ("1795298246.0", RecordedSide.CUSTOMER)
    assert found.started_at == datetime(2026, 11, 21, 21, 57, 26, tzinfo=UTC)


@given(st.from_regex(r"[A-Za-z0-9._-]{1,100}", fullmatch=True), st.sampled_from(RecordedSide))
def test_our_own_names_are_read_back(uniqueid: str, speaker: RecordedSide) -> None:
    found = read_tape_name(f"/x/{tape_name(uniqueid, AT, speaker)}")
    assert found == (uniqueid, AT, speaker, False)


@given(st.text(max_size=300))
def test_a_name_never_leaves_its_folder(uniqueid: str) -> None:
    name = tape_name(uniqueid, AT, RecordedSide.UNKNOWN)
    assert set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
    assert is_ours(name)
    path = kept_name(f"pbx:{uniqueid}", 7, AT, "mp3")
    assert len(path.parts) == 4
    assert ".." not in path.parts


@pytest.mark.parametrize(
    "path",
    ["in-1.1.wav", "rb-1.1-1-c.wav", "rb-1.1-1-q.raw", "xrb-1.1-1-c.raw", "rb-1.1-1-c.raw/evil", "rb--1-c.raw", ""],
)
def test_other_names_are_the_pbx_own(path: str) -> None:
    assert not is_ours(path)


def test_kept_files_lie_by_day_in_utc_and_two_of_one_call_differ() -> None:
    assert str(kept_name("pbx:1.2", 7, AT, "mp3")) == "2026/11/21/pbx-1.2-7.mp3"
    assert kept_name("pbx:1.2", 8, AT, "mp3") != kept_name("pbx:1.2", 7, AT, "mp3")


def test_two_tapes_of_one_second_have_two_names() -> None:
    later = AT + timedelta(milliseconds=5)
    assert tape_name("1.1", AT, RecordedSide.UNKNOWN) != tape_name("1.1", later, RecordedSide.UNKNOWN)


def test_nothing_safe_left_is_still_a_name() -> None:
    assert safe("///") == "none"
