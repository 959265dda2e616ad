"""A recording is good when it is as long as the talk and both sides can be heard; else it is told what is wrong."""

import pytest

from telephony.recording.plan.verdict import Kept, Tolerance, Verdict, judge_call, judge_file, redundant
from telephony.recording.plan.waveform import Side, Sound

TOLERANCE = Tolerance(seconds=2, percent=3, one_sided_seconds=15)


def sound(seconds: float, *voiced: float) -> Sound:
    return Sound(seconds, tuple(Side(-20, each, bytes(1000)) for each in voiced))


def good(seconds: float, *voiced: float) -> Kept:
    return Kept(Verdict.GOOD, sound(seconds, *voiced))


@pytest.mark.parametrize(
    ("talk", "files", "expected"),
    [
        (60, [good(60, 30, 25)], Verdict.GOOD),
        (60, [good(56.2, 30, 25)], Verdict.GOOD),
        (60, [good(56.1, 30, 25)], Verdict.SHORT),
        (60, [good(20, 9, 9), good(40, 9, 9)], Verdict.GOOD),
        (60, [good(20, 9, 9), Kept(Verdict.MISSING)], Verdict.SHORT),
        (60, [Kept(Verdict.MISSING)], Verdict.MISSING),
        (60, [], Verdict.MISSING),
        (60, [Kept(Verdict.MISSING), Kept(Verdict.UNREADABLE)], Verdict.UNREADABLE),
        (60, [Kept(Verdict.REFUSED)], Verdict.REFUSED),
        (60, [Kept(Verdict.SILENT, sound(60, 0, 0.1))], Verdict.SILENT),
        (60, [good(60, 30, 0.1)], Verdict.ONE_SIDED),
        (60, [good(60, 0, 30)], Verdict.ONE_SIDED),
        (14, [good(14, 0, 9)], Verdict.GOOD),
        (60, [good(60, 30)], Verdict.GOOD),
        (60, [good(30, 9, 0), good(30, 0, 9)], Verdict.GOOD),
        (1, [Kept(Verdict.SILENT, sound(1, 0, 0))], Verdict.GOOD),
        (60, [good(300, 30, 30)], Verdict.GOOD),
    ],
)
def test_of_a_call(talk: float, files: list[Kept], expected: Verdict) -> None:
    judgement = judge_call(talk, files, TOLERANCE)
    assert judgement.verdict is expected
    assert bool(judgement.why) is (expected is not Verdict.GOOD)


def test_a_part_that_somebody_ordered_not_to_record_is_not_missed() -> None:
    assert judge_call(60, [good(10, 5, 5)], TOLERANCE, whole=False).verdict is Verdict.GOOD


def test_who_cannot_be_heard_is_told() -> None:
    assert "the customer cannot be heard" in judge_call(60, [good(60, 0, 30)], TOLERANCE).why
    assert "the manager cannot be heard" in judge_call(60, [good(60, 30, 0)], TOLERANCE).why


def test_of_a_file() -> None:
    assert judge_file(sound(10, 0, 5)) is Verdict.GOOD
    assert judge_file(sound(10, 0, 0.1)) is Verdict.SILENT
    assert judge_file(sound(0)) is Verdict.UNREADABLE


def test_our_tape_doubles_only_what_the_pbx_own_files_cover() -> None:
    assert redundant(60, [good(60, 30)], TOLERANCE)
    assert not redundant(60, [good(20, 30)], TOLERANCE)
    assert not redundant(60, [], TOLERANCE)
