"""A recording is good when it is as long as the talk and both sides can be heard; else it is told what is wrong."""

import pytest

from telephony.recording.plan.verdict import Kept, SoundVerdict, Tolerance, judge_call, judge_file, redundant
from telephony.recording.plan.waveform import Side, Sound

TOLERANCE = Tolerance(seconds=2, percent=3, one_sided_seconds=15)


def sound(seconds: float, *voiced: float) -> Sound:
    return Sound(seconds, tuple(Side(-20, each, bytes(1000)) for each in voiced))


def good(seconds: float, *voiced: float) -> Kept:
    return Kept(SoundVerdict.GOOD, sound(seconds, *voiced))


@pytest.mark.parametrize(
    ("talk", "files", "expected"),
    [
        (60, [good(60, 30, 25)], SoundVerdict.GOOD),
        (60, [good(56.2, 30, 25)], SoundVerdict.GOOD),
        (60, [good(56.1, 30, 25)], SoundVerdict.SHORT),
        (60, [good(20, 9, 9), good(40, 9, 9)], SoundVerdict.GOOD),
        (60, [good(20, 9, 9), Kept(SoundVerdict.MISSING)], SoundVerdict.SHORT),
        (60, [Kept(SoundVerdict.MISSING)], SoundVerdict.MISSING),
        (60, [], SoundVerdict.MISSING),
        (60, [Kept(SoundVerdict.MISSING), Kept(SoundVerdict.UNREADABLE)], SoundVerdict.UNREADABLE),
        (60, [Kept(SoundVerdict.REFUSED)], SoundVerdict.REFUSED),
        (60, [Kept(SoundVerdict.SILENT, sound(60, 0, 0.1))], SoundVerdict.SILENT),
        (60, [good(60, 30, 0.1)], SoundVerdict.ONE_SIDED),
        (60, [good(60, 0, 30)], SoundVerdict.ONE_SIDED),
        (4.9, [good(4.9, 0, 4)], SoundVerdict.GOOD),
        (60, [good(60, 30)], SoundVerdict.GOOD),
        (60, [good(30, 9, 0), good(30, 0, 9)], SoundVerdict.GOOD),
        (1, [Kept(SoundVerdict.SILENT, sound(1, 0, 0))], SoundVerdict.GOOD),
        (60, [good(300, 30, 30)], SoundVerdict.GOOD),
    ],
)
def test_of_a_call(talk: float, files: list[Kept], expected: SoundVerdict) -> None:
    judgement = judge_call(talk, files, TOLERANCE)
    assert judgement.verdict is expected
    assert bool(judgement.why) is (expected is not SoundVerdict.GOOD)


def test_a_part_that_somebody_ordered_not_to_record_is_not_missed() -> None:
    assert judge_call(60, [good(10, 5, 5)], TOLERANCE, whole=False).verdict is SoundVerdict.GOOD


def test_who_cannot_be_heard_is_told() -> None:
    assert "the customer cannot be heard" in judge_call(60, [good(60, 0, 30)], TOLERANCE).why
    assert "the manager cannot be heard" in judge_call(60, [good(60, 30, 0)], TOLERANCE).why


def test_a_silent_side_of_a_short_talk_is_remarked_and_no_alarm() -> None:
    judgement = judge_call(5, [good(5, 4, 0)], TOLERANCE)
    assert judgement.verdict is SoundVerdict.GOOD
    assert judgement.why.startswith("the manager cannot be heard in 5.0 s: too short")
    assert judge_call(14.9, [good(14.9, 0, 9)], TOLERANCE).why.startswith("the customer")
    assert not judge_call(9, [good(9, 5)], TOLERANCE).why, "a mono file tells nothing of sides"


def test_the_pbxs_own_file_with_a_silent_side_does_not_stand_for_ours() -> None:
    assert redundant(9, [good(9, 4, 4)], TOLERANCE)
    assert not redundant(9, [good(9, 4, 0)], TOLERANCE)


def test_of_a_file() -> None:
    assert judge_file(sound(10, 0, 5)) is SoundVerdict.GOOD
    assert judge_file(sound(10, 0, 0.1)) is SoundVerdict.SILENT
    assert judge_file(sound(0)) is SoundVerdict.UNREADABLE


def test_our_tape_doubles_only_what_the_pbx_own_files_cover() -> None:
    assert redundant(60, [good(60, 30)], TOLERANCE)
    assert not redundant(60, [good(20, 30)], TOLERANCE)
    assert not redundant(60, [], TOLERANCE)
