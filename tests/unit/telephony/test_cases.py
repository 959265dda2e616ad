"""Captures of other people's PBXs that were once read wrong, each beside its right verdict (tests/cases)."""

import json
from pathlib import Path
from typing import Any

import pytest

from telephony.model import Call
from telephony.replay import Replay, as_json

FOLDER = Path(__file__).parents[2] / "cases"
VERDICTS = sorted(FOLDER.glob("*/*.json"))


def read(capture: Path) -> list[Call]:
    """All calls of a capture, whose trunks are guessed."""
    history = Replay((), lambda _remark: None)
    history.read(str(capture), None)
    return list(history.calls())


def seen(call: Call, fields: dict[str, Any]) -> dict[str, Any]:
    """What the verdict speaks of, as `ringback replay` prints it; parties by their numbers."""
    told = as_json(call)
    told["answered_by"] = told["answered_by"] and told["answered_by"]["number"]
    told["legs"] = [leg["number"] for leg in told["legs"]]
    told["transfers"] = [f"{made['kind']} {made['by']} {made['to']}" for made in told["transfers"]]
    told["caller_name"] = call.caller.name
    return {field: told[field] for field in fields}


@pytest.mark.parametrize("verdict", VERDICTS, ids=lambda path: path.stem)
def test_a_capture_reads_as_its_verdict(verdict: Path) -> None:
    (capture,) = (path for path in verdict.parent.glob(f"{verdict.stem}.*") if path.suffix != ".json")
    wanted = json.loads(verdict.read_text())
    calls = read(capture)
    assert [seen(call, fields) for call, fields in zip(calls, wanted, strict=True)] == wanted


def test_every_capture_has_a_verdict() -> None:
    captures = {path.with_suffix("") for path in FOLDER.glob("*/*") if path.suffix != ".json"}
    assert captures == {path.with_suffix("") for path in VERDICTS}
