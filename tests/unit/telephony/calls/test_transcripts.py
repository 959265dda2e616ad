"""Each scenario that the lab played on a real Asterisk, as AMI and as CEL told it, against what was really played."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from telephony.model import Call
from telephony.replay import Replay

FOLDER = Path(__file__).parents[3] / "transcripts"
SCENARIOS = sorted(path.stem for path in FOLDER.glob("*.json"))
TOLERANCE = 0.2
"""Seconds: the lab's clock stands at the telephones, ours in the PBX, and a loaded machine lies between them."""

# What CEL or a cut link cannot tell, each with its reason.
UNTELLABLE: dict[tuple[str, str], set[str]] = {
    ("queue_empty", "cel"): {"queue"},  # APP_START Queue comes before anybody knows whether one may join
    ("queue_full", "cel"): {"queue", "missed_reason"},  # the same; and why not is nowhere
    ("recorded_by_dialplan", "cel"): {"recordings"},  # `apps` of cel.conf does not name MixMonitor
    ("recording_adopted", "cel"): {"recordings"},
    ("freepbx_group", "cel"): {"recordings"},
    ("freepbx_group_nobody", "cel"): {"recordings"},
    ("freepbx_group_gives_up_at_the_tones", "cel"): {"recordings"},
    ("click_to_call_manager_silent", "cel"): {"dialed"},  # the connected line is not in our mapping
    ("cut_and_call_ends_meanwhile", "ami"): {"talk_seconds", "dialed", "wait_seconds"},  # nobody listened
}


@dataclass(frozen=True)
class Told:
    """One scenario as one source tells it."""

    scenario: str
    source: str
    truth: dict[str, Any]
    calls: tuple[Call, ...]

    def asserts(self, field: str) -> bool:
        return field not in UNTELLABLE.get((self.scenario, self.source), ())


def replayed(path: Path, trunks: list[str]) -> tuple[Call, ...]:
    history = Replay(trunks, lambda _remark: None)
    history.read(str(path), None)
    return tuple(history.calls())


@pytest.fixture(params=[(name, source) for name in SCENARIOS for source in ("ami", "cel")], ids="-".join)
def told(request: pytest.FixtureRequest) -> Told:
    scenario, source = request.param
    truth = json.loads((FOLDER / f"{scenario}.json").read_text())
    return Told(scenario, source, truth, replayed(FOLDER / f"{scenario}.{source}", truth["trunks"]))


def test_there_are_scenarios() -> None:
    assert len(SCENARIOS) >= 70


def test_the_calls_are_those_that_were_played(told: Told) -> None:
    assert len(told.calls) == len(told.truth["calls"])
    for call, played in zip(told.calls, told.truth["calls"], strict=True):
        seen = {
            "direction": call.direction,
            "disposition": call.disposition,
            "kind": call.kind,
            "missed_reason": call.missed_reason,
            "caller": call.caller.number,
            "caller_name": call.caller.name,
            "dialed": call.dialed,
            "queue": call.queue,
            "answered_by": call.answered_by.number if call.answered_by else None,
            "answered_by_name": call.answered_by.name if call.answered_by else None,
            "recordings": len(call.recordings),
            "transfers": [(t.kind, t.by, t.to) for t in call.transfers],
            "wait_seconds": pytest.approx(call.wait_seconds, abs=TOLERANCE),
            "talk_seconds": pytest.approx(call.talk_seconds, abs=TOLERANCE),
        }
        want = dict(played) | {"transfers": [(t["kind"], t["by"], t["to"]) for t in played["transfers"]]}
        fields = [field for field in seen if told.asserts(field) and _is_told(played, field)]
        assert {field: want[field] for field in fields} == {field: seen[field] for field in fields}


def _is_told(played: dict[str, Any], field: str) -> bool:
    """The truth leaves out what the lab cannot know: how a network names its subscriber, an unanswered click's wait."""
    return played.get(field) is not None or field in {"missed_reason", "answered_by"}


def test_the_phones_that_rang_are_the_legs_that_rang(told: Told) -> None:
    if told.source == "cel":
        assert not any(leg.rang_at for call in told.calls for leg in call.legs), "CEL does not tell ringing"
        return
    rang = {leg.number for call in told.calls for leg in call.legs if leg.rang_at}
    assert rang == {number for played in told.truth["calls"] for number in played["rang"]}


def test_every_call_has_ended_and_its_legs_with_it(told: Told) -> None:
    for call in told.calls:
        assert call.ended_at is not None
        assert call.legs
        for leg in call.legs:
            assert leg.ended_at is not None
            assert call.started_at <= leg.ended_at
            assert (
                leg.started_at <= (leg.rang_at or leg.started_at) <= (leg.answered_at or leg.ended_at) <= leg.ended_at
            )


def test_no_leg_is_plumbing_and_none_comes_twice(told: Told) -> None:
    names = [leg.channel for call in told.calls for leg in call.legs]
    assert len(names) == len(set(names))
    assert all(name.startswith("PJSIP/") and not name.endswith(">") for name in names)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_ami_and_cel_tell_the_same_calls(scenario: str) -> None:
    trunks = json.loads((FOLDER / f"{scenario}.json").read_text())["trunks"]
    ami, cel = (replayed(FOLDER / f"{scenario}.{source}", trunks) for source in ("ami", "cel"))
    if (scenario, "ami") in UNTELLABLE:
        return
    for one, other in zip(ami, cel, strict=True):
        assert (one.call_id, one.direction, one.disposition, one.kind) == (
            other.call_id,
            other.direction,
            other.disposition,
            other.kind,
        )
        assert {(leg.channel, leg.uniqueid) for leg in one.legs} == {(leg.channel, leg.uniqueid) for leg in other.legs}
        assert one.caller == other.caller
        for field in ("answered_by", "talked_last", "customer", "did", "trunk", "missed_reason", "queue"):
            if ("dialed" if field == "customer" else field) not in UNTELLABLE.get((scenario, "cel"), ()):
                assert (field, getattr(one, field)) == (field, getattr(other, field))
        assert one.talk_seconds == pytest.approx(other.talk_seconds, abs=0.1)
        assert len(one.transfers) == len(other.transfers)
