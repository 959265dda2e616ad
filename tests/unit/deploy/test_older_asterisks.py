"""The same scenarios, played on Asterisk 18 and 20, mean the same calls: their AMI differs, their story does not."""

import json
from pathlib import Path
from typing import Any

import pytest

from telephony.model import Call
from telephony.replay import Replay

TRANSCRIPTS = Path(__file__).parents[2] / "transcripts"
RECORDED = sorted(path.with_suffix("") for major in (18, 20) for path in TRANSCRIPTS.glob(f"asterisk-{major}/*.ami"))


def test_both_were_recorded_in_full() -> None:
    assert len(RECORDED) >= 140


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_an_older_asterisk_tells_the_same_calls(recorded: Path) -> None:
    truth = json.loads(recorded.with_suffix(".json").read_text(encoding="utf-8"))
    history = Replay(truth["trunks"], lambda _remark: None)
    history.read(str(recorded.with_suffix(".ami")), None)
    calls = tuple(history.calls())
    assert [_told(call) | _left_out(played) for call, played in zip(calls, truth["calls"], strict=True)] == [
        _played(played) | _left_out(played) for played in truth["calls"]
    ]


def _told(call: Call) -> dict[str, Any]:
    return {
        "direction": call.direction,
        "disposition": call.disposition,
        "missed_reason": call.missed_reason,
        "caller": call.caller.number,
        "dialed": call.dialed,
        "answered_by": call.answered_by.number if call.answered_by else None,
        "transfers": [(one.kind, one.by, one.to) for one in call.transfers],
        "talked": call.talk_seconds > 0,
    }


def _played(played: dict[str, Any]) -> dict[str, Any]:
    names = ("direction", "disposition", "missed_reason", "caller", "dialed", "answered_by")
    return {name: played[name] for name in names} | {
        "transfers": [(one["kind"], one["by"], one["to"]) for one in played["transfers"]],
        "talked": played["answered_by"] is not None,
    }


def _left_out(played: dict[str, Any]) -> dict[str, Any]:
    return dict.fromkeys(played["ami_cannot_tell"])
