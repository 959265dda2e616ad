"""Which tapes run on a call: one, on the customer's channel, unless something else records already."""

from dataclasses import replace

from telephony.recording.plan.names import RecordedSide
from telephony.recording.plan.policy import Wish
from telephony.recording.plan.segment import RestartSegment, StartSegment, StopSegment, plan, speaker_of
from tests.unit.telephony.recording.calls import (
    CUSTOMER,
    END,
    MANAGER,
    foreign,
    inbound,
    internal,
    leg,
    outbound,
    tape,
    transferred,
)

RECORD, SKIP, OPEN = Wish.RECORD, Wish.SKIP, Wish.UNDECIDED


def test_an_answered_call_that_nothing_records_is_recorded_on_the_customers_channel() -> None:
    assert plan(inbound(), [], RECORD) == [StartSegment(CUSTOMER, inbound().legs[0].uniqueid, RecordedSide.CUSTOMER)]
    assert plan(outbound(), [], RECORD) == [StartSegment(CUSTOMER, outbound().legs[1].uniqueid, RecordedSide.CUSTOMER)]


def test_nothing_is_started_before_the_answer_after_the_end_or_while_it_is_open_whether() -> None:
    assert plan(inbound(answered=False), [], RECORD) == []
    assert plan(inbound(ended=True), [], RECORD) == []
    assert plan(inbound(), [], OPEN) == []


def test_a_tape_that_runs_is_enough_whoever_carries_it() -> None:
    assert plan(outbound(), [tape("1.1", MANAGER)], RECORD) == []
    assert plan(inbound(), [foreign("1.1")], RECORD) == []
    assert plan(inbound(), [foreign("0.9", "Local/101@ring-00000001;2")], RECORD) == []


def test_beside_a_foreign_tape_ours_stops() -> None:
    ours = tape("1.1")
    assert plan(inbound(), [ours, foreign("1.12", MANAGER)], RECORD) == [StopSegment(ours)]


def test_what_is_not_wanted_stops_but_the_pbx_own_is_left_alone() -> None:
    ours = tape("1.1")
    assert plan(inbound(answered=False), [ours], SKIP) == [StopSegment(ours)]
    assert plan(inbound(), [foreign("1.1")], SKIP) == []


def test_after_a_transfer_by_the_one_who_carries_the_tape_a_new_one_runs_on_the_customers_channel() -> None:
    ours = tape("1.1", MANAGER)
    call = transferred(outbound(), "101", "102")
    start = StartSegment(CUSTOMER, call.legs[1].uniqueid, RecordedSide.CUSTOMER)
    assert plan(call, [ours], RECORD, moved=True) == [start, StopSegment(ours)]


def test_a_transfer_of_the_one_who_carries_the_tape_makes_it_anew() -> None:
    ours, leaving = tape("1.1"), tape("1.12", MANAGER)
    call = transferred(inbound(), "101", "102")
    assert plan(call, [ours], RECORD, moved=True) == [RestartSegment(ours)]
    assert plan(call, [ours, leaving], RECORD, moved=True) == [RestartSegment(ours), StopSegment(leaving)]
    assert plan(call, [foreign("1.1")], RECORD, moved=True) == []
    assert plan(transferred(inbound(answered=False), "101", "102"), [ours], RECORD, moved=True) == []


def test_a_tape_whose_channel_has_ended_is_over() -> None:
    call = outbound()
    gone = replace(call, legs=(replace(call.legs[0], ended_at=END), call.legs[1]))
    assert [type(step) for step in plan(gone, [tape("1.1", MANAGER)], RECORD)] == [StartSegment]


def test_what_is_started_while_paused_is_muted_at_once() -> None:
    assert plan(inbound(), [], RECORD, paused=True)[0] == StartSegment(
        CUSTOMER, inbound().legs[0].uniqueid, RecordedSide.CUSTOMER, muted=True
    )


def test_an_internal_call_is_recorded_on_a_channel_that_is_not_leaving() -> None:
    assert plan(internal(), [], RECORD)[0] == StartSegment(MANAGER, internal().legs[0].uniqueid, RecordedSide.CUSTOMER)
    moved = transferred(internal(), "101", "103")
    (start,) = plan(moved, [], RECORD, moved=True)
    assert isinstance(start, StartSegment)
    assert (start.channel, start.speaker) == (moved.legs[1].channel, RecordedSide.MANAGER)


def test_a_phone_that_only_rings_carries_no_tape() -> None:
    call = inbound()
    ringing = replace(call, legs=(leg("PJSIP/103-9", "1.9", "103", answered=False, ended=True), *call.legs))
    assert plan(ringing, [], RECORD)[0] == StartSegment(CUSTOMER, call.legs[0].uniqueid, RecordedSide.CUSTOMER)


def test_whose_voice_comes_from_a_channel_is_told_by_the_trunk() -> None:
    assert speaker_of(inbound(), CUSTOMER) is RecordedSide.CUSTOMER
    assert speaker_of(inbound(), MANAGER) is RecordedSide.MANAGER
    assert speaker_of(inbound(), "PJSIP/carrier-two-00000001") is RecordedSide.MANAGER
    assert speaker_of(inbound(), "Local/101@x-00000001;2") is RecordedSide.UNKNOWN
