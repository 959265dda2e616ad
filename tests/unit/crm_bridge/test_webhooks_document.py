"""docs/webhooks.md names every kind of event and every field of its body."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crm_bridge.cases.shapes import CaseReasonShape, CaseShape
from crm_bridge.events import (
    CALL_KINDS,
    CALLBACK_KINDS,
    CASE_KINDS,
    ERASED,
    NOTED,
    REVIEW_SCORED,
    SURVEY_KINDS,
    publish_erasure,
    publish_notes,
    publish_score,
)
from crm_bridge.schemas import (
    VERSION,
    AlarmShape,
    AnswererShape,
    CallbackEventShape,
    CallShape,
    LegShape,
    NotesShape,
    ReadyRecording,
    ScoredShape,
    Shape,
    TransferShape,
)
from crm_bridge.surveys.shapes import SurveyEventShape

NOW = datetime(2026, 11, 21, 14, tzinfo=UTC)
TEXT = (Path(__file__).parents[3] / "docs/webhooks.md").read_text()
EXAMPLES = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)]


def test_every_kind_is_named_and_no_other() -> None:
    table = "\n".join(line.split("|")[1] for line in TEXT.splitlines() if line.startswith("| `"))
    named = set(re.findall(r"`((?:call|callback|case|recording|review|survey)\.[a-z_]+)`", table))
    ready = {"recording.ready", "recording.alarm", REVIEW_SCORED}
    assert named == {*CALL_KINDS, *CALLBACK_KINDS, *CASE_KINDS, *SURVEY_KINDS, NOTED, ERASED, *ready}


def test_the_examples_have_the_fields_that_are_sent() -> None:
    envelope, callback, case, erased, ready, alarm, scored, noted, survey, call = EXAMPLES
    assert envelope["version"] == VERSION
    assert callback["callback"].keys() == CallbackEventShape.model_fields.keys()
    assert case["case"].keys() == CaseShape.model_fields.keys()
    assert case["case"]["reasons"][0].keys() == CaseReasonShape.model_fields.keys()
    assert erased.keys() == publish_erasure(4, ["pbx:1"], [17], NOW)[1].keys()
    assert ready["recordings"][0].keys() == ReadyRecording.model_fields.keys()
    assert alarm["alarm"].keys() == AlarmShape.model_fields.keys()
    assert survey["survey"].keys() == SurveyEventShape.model_fields.keys()
    assert scored["review"].keys() == ScoredShape.model_fields.keys()
    assert publish_score(ScoredShape.model_validate(scored["review"]), NOW)[1].keys() == scored.keys()
    assert noted["notes"].keys() == NotesShape.model_fields.keys()
    assert publish_notes(noted["call_id"], NotesShape.model_validate(noted["notes"]), NOW)[1].keys() == noted.keys()
    assert call.keys() == CallShape.model_fields.keys()
    CallbackEventShape.model_validate(callback["callback"])
    CallShape.model_validate(call)


@pytest.mark.parametrize(
    ("shape", "chapter"),
    [
        (CallShape, "call"),
        (AnswererShape, "call"),
        (LegShape, "call"),
        (TransferShape, "call"),
        (CallbackEventShape, "callback"),
        (CaseShape, "case"),
        (CaseReasonShape, "case"),
        (ReadyRecording, "recording.ready"),
        (AlarmShape, "recording.alarm"),
        (SurveyEventShape, "survey.answered, survey.ended"),
        (ScoredShape, "review.scored"),
    ],
)
def test_every_field_of_every_body_is_told_in_words(shape: type[Shape], chapter: str) -> None:
    words = TEXT.partition(f"\n### {chapter}\n")[2].partition("\n#")[0].rpartition("```")[2]
    assert {name for name in shape.model_fields if f"`{name}`" not in words} == set()
