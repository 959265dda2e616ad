"""What a recording is worth. Pure: a file's verdict from its sound, a call's from all its files.

Only `GOOD` is good. An answered call that was wanted and whose verdict is another one is an alarm; so is a file that no
call of ours can explain away. `NOT_WANTED` is no verdict on quality: the policy said no.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from telephony.recording.plan.waveform import Sound

_LEAST_VOICE = 0.2
"""Seconds above the silence level below which a side has said nothing: a click is no voice."""
_LEAST_REMARKED = 5.0
"""Seconds of a talk from which a silent side is at least remarked, where it is too short for an alarm."""


class SoundVerdict(StrEnum):
    """Of one file or of a whole call."""

    GOOD = "good"
    SILENT = "silent"
    """Nobody can be heard."""
    ONE_SIDED = "one_sided"
    """Only one side can be heard, in a talk that was long enough for both."""
    SHORT = "short"
    """Shorter than the talk by more than the tolerance."""
    MISSING = "missing"
    """There is no file."""
    UNREADABLE = "unreadable"
    """There is a file, but it could not be converted."""
    REFUSED = "refused"
    """The PBX named a file outside the shared folders."""
    NOT_WANTED = "not_wanted"
    """The policy wants no recording of this call."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What is still good."""

    seconds: float = 2.0
    percent: float = 3.0
    one_sided_seconds: float = 15.0

    def shortest(self, talk_seconds: float) -> float:
        """Return the least length of a good recording of so long a talk."""
        return max(0.0, talk_seconds * (1 - self.percent / 100) - self.seconds)


@dataclass(frozen=True, slots=True)
class Kept:
    """One file of a call after its conversion; ``sound`` is None where there is nothing to hear."""

    verdict: SoundVerdict
    sound: Sound | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and, for a bad or a doubtful one, a sentence that says what was expected and what was found."""

    verdict: SoundVerdict
    why: str = ""


def judge_file(sound: Sound) -> SoundVerdict:
    """Return whether one converted file can be heard. Its length is judged with the call."""
    if sound.seconds <= 0 or not sound.sides:
        return SoundVerdict.UNREADABLE
    return (
        SoundVerdict.GOOD if any(side.voiced_seconds >= _LEAST_VOICE for side in sound.sides) else SoundVerdict.SILENT
    )


def judge_call(talk_seconds: float, files: Sequence[Kept], tolerance: Tolerance, *, whole: bool = True) -> Judgement:
    """Return whether an answered call that was wanted has a good recording.

    Args:
        talk_seconds: how long persons were bridged.
        files: all its files.
        tolerance: what is still good.
        whole: False if somebody ordered a part of it not to be recorded: then its length proves nothing.
    """
    sounds = [file.sound for file in files if file.sound is not None]
    if not sounds:
        return _without_sound(files)
    total = sum(sound.seconds for sound in sounds)
    shortest = tolerance.shortest(talk_seconds)
    if whole and total < shortest:
        return Judgement(
            SoundVerdict.SHORT,
            f"{total:.1f} s are recorded of a talk of {talk_seconds:.1f} s (at least {shortest:.1f} s)",
        )
    voiced = _voiced(sounds)
    if talk_seconds > tolerance.seconds and not any(seconds >= _LEAST_VOICE for seconds in voiced):
        return Judgement(SoundVerdict.SILENT, f"nothing can be heard in {total:.1f} s")
    if min(voiced) >= _LEAST_VOICE or talk_seconds < min(_LEAST_REMARKED, tolerance.one_sided_seconds):
        return Judgement(SoundVerdict.GOOD)
    side = "the customer" if voiced[0] < _LEAST_VOICE else "the manager"
    why = f"{side} cannot be heard in {total:.1f} s"
    if talk_seconds >= tolerance.one_sided_seconds:
        return Judgement(SoundVerdict.ONE_SIDED, why)
    return Judgement(SoundVerdict.GOOD, f"{why}: too short a talk to be sure that it is a fault")


def _without_sound(files: Sequence[Kept]) -> Judgement:
    for verdict, why in (
        (SoundVerdict.UNREADABLE, "the PBX wrote a file that cannot be converted"),
        (SoundVerdict.REFUSED, "the PBX wrote it outside the shared folders (recording.shared)"),
    ):
        if any(file.verdict is verdict for file in files):
            return Judgement(verdict, why)
    reason = "the PBX told of a recording, but its file is not there" if files else "nothing recorded it"
    return Judgement(SoundVerdict.MISSING, reason)


def _voiced(sounds: Sequence[Sound]) -> tuple[float, ...]:
    """Return how long each side was heard over all files; a mono file speaks for all sides."""
    width = max(len(sound.sides) for sound in sounds)
    return tuple(
        sum(sound.sides[side if len(sound.sides) == width else 0].voiced_seconds for sound in sounds)
        for side in range(width)
    )


def redundant(talk_seconds: float, adopted: Sequence[Kept], tolerance: Tolerance) -> bool:
    """Return whether the PBX's own files cover the whole talk, so that a tape of ours would only double them."""
    return bool(adopted) and judge_call(talk_seconds, adopted, tolerance) == Judgement(SoundVerdict.GOOD)
