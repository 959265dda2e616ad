"""Each thing that can be wrong is found, with its ids; each thing that is right, or cannot be known, accuses nobody."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from telephony.audit import callbacks, dials, promises, recordings
from telephony.audit.calls import Ledger, compare
from telephony.audit.model import (
    AuditedAttempt,
    AuditedOrder,
    AuditedPromise,
    AuditedRequest,
    CelHistory,
    Finding,
    Gap,
    KeptFile,
    Miss,
    Part,
    RecordedCall,
    Span,
    UnwrittenEvent,
)
from telephony.model import Call, CallId, CallKind, Disposition
from tests import builders
from tests.builders import CUSTOMER, MANAGER, NOON, PBX, after, leg

SPAN = Span(NOON, after(3600), after(7200))
TALK = builders.ended(
    builders.answered(builders.inbound("1.1", at=after(60)), after(70), leg("1.2", MANAGER)), after(130)
)
MISSED = builders.ended(builders.inbound("2.1", at=after(200)), after(220))


def cel(*calls: Call, going_on: Iterable[Call] = ()) -> CelHistory:
    return CelHistory(PBX, calls, tuple(going_on), begins_at=NOON)


def found(part: Part) -> list[tuple[Gap, tuple[str, ...]]]:
    return [(finding.gap, finding.ids) for finding in part.findings]


def of_calls(
    history: CelHistory, *ledger: Call, letters: Iterable[UnwrittenEvent] = ()
) -> list[tuple[Gap, tuple[str, ...]]]:
    return found(compare(SPAN, [history], Ledger(ledger, {}), list(letters)))


# --- calls ------------------------------------------------------------------------------------------------------------


def test_the_same_calls_are_clean() -> None:
    assert of_calls(cel(TALK, MISSED), TALK, MISSED) == []


def test_a_call_that_the_ledger_does_not_have_is_missing() -> None:
    assert of_calls(cel(TALK, MISSED), TALK) == [(Gap.MISSING, ("pbx:2.1",))]
    assert of_calls(cel(going_on=[builders.inbound("3.1", at=after(9))])) == [(Gap.MISSING, ("pbx:3.1",))]


def test_a_call_under_another_id_is_known_by_its_channels() -> None:
    other = replace(TALK, call_id=CallId("pbx:other"))
    assert of_calls(cel(TALK), other) == [(Gap.UNKNOWN, ("pbx:1.1", "pbx:other"))]
    halves = [replace(TALK, call_id=CallId(f"pbx:{half}")) for half in "ab"]
    assert of_calls(cel(TALK), *halves) == [
        (Gap.DOUBLE, ("pbx:a", "pbx:b")),
        (Gap.DOUBLE, ("pbx:a", "pbx:b")),
        (Gap.DOUBLE, ("pbx:1.1", "pbx:a", "pbx:b")),
    ]


def test_another_outcome_answer_or_talk_is_different_a_little_more_or_less_is_not() -> None:
    lost_answer = replace(MISSED, call_id=TALK.call_id, legs=TALK.legs)
    goes_on = replace(TALK, ended_at=None, disposition=Disposition.IN_PROGRESS)
    late = replace(TALK, answered_at=after(75))
    short = replace(TALK, talk=timedelta(seconds=50))
    for other in (lost_answer, goes_on, late, short):
        assert of_calls(cel(TALK), other) == [(Gap.DIFFERENT, ("pbx:1.1",))]
    near = replace(TALK, answered_at=after(71), talk=timedelta(seconds=59))
    assert of_calls(cel(TALK), near) == []


def test_what_cel_does_not_have_is_different_or_if_nobody_saw_its_end_unknown() -> None:
    assert of_calls(cel(MISSED), MISSED, TALK) == [(Gap.DIFFERENT, ("pbx:1.1",))]
    assert of_calls(cel(MISSED), MISSED, replace(TALK, repaired=True)) == [(Gap.UNKNOWN, ("pbx:1.1",))]


def test_without_cel_nothing_is_accused() -> None:
    assert of_calls(CelHistory(PBX, why_not="no file"), TALK, MISSED) == [(Gap.UNKNOWN, ("pbx",))]
    late = CelHistory(PBX, (MISSED,), begins_at=after(150))
    assert of_calls(late, TALK, MISSED) == [(Gap.UNKNOWN, ("pbx",))]


def test_a_dead_letter_is_told_with_its_reason() -> None:
    letter = UnwrittenEvent(TALK.call_id, "ended", "no such column", written=False, died_at=after(131))
    assert of_calls(cel(TALK), TALK, letters=[letter]) == [(Gap.MISSING, ("pbx:1.1",))]


# --- recordings -------------------------------------------------------------------------------------------------------

KEPT = KeptFile(3, TALK.call_id, "2026/a.mp3", 900, after(70), deleted=False, found=900)
GOOD = RecordedCall(TALK.call_id, "done", "good", after(131), after(130), alarmed=False)


def of_recordings(row: RecordedCall | None, *files: KeptFile, wanted: bool = True) -> list[Gap]:
    recorded = {TALK.call_id: row} if row else {}
    part = recordings.compare(SPAN, [TALK, MISSED], lambda _: wanted, recorded, files)
    return [finding.gap for finding in part.findings]


def test_an_answered_call_has_a_good_recording_or_an_alarm() -> None:
    assert of_recordings(GOOD, KEPT) == []
    assert of_recordings(None) == [Gap.MISSING]
    assert of_recordings(None, wanted=False) == []
    assert of_recordings(replace(GOOD, verdict="silent")) == [Gap.MISSING]
    assert of_recordings(replace(GOOD, verdict="silent", alarmed=True)) == []
    assert of_recordings(replace(GOOD, stage="ended", verdict="", due_at=after(7100))) == []
    assert of_recordings(replace(GOOD, stage="ended", verdict="")) == [Gap.MISSING]
    assert of_recordings(replace(GOOD, stage="open", verdict="")) == [Gap.DIFFERENT]


def test_each_file_is_there_whole_and_once_and_a_deleted_one_is_not() -> None:
    assert of_recordings(GOOD, replace(KEPT, found=None)) == [Gap.MISSING]
    assert of_recordings(GOOD, replace(KEPT, found=899)) == [Gap.DIFFERENT]
    assert of_recordings(GOOD, KEPT, replace(KEPT, recording_id=4)) == [Gap.DOUBLE]
    assert of_recordings(GOOD, replace(KEPT, deleted=True)) == [Gap.DIFFERENT]
    assert of_recordings(GOOD, replace(KEPT, deleted=True, found=None)) == []


# --- callbacks --------------------------------------------------------------------------------------------------------

MISS = Miss(MISSED.call_id, 12, CUSTOMER, after(220))
WAITS = AuditedRequest(12, CUSTOMER, "waiting", after(7000), after(220), after(220), is_open=True)
RING = AuditedAttempt(7, 12, CallId("pbx:rb-cb-7-x"), "rb-cb-7-x", CUSTOMER, after(230), after(300), "reached")


def of_callbacks(
    misses: list[Miss], request: AuditedRequest = WAITS, attempts: Iterable[AuditedAttempt] = ()
) -> list[Gap]:
    part = callbacks.compare(SPAN, [TALK, MISSED], misses, [request], list(attempts))
    return [finding.gap for finding in part.findings]


def test_each_miss_has_its_request() -> None:
    assert of_callbacks([MISS]) == []
    assert of_callbacks([]) == [Gap.MISSING]


def test_a_request_that_nothing_moves_is_found() -> None:
    assert of_callbacks([MISS], replace(WAITS, due_at=after(400))) == [Gap.MISSING]
    stuck = replace(WAITS, state="dialling")
    assert of_callbacks([MISS], stuck) == [Gap.DIFFERENT]
    rings = replace(RING, ended_at=None, written_at=after(7100))
    assert of_callbacks([MISS], stuck, [rings]) == []
    assert of_callbacks([MISS], WAITS, [replace(rings, written_at=after(-20_000))]) == [Gap.MISSING]


# --- dials ------------------------------------------------------------------------------------------------------------


def callback(key: int, at: float, *, talk: float = 0, dials: int = 1) -> Call:
    """A callback's call whose customer is dialled five seconds after ``at``, and talks."""
    name = f"rb-cb-{key}-x"
    call = replace(builders.outbound(name, at=after(at)), kind=CallKind.CALLBACK)
    theirs = [leg(f"{key}.{number}", CUSTOMER, after(at + 5 + number)) for number in range(dials)]
    call = replace(call, legs=(*call.legs, *theirs))
    if talk:
        call = builders.answered(call, after(at + 8), theirs[-1])
    return builders.ended(call, after(at + 8 + talk))


