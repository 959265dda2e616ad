"""`ringback replay`: whatever form a capture comes in, the same calls, and a cure for what cannot be read."""

import gzip
import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from telephony.ami.protocol.parser import AmiMessage, Parser
from telephony.replay import EXIT_OK, EXIT_UNREADABLE, run

TRANSCRIPTS = Path(__file__).parents[2] / "transcripts"
GROUP = TRANSCRIPTS / "group_answered.ami"
TRUNK = ["PJSIP/carrier-*"]


def replay(*files: Path, capture_format: str | None = None, trunks: list[str] = TRUNK) -> tuple[int, list[Any], str]:
    out, errors = io.StringIO(), io.StringIO()
    code = run([str(file) for file in files], capture_format, trunks, out, errors)
    return code, [json.loads(line) for line in out.getvalue().splitlines()], errors.getvalue()


def as_objects(path: Path) -> list[dict[str, Any]]:
    """The capture as other tools keep it: a list of header objects, repeated headers as lists."""
    return [
        {
            key.title(): value.split("\n") if "\n" in value else value
            for key, value in {**message.headers, "event": message.name}.items()
        }
        for message in Parser().feed(path.read_bytes())
        if isinstance(message, AmiMessage) and message.name
    ]


def write(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_one_object_a_call_with_the_fields_that_are_promised() -> None:
    code, calls, errors = replay(GROUP)
    assert code == EXIT_OK
    (call,) = calls
    assert list(call)[:16] == [
        *["call_id", "linkedid", "direction", "caller", "dialed", "started_at", "answered_at", "ended_at"],
        *["disposition", "missed_reason", "answered_by", "wait_seconds", "talk_seconds", "legs", "transfers"],
        "recordings",
    ]
    assert list(call["legs"][0]) == [
        *["channel", "uniqueid", "number", "name", "started_at", "rang_at", "answered_at", "ended_at"],
        "hangup_cause",
    ]
    assert call["caller"] == {"number": "+380671234567", "name": "Taras"}
    assert call["answered_by"]["number"] == "102"
    assert call["started_at"].endswith("+00:00")
    assert "DeviceStateChange" in errors, "what was not needed is counted on standard error"


@pytest.mark.parametrize(
    "pack",
    [
        pytest.param(json.dumps, id="list"),
        pytest.param(lambda items: json.dumps(items, indent=2), id="indented"),
        pytest.param(lambda items: "\n".join(map(json.dumps, items)), id="lines"),
        pytest.param(lambda items: json.dumps({"version": 1, "events": items}), id="wrapped"),
        pytest.param(lambda items: json.dumps([{"headers": item} for item in items]), id="nested"),
        pytest.param(lambda items: json.dumps([{k.upper(): v for k, v in item.items()} for item in items]), id="upper"),
        pytest.param(lambda items: "\ufeff" + json.dumps(items), id="byte-order-mark"),
        pytest.param(lambda items: json.dumps(items).encode("utf-16"), id="utf-16"),
        pytest.param(lambda items: gzip.compress(json.dumps(items).encode()), id="gzip"),
    ],
)
def test_json_in_any_usual_form_tells_the_same_calls(tmp_path: Path, pack: Any) -> None:  # noqa: ANN401 - a test's table
    path = write(tmp_path, "capture.json", pack(as_objects(GROUP)))
    assert replay(path)[:2] == replay(GROUP)[:2]


@pytest.mark.parametrize("name", ["group_answered", "blind_by_refer", "queue_answered", "picked_up_directed"])
def test_bare_line_feeds_tell_the_same_calls(tmp_path: Path, name: str) -> None:
    path = TRANSCRIPTS / f"{name}.ami"
    edited = write(tmp_path, "edited.txt", path.read_bytes().replace(b"\r\n", b"\n"))
    assert replay(edited)[:2] == replay(path)[:2]


def test_a_replay_always_prints_the_same_also_without_timestamps(tmp_path: Path) -> None:
    items = [{k: v for k, v in item.items() if k != "Timestamp"} for item in as_objects(GROUP)]
    path = write(tmp_path, "capture.json", json.dumps(items))
    code, (call,), _ = replay(path)
    assert (code, call) == (EXIT_OK, replay(path)[1][0])
    newest = int(call["linkedid"].partition(".")[0])
    assert call["disposition"] == "answered"
    for moment in (call["started_at"], call["answered_at"], call["ended_at"]):
        assert moment[:4] == "2026"
        assert abs(_seconds(moment) - newest) <= 1


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def test_a_rotated_capture_is_one_history(tmp_path: Path) -> None:
    content = GROUP.read_bytes()
    cut = content.index(b"Event: DialEnd")
    first, second = write(tmp_path, "1", content[:cut]), write(tmp_path, "2", content[cut:])
    assert replay(first, second)[1] == replay(GROUP)[1]


def test_a_call_that_the_capture_leaves_open_is_in_progress(tmp_path: Path) -> None:
    content = GROUP.read_bytes()
    path = write(tmp_path, "cut.ami", content[: content.index(b"Event: BridgeLeave")])
    _, (call,), _ = replay(path)
    assert (call["disposition"], call["ended_at"]) == ("in_progress", None)
    assert call["answered_at"]


BORN = (
    "Event: Newchannel\r\nChannel: PJSIP/{peer}-00000001\r\nChannelState: 0\r\nCallerIDNum: {number}\r\n"
    "Context: from-trunk\r\nExten: {exten}\r\nUniqueid: 1700000000.1\r\nLinkedid: 1700000000.1\r\n\r\n"
)
GONE = (
    "Event: Hangup\r\nChannel: PJSIP/{peer}-00000001\r\nChannelState: 0\r\nUniqueid: 1700000000.1\r\n"
    "Linkedid: 1700000000.1\r\nCause: 3\r\n\r\n"
)


@pytest.mark.parametrize(
    ("peer", "exten", "direction", "ended"),
    [
        ("carrier", "0442000101", "inbound", "missed"),
        ("carrier", "", "outbound", "failed"),
        ("101", "", "internal", "failed"),
    ],
)
def test_a_channel_of_which_only_its_birth_was_seen_is_a_call(
    tmp_path: Path, peer: str, exten: str, direction: str, ended: str
) -> None:
    """Who asked for a number called; who did not was called."""
    born, gone = (text.format(peer=peer, number="0671234567", exten=exten) for text in (BORN, GONE))
    _, (cut,), _ = replay(write(tmp_path, "cut.ami", born))
    _, (whole,), _ = replay(write(tmp_path, "whole.ami", born + gone))
    assert (cut["direction"], cut["disposition"]) == (direction, "in_progress")
    assert (whole["direction"], whole["disposition"]) == (direction, ended)


def test_a_list_that_was_cut_off_tells_what_it_holds(tmp_path: Path) -> None:
    whole = json.dumps(as_objects(GROUP))
    code, calls, errors = replay(write(tmp_path, "cut.json", whole[: len(whole) * 2 // 3]))
    assert (code, len(calls)) == (EXIT_OK, 1)
    assert "cut off" in errors


def test_calls_come_in_order_of_start() -> None:
    _, calls, _ = replay(TRANSCRIPTS / "two_calls_of_one_customer.ami", GROUP)
    starts = [call["started_at"] for call in calls]
    assert len(starts) > 1
    assert starts == sorted(starts)


@pytest.mark.parametrize(
    ("content", "format_told", "says"),
    [
        (b"", None, "empty"),
        (b"what is this?\n", None, "--format"),
        (b'{"Event": "Newchannel"', None, "line 1"),
        (b'[\n{"Event": "Newchannel"},\nnonsense,\n{"Event": "Hangup"}]', None, "line 3"),
        (b"[1, 2]", None, "object 1"),
        (b'[{"Channel": "x"}]', None, "Event"),
        (b"CHAN_START,HANGUP\n", None, "cel_custom.conf"),
        (b"no AMI here\n", "ami", "line 1"),
        (b"\x1f\x8bdamaged", None, "damaged"),
    ],
)
def test_what_cannot_be_read_names_file_place_and_cure(
    tmp_path: Path, content: bytes, format_told: str | None, says: str
) -> None:
    path = write(tmp_path, "capture", content)
    code, calls, errors = replay(path, capture_format=format_told)
    assert (code, calls) == (EXIT_UNREADABLE, [])
    assert str(path) in errors
    assert says in errors
    assert "Traceback" not in errors


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    code, _, errors = replay(tmp_path / "nowhere.ami")
    assert code == EXIT_UNREADABLE
    assert "nowhere.ami" in errors


def test_standard_input_is_read_for_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(GROUP.read_bytes())

    monkeypatch.setattr("sys.stdin", Stdin())
    assert replay(Path("-"))[1] == replay(GROUP)[1]


def test_without_trunks_told_they_are_guessed() -> None:
    guessed, told = replay(GROUP, trunks=[])[1], replay(GROUP)[1]
    assert guessed == told
