"""Ears for tests: is a given tone in a recording, and how loud is it altogether?"""

import math
import struct
import wave
from pathlib import Path

_WINDOW = 800
"""Samples looked at in one go: a tenth of a second at 8 kHz."""


def samples(path: Path, channel: int = 0) -> tuple[int, list[int]]:
    """Return rate and samples of one channel of a 16 bit WAV file."""
    with wave.open(str(path), "rb") as file:
        count = file.getnchannels()
        values = struct.unpack(f"<{file.getnframes() * count}h", file.readframes(file.getnframes()))
        return file.getframerate(), list(values[channel::count])


def loudness(path: Path, channel: int = 0) -> float:
    """Return the root mean square of a channel, 0 (silence) to 32767."""
    _, values = samples(path, channel)
    return math.sqrt(sum(value * value for value in values) / len(values)) if values else 0.0


def seconds_of_tone(path: Path, frequency: int, channel: int = 0) -> float:
    """Return for how many seconds ``frequency`` (Hz) sounds in a channel, in steps of 0.1 s."""
    rate, values = samples(path, channel)
    windows = (values[start : start + _WINDOW] for start in range(0, len(values) - _WINDOW, _WINDOW))
    return round(sum(_share(window, frequency, rate) > 0.3 for window in windows) * _WINDOW / rate, 1)  # noqa: PLR2004 - of all energy


def _share(window: list[int], frequency: int, rate: int) -> float:
    """Return the share of the window's energy that lies at ``frequency`` (Goertzel)."""
    energy = sum(value * value for value in window)
    if energy < 100 * len(window):
        return 0.0
    turn = 2 * math.cos(2 * math.pi * frequency / rate)
    before = last = 0.0
    for value in window:
        before, last = last, value + turn * last - before
    power = before * before + last * last - turn * before * last
    return 2 * power / (len(window) * energy)
