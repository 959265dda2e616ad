"""One long recording cut where its reader paused. Pure; sounds are samples of 8 kHz, mono, 16 bit.

Loud is what stands out from this recording's own quiet: a room's hum is no voice, and a breath is none either. A pause
within a sentence is shorter than `PAUSE_SECONDS`, one between two sentences longer.
"""

import math
from array import array
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from telephony.voice.speech.wav import RATE

PAUSE_SECONDS: Final = 1.5
_FRAME: Final = RATE // 50
_FRAMES_A_SECOND: Final = RATE / _FRAME
_FULL_SCALE: Final = 32768
_QUIETEST: Final = -90.0
_LEAST_CONTRAST: Final = 12.0
"""Decibels between voice and quiet: below this nobody can tell where a sentence ends."""
_ABOVE_THE_QUIET, _BELOW_THE_VOICE, _AT_LEAST_BELOW = 6.0, 30.0, 6.0
"""Decibels."""
_CLICK, _ALONE = 0.1, 0.3
"""Seconds: a sound so short, with so much quiet around it, is a click."""
_SHORTEST: Final = 0.2
_BEFORE, _AFTER = 0.15, 0.25
"""Seconds of quiet that a sentence keeps: its first and last sounds may be faint."""
_WANTED_PEAK: Final = 16_000
"""Half of full scale: what telephone prompts have."""
_MOST_GAIN: Final = 20.0
_LOOKED_AT: Final = 100_000
"""Samples, of the whole recording: enough to tell how loud it is."""


class TooNoisy(ValueError):
    """The recording's quiet is as loud as its voice; the text tells the two in decibels."""


class SpokenPiece(NamedTuple):
    """A stretch of sound between two pauses, in seconds from the recording's beginning."""

    begin: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.begin


def pieces(samples: bytes, pause_seconds: float = PAUSE_SECONDS) -> list[SpokenPiece]:
    """Return what was spoken, in order.

    Raises:
        TooNoisy: voice and quiet cannot be told from each other.
    """
    levels = _levels(samples)
    if not levels:
        return []
    bar = _bar(levels)
    runs = _without_clicks(_runs(levels, bar))
    joined: list[SpokenPiece] = []
    for run in runs:
        if joined and run.begin - joined[-1].end < pause_seconds:
            joined[-1] = SpokenPiece(joined[-1].begin, run.end)
        else:
            joined.append(run)
    return [run for run in joined if run.seconds >= _SHORTEST]


def cut(samples: bytes, piece: SpokenPiece) -> bytes:
    """Return a piece's samples with a little of the quiet around it."""
    begin, end = max(0.0, piece.begin - _BEFORE), piece.end + _AFTER
    return samples[int(begin * RATE) * 2 : int(end * RATE) * 2]


def louder(samples: bytes) -> bytes:
    """Bring a whole recording to the loudness of telephone prompts: all by one factor, so that voices stay alike."""
    values = array("h", samples[: len(samples) // 2 * 2])
    if not values:
        return samples
    some = sorted(map(abs, values[:: max(1, len(values) // _LOOKED_AT)]))
    loudest = some[int(len(some) * 0.9995)]
    gain = min(_WANTED_PEAK / max(loudest, 1), _MOST_GAIN)
    return array("h", (max(-_FULL_SCALE, min(_FULL_SCALE - 1, int(value * gain))) for value in values)).tobytes()


def _levels(samples: bytes) -> list[float]:
    """Return the loudness of each 20 ms in decibels of full scale."""
    values = array("h", samples[: len(samples) // 2 * 2])
    return [
        max(_QUIETEST, 20 * math.log10(max(sum(map(abs, values[at : at + _FRAME])) / _FRAME / _FULL_SCALE, 1e-9)))
        for at in range(0, len(values) - _FRAME + 1, _FRAME)
    ]


def _bar(levels: Sequence[float]) -> float:
    ordered = sorted(levels)
    quiet, voice = ordered[len(ordered) // 10], ordered[len(ordered) * 95 // 100]
    if voice - quiet < _LEAST_CONTRAST:
        raise TooNoisy(f"the quiet has {quiet:.0f} dB and the voice {voice:.0f} dB")
    return min(max(quiet + _ABOVE_THE_QUIET, voice - _BELOW_THE_VOICE), voice - _AT_LEAST_BELOW)


def _runs(levels: Sequence[float], bar: float) -> list[SpokenPiece]:
    loud = [False, *(level > bar for level in levels), False]
    edges = [at for at, (before, after) in enumerate(pairwise(loud)) if before != after]
    return [
        SpokenPiece(begin / _FRAMES_A_SECOND, end / _FRAMES_A_SECOND)
        for begin, end in zip(edges[::2], edges[1::2], strict=True)
    ]


def _without_clicks(runs: Sequence[SpokenPiece]) -> list[SpokenPiece]:
    def alone(at: int) -> bool:
        before = at == 0 or runs[at].begin - runs[at - 1].end > _ALONE
        return before and (at == len(runs) - 1 or runs[at + 1].begin - runs[at].end > _ALONE)

    return [run for at, run in enumerate(runs) if run.seconds > _CLICK or not alone(at)]