def rung(key: int, at: float, outcome: str = "reached") -> AuditedAttempt:
    name = f"rb-cb-{key}-x"
    return replace(
        RING, attempt_key=key, call_id=CallId(f"pbx:{name}"), channel_id=name, written_at=after(at), outcome=outcome
    )


def of_dials(
    calls: list[Call],
    attempts: list[AuditedAttempt],
    misses: Iterable[Miss] = (MISS,),
    orders: Iterable[AuditedOrder] = (),
) -> list[Finding]:
    seen = dials.Witnesses(calls, attempts, list(misses), list(orders))
    return list(dials.compare(SPAN, seen, region="UA", reached=timedelta(seconds=5)).findings)


def test_one_dial_that_reaches_the_customer_is_clean() -> None:
    assert of_dials([MISSED, callback(7, 230, talk=30)], [rung(7, 230)]) == []


def test_a_customer_who_was_reached_is_not_dialled_again() -> None:
    calls = [MISSED, callback(7, 230, talk=30), callback(8, 300)]
    (finding,) = of_dials(calls, [rung(7, 230), rung(8, 300, "no_answer")])
    assert finding.gap is Gap.DOUBLE
    assert finding.ids == ("pbx:rb-cb-8-x", "request:12", "attempt:8", "pbx:rb-cb-7-x")


