"""The lab's small parts that need no Asterisk."""

import json
import math
import struct
import wave
from pathlib import Path

import pytest

from deploy.event_filters import new_filters
from deploy.lab.ami import parse
from deploy.lab.audio import loudness, seconds_of_tone
from deploy.lab.errors import ProgramsMissing
from deploy.lab.programs import unpack
from deploy.lab.scenarios.catalogue import ALL
from deploy.lab.telephones.agi import parse_answer, quoted
from telephony.model import CallKind, Direction, Disposition, MissedReason, TransferKind

TRANSCRIPTS = Path(__file__).parents[2] / "transcripts"


@pytest.mark.parametrize(
    ("version", "new"),
    [
        ("16.28.0", False),
        ("18.10.0", False),
        ("18.26.4", True),
        ("20.6.0", False),
        ("20.11.0", True),
        ("22.0.0", False),
        ("22.1.0", True),
        ("22.10.1", True),
        ("23.0.0", True),
    ],
)
def test_the_new_way_to_filter_is_used_from_the_version_on_that_knows_it(version: str, *, new: bool) -> None:
    assert new_filters(version) is new


def test_agi_answers_are_read_and_arguments_quoted() -> None:
    assert parse_answer("200 result=1 (a (b) c)").text == "a (b) c"
    assert parse_answer("200 result=-1").result == "-1"
    assert parse_answer("510 Invalid or unknown command").code == 510
    assert parse_answer("nonsense").code == 0
    assert quoted('a "b" \\c') == '"a \\"b\\" \\\\c"'


def test_ami_packets_are_read_with_their_output_lines() -> None:
    headers, output = parse("Response: Success\r\nOutput: один\r\nOutput:  two\r\nName: a:b".encode())
    assert headers == {"Response": "Success", "Name": "a:b"}
    assert output == ["один", " two"]


def test_a_tone_is_found_where_it_sounds(tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    sound = [int(8000 * math.sin(2 * math.pi * 440 * i / 8000)) for i in range(8000)] + [0] * 8000
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(struct.pack(f"<{len(sound)}h", *sound))
    assert seconds_of_tone(path, 440) == pytest.approx(1.0, abs=0.1)
    assert seconds_of_tone(path, 700) == 0
    assert loudness(path) == pytest.approx(4000, rel=0.01)


def test_without_apt_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGBACK_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProgramsMissing, match="sudo apt-get install asterisk") as told:
        unpack.unpacked()
    assert "apt-get is not on this machine" in str(told.value)


def test_a_cache_that_cannot_be_made_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("RINGBACK_LAB_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(ProgramsMissing, match="cannot be made"):
        unpack.unpacked()


@pytest.mark.parametrize("name", ALL)
def test_each_scenario_has_its_transcript_and_its_truth_in_the_ledgers_words(name: str) -> None:
    truth = json.loads((TRANSCRIPTS / f"{name}.json").read_text(encoding="utf-8"))
    ami = (TRANSCRIPTS / f"{name}.ami").read_bytes()
    assert ami.startswith(b"Asterisk Call Manager/")
    assert ami.count(b"Event: Newchannel\r\n") >= 1
    assert b'"LINKEDID_END"' in (TRANSCRIPTS / f"{name}.cel").read_bytes()
    for call in truth["calls"]:
        Direction(call["direction"])
        CallKind(call["kind"])
        assert (Disposition(call["disposition"]) is Disposition.MISSED) == (call["missed_reason"] is not None)
        if call["missed_reason"]:
            MissedReason(call["missed_reason"])
        assert all(TransferKind(transfer["kind"]) for transfer in call["transfers"])
    assert ami.count(b"Response: Success\r\nActionID: login") == 1 + truth["cut"]


def test_no_transcript_is_left_of_a_scenario_that_is_gone() -> None:
    assert {path.stem for path in TRANSCRIPTS.glob("*.ami")} == set(ALL)
