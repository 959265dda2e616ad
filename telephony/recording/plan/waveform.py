"""What a recording sounds like, in numbers: length, levels, a drawing of each side. Pure.

ffmpeg measures (`audio.py`): it cuts the sound into windows and prints the peak and the RMS of each window and
channel as text, so no sample ever comes into this process. Here the text becomes windows, and the windows become a
`Sound`.

A window is a fixed number of samples; the last one may be shorter. With 2,000 windows and more in a recording its
length is known to 0.05 % and each of the 1,000 peaks is made of two windows or more; short recordings are measured
more finely.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

PEAKS = 1000
"""So many peaks has the drawing of each side, whatever the length."""
RATE = 8000
"""Samples a second at which sound is measured."""
_FINEST = 20
_WINDOWS = 2000
_FLOOR = -120.0
_LINE = re.compile(r"^lavfi\.astats\.([12]|Overall)\.(Peak_level|RMS_level|Number_of_samples)=(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class LoudnessWindow:
    """A short piece of one side: its loudest sample and its RMS, both in dBFS (-120 for nothing at all)."""

    peak: float
    rms: float


@dataclass(frozen=True, slots=True)
class Side:
    """One channel of a recording."""

    level: float
    """RMS over all of it, dBFS."""
    voiced_seconds: float
    """How long it was louder than silence."""
    peaks: bytes
    """1,000 numbers from 0 (nothing) to 255 (full scale), evenly over the whole length."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A whole recording: one side (mono) or two (customer left, manager right)."""

    seconds: float
    sides: tuple[Side, ...]


def window_samples(expected_seconds: float) -> int:
    """Return how many samples (at `RATE`) a window should have for a recording of about this length."""
    return max(_FINEST, int(expected_seconds * RATE / _WINDOWS))


@dataclass(frozen=True, slots=True)
class Measured:
    """What ffmpeg told: how many samples there are in all, and each channel's windows in order."""

    samples: int
    channels: tuple[tuple[LoudnessWindow, ...], ...]


def read_windows(text: str) -> Measured:
    """Read what ffmpeg's ``astats`` and ``ametadata`` print.

    What is not of the form is passed over. Channels of unequal length (a stream that changes in mid-file) are cut to
    the shortest of each one's two rows.
    """
    rows: dict[tuple[str, str], list[float]] = {}
    samples = 0.0
    for found in _LINE.finditer(text):  # not findall: one long step in a thread would hold up the event loop
        channel, measure, value = found.groups()
        if measure == "Number_of_samples":
            samples += max(0.0, _number(value, 0.0))
        else:
            rows.setdefault((channel, measure), []).append(max(_FLOOR, _number(value, _FLOOR)))
    names = sorted({channel for channel, _ in rows})
    pairs = [zip(rows.get((name, "Peak_level"), ()), rows.get((name, "RMS_level"), ()), strict=False) for name in names]
    return Measured(int(samples), tuple(tuple(LoudnessWindow(*pair) for pair in windows) for windows in pairs))


def _number(text: str, otherwise: float) -> float:
    """Read a number; ``-inf`` (digital silence) and what is no number give ``otherwise``."""
    try:
        value = float(text)
    except ValueError:
        return otherwise
    return value if math.isfinite(value) else otherwise


def summarize(measured: Measured, window: int, silence_dbfs: float) -> Sound:
    """Make a `Sound` of what was measured.

    Args:
        measured: as `read_windows` returns it.
        window: samples of a window, at `RATE`.
        silence_dbfs: a window softer than this (RMS) is silence.
    """
    sides = tuple(_side(windows, window, silence_dbfs) for windows in measured.channels if windows)
    return Sound(round(measured.samples / RATE, 3), sides)


def _side(windows: Sequence[LoudnessWindow], samples: int, silence_dbfs: float) -> Side:
    power = math.fsum(10 ** (window.rms / 10) for window in windows) / len(windows)
    voiced = sum(window.rms >= silence_dbfs for window in windows) * samples / RATE
    return Side(round(max(_FLOOR, 10 * math.log10(power)), 2), round(voiced, 3), drawing(windows))


def drawing(windows: Sequence[LoudnessWindow]) -> bytes:
    """Return the loudest of each thousandth of ``windows`` as 1,000 bytes; few windows are repeated."""
    count = len(windows)
    if not count:
        return bytes(PEAKS)
    levels = [min(255, round(255 * 10 ** (window.peak / 20))) for window in windows]
    edges = [index * count // PEAKS for index in range(PEAKS + 1)]
    return bytes(max(levels[low : max(high, low + 1)]) for low, high in pairwise(edges))
