"""Why a call was missed, in one sentence: each miss that a real Asterisk played, in three languages.

`why_missed.json` was read against each scenario's promise; `test_transcripts` holds the transcripts themselves.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_bridge.web.words.text import UiLanguage
from crm_bridge.why_missed import why_missed
from telephony.model import (
    Call,
    CallId,
    CallKind,
    ChannelName,
    Direction,
    Disposition,
    Leg,
    Linkedid,
    MissedReason,
    Party,
    PbxName,
    Uniqueid,
)
from tests.unit.telephony.calls.test_transcripts import FOLDER, SCENARIOS, replayed

EXPECTED = json.loads(Path(__file__).with_name("why_missed.json").read_text())
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
UNTELLABLE = {"cut_and_call_ends_meanwhile", "queue_full", "voicemail_after_no_answer"}
"""CEL tells another length of what began unheard, not why a queue was full, and a quoted name in another way."""


def said(scenario: str, source: str) -> list[dict[str, str]]:
    trunks = json.loads((FOLDER / f"{scenario}.json").read_text())["trunks"]
    sentences = [why_missed(call) for call in replayed(FOLDER / f"{scenario}.{source}", trunks)]
    return [{language.value: sentence.text(language) for language in UiLanguage} for sentence in sentences if sentence]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_each_miss_has_its_sentence_and_what_was_answered_has_none(scenario: str) -> None:
    assert said(scenario, "ami") == EXPECTED.get(scenario, [])


@pytest.mark.parametrize("scenario", sorted(set(EXPECTED) - UNTELLABLE))
def test_cel_gives_the_same_sentence(scenario: str) -> None:
    assert said(scenario, "cel") == EXPECTED[scenario]


CALLER = Leg(ChannelName("PJSIP/carrier-1"), Uniqueid("1.1"), "+380671234567", "", NOW, ended_at=NOW, hangup_cause=16)
words = st.text(max_size=30)
legs = st.builds(
    lambda number, name, began, rang, ended, cause: Leg(
        ChannelName("PJSIP/1-1"),
        Uniqueid("1.2"),
        number,
        name,
        NOW + timedelta(seconds=began),
        NOW + timedelta(seconds=rang) if rang is not None else None,
        None,
        NOW + timedelta(seconds=ended) if ended is not None else None,
        cause,
    ),
    words,
    words,
    st.integers(-5, 5),
    st.none() | st.integers(-5, 5),
    st.none() | st.integers(-5, 5000),
    st.none() | st.integers(0, 127),
)


@given(st.lists(legs, max_size=30), st.sampled_from(MissedReason), words, st.booleans(), st.sampled_from(UiLanguage))
def test_whatever_a_pbx_tells_there_is_one_sentence(
    phones: list[Leg], reason: MissedReason, queue: str, caller: bool, language: UiLanguage
) -> None:
    call = Call(
        call_id=CallId("pbx:1.1"),
        pbx=PbxName("pbx"),
        linkedid=Linkedid("1.1"),
        direction=Direction.INBOUND,
        kind=CallKind.ORDINARY,
        caller=Party(),
        dialed="",
        trunk="",
        started_at=NOW,
        answered_at=None,
        ended_at=NOW,
        disposition=Disposition.MISSED,
        missed_reason=reason,
        answered_by=None,
        queue=queue,
        legs=(*([CALLER] if caller else []), *phones),
    )
    sentence = why_missed(call)
    assert sentence is not None
    text = sentence.text(language)
    assert text.endswith(".")
    assert "{time}" not in text or any(
        "{time}" in word for word in (queue, *(f"{leg.name}{leg.number}" for leg in phones))
    )
    assert len(text) < 1500