def test_nor_one_who_talks_with_us_by_a_call_of_their_own() -> None:
    talk = builders.inbound("5.1", at=after(231))
    talk = builders.ended(builders.answered(talk, after(232), leg("5.2", MANAGER)), after(400))
    (finding,) = of_dials([MISSED, talk, callback(7, 300)], [rung(7, 300, "busy")])
    assert "while they talked" in finding.why


def test_but_who_was_missed_again_or_whom_a_person_wants_is() -> None:
    calls, attempts = [callback(7, 230, talk=30), callback(8, 300)], [rung(7, 230), rung(8, 300, "no_answer")]
    assert of_dials(calls, attempts, [Miss(CallId("pbx:9"), 13, CUSTOMER, after(290))]) == []
    assert of_dials(calls, attempts, [MISS], [AuditedOrder(12, CUSTOMER, after(290))]) == []


def test_a_short_talk_or_no_answer_may_be_followed_by_another_dial() -> None:
    calls = [callback(7, 230, talk=2), callback(8, 300), callback(9, 400, talk=30)]
    assert of_dials(calls, [rung(7, 230, "short_talk"), rung(8, 300, "no_answer"), rung(9, 400)]) == []


def test_two_dials_for_one_attempt_a_phone_without_one_and_an_outcome_that_the_call_denies_are_found() -> None:
    assert [one.gap for one in of_dials([callback(7, 230, dials=2)], [rung(7, 230, "no_answer")])] == [Gap.DOUBLE]
    assert [one.gap for one in of_dials([callback(7, 230)], [])] == [Gap.DIFFERENT]
    assert [one.gap for one in of_dials([callback(7, 230, talk=30)], [rung(7, 230, "short_talk")])] == [Gap.DIFFERENT]


# --- promises ---------------------------------------------------------------------------------------------------------


def test_a_promise_is_settled_or_open_in_its_time() -> None:
    def gaps(*, settled: bool = False, overdue: bool = False, is_open: bool = True, at: float = 600) -> list[Gap]:
        one = AuditedPromise(5, 12, after(at), settled=settled, overdue=overdue, request_open=is_open)
        return [finding.gap for finding in promises.compare(SPAN, [one], timedelta(minutes=5)).findings]

    assert gaps(settled=True, is_open=False) == []
    assert gaps(at=7000) == []
    assert gaps(overdue=True) == []
    assert gaps() == [Gap.MISSING]
    assert gaps(is_open=False, overdue=True) == [Gap.MISSING]
