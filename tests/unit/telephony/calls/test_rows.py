"""Calls to rows, letters, and merging what is known with what is told."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.calls.dead_letters import UnreadableLetter, decode, encode
from telephony.calls.rows import call_from, call_row, clean, columns, key_of
from telephony.calls.tracking.merging import close, leftovers, merge
from telephony.events import CallEnded, CallEvent, CallMerged, CallRecorded, CallTransferred, NumberKeyed
from telephony.model import CallId, Direction, Disposition, MissedReason, RecordingSegment, Transfer, TransferKind
from tests.builders import MANAGER, NOON, after
from tests.stories import answered, ended, ringing, started, story

WHOLE = ended(answered(ringing(started())))
MISSED = ended(ringing(started()))
MORE: list[CallEvent] = [
    CallTransferred(WHOLE, NOON, Transfer(TransferKind.BLIND, "101", "102", NOON)),
    CallRecorded(WHOLE, NOON, RecordingSegment("/a/ü.wav", WHOLE.legs[1].channel, WHOLE.legs[1].uniqueid, NOON)),
    CallMerged(WHOLE, NOON, CallId("pbx:2")),
    NumberKeyed(WHOLE, NOON, "+380671234567"),
]


@pytest.mark.parametrize("event", [*story(), *story(missed=True), *MORE], ids=lambda event: type(event).__name__)
def test_a_letter_holds_the_whole_event(event: CallEvent) -> None:
    assert decode(*encode(event)) == event


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_a_letter_holds_any_text(text: str) -> None:
    event = CallEnded(replace(WHOLE, dialed=text), NOON)
    kind, letter = encode(event)
    assert letter.isascii()
    assert decode(kind, letter) == event


def test_a_letter_of_another_version_is_refused_with_its_kind() -> None:
    with pytest.raises(UnreadableLetter, match="CallForgotten"):
        decode("CallForgotten", "{}")
    with pytest.raises(UnreadableLetter, match="CallEnded"):
        decode("CallEnded", '{"call": 1}')


@given(st.text(st.characters(codec=None, exclude_categories=())), st.integers(1, 50))
def test_cleaned_text_is_what_postgresql_takes(text: str, longest: int) -> None:
    cleaned = clean(text, longest)
    assert "\0" not in cleaned
    assert len(cleaned.encode()) <= longest * 4
    assert clean(cleaned, longest) == cleaned


def test_an_event_is_the_same_event_only_with_the_same_identity() -> None:
    again = CallEnded(replace(MISSED, disposition=Disposition.ANSWERED, missed_reason=None), NOON)
    keys = [key_of(event) for event in (*story(), *MORE, CallEnded(MISSED, NOON), again)]
    assert len(set(keys)) == len(keys) - 1  # `again` ends as the first story does
    assert key_of(CallEnded(MISSED, after(5))) == key_of(CallEnded(MISSED, NOON))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers())))
def test_columns_are_sorted_and_have_each_key_once(rows: list[tuple[int, int]]) -> None:
    told = dict(rows)
    assert columns(rows, 1) == ([sorted(told), [told[key] for key in sorted(told)]] if rows else [])


def test_a_callers_number_is_compared_in_its_canonical_form() -> None:
    row = call_row(replace(WHOLE, caller=replace(WHOLE.caller, number="067 123-45-67")), NOON, "UA", {})
    assert "067 123-45-67" in row
    assert "+380671234567" in row
    assert callable(call_from)


def test_evidence_of_an_answer_is_never_lost() -> None:
    told = replace(MISSED, repaired=True, legs=())
    known = answered(ringing(started()))
    merged = merge(known, told)
    assert (merged.disposition, merged.missed_reason) == (Disposition.ANSWERED, None)
    assert merged.answered_by == known.answered_by
    assert merged.legs == known.legs


def test_a_later_picture_does_not_open_an_ended_call() -> None:
    merged = merge(WHOLE, replace(answered(ringing(started())), repaired=True))
    assert merged == replace(WHOLE, repaired=True)


def test_merging_the_same_twice_is_merging_it_once() -> None:
    told = replace(WHOLE, repaired=True, legs=WHOLE.legs[1:], answered_at=after(30), talk=timedelta(seconds=30))
    once = merge(answered(ringing(started())), told)
    assert merge(once, told) == once
    assert once.talk == WHOLE.talk


def test_a_call_whose_end_nobody_heard_is_closed_at_the_last_thing_known() -> None:
    rings = ringing(started())
    closed = close(rings, after(9000))
    assert (closed.disposition, closed.missed_reason) == (Disposition.MISSED, MissedReason.NO_ANSWER)
    assert (closed.ended_at, closed.repaired) == (after(1), True)
    assert close(replace(rings, queue="sales"), NOON).missed_reason is MissedReason.ABANDONED_WAITING
    assert close(replace(rings, direction=Direction.OUTBOUND), NOON).disposition is Disposition.NO_ANSWER
    assert close(answered(rings), after(9000)).disposition is Disposition.ANSWERED


def test_only_calls_that_are_not_alive_are_left_over() -> None:
    one, two = started(1), started(2)
    [end] = leftovers([one, two], {two.call_id}, after(60))
    assert end.call.call_id == one.call_id
    assert MANAGER
