"""Listening to what a telephone of the lab recorded: was a prompt in it, and when?

Two sounds are compared by their loudness, over 60 ms every 10 ms: a network changes samples, not the rhythm of speech.
"""

import math
import time
import wave
from array import array
from pathlib import Path

_HOP, _WINDOW = 80, 480
"""Samples of 10 and 60 ms."""
_EDGE = 10
_LOOKS, _LOOK_SECONDS = 60, 0.05
ALIKE = 0.9
"""Correlation above which two envelopes are the same sentence; different sentences stay below 0.7."""


def envelope(path: Path) -> list[float]:
    samples = _samples(path)
    squares = [sum(sample * sample for sample in samples[at : at + _HOP]) for at in range(0, len(samples), _HOP)]
    hops = _WINDOW // _HOP
    return [math.sqrt(sum(squares[at : at + hops]) / _WINDOW) for at in range(len(squares) - hops + 1)]


def _samples(path: Path) -> "array[int]":
    """Read a sound file; the world closes its own a moment after the hang-up, and writes the head last."""
    for _ in range(_LOOKS):
        try:
            with wave.open(str(path)) as file:
                return array("h", file.readframes(file.getnframes()))
        except (wave.Error, EOFError):
            time.sleep(_LOOK_SECONDS)
    raise AssertionError(f"{path} never became a sound file")


def find(prompt: list[float], heard: list[float]) -> tuple[float, float]:
    """Return how alike the best place in ``heard`` is to ``prompt`` (1 is the same), and its second.

    A tenth of a second at either end is left out: recordings begin and end in the middle of a packet.
    """
    best, where = 0.0, 0
    prompt = prompt[_EDGE:-_EDGE]
    for at in range(len(heard) - len(prompt) + 1):
        likeness = _correlation(prompt, heard[at : at + len(prompt)])
        if likeness > best:
            best, where = likeness, at
    return best, where * _HOP / 8000


def _correlation(one: list[float], other: list[float]) -> float:
    mean_one, mean_other = sum(one) / len(one), sum(other) / len(other)
    together = sum((a - mean_one) * (b - mean_other) for a, b in zip(one, other, strict=True))
    alone = math.sqrt(sum((a - mean_one) ** 2 for a in one) * sum((b - mean_other) ** 2 for b in other))
    return together / alone if alone else 0.0


def first_sound(heard: list[float], loudness: float = 100) -> float:
    """Return the second of the first sound; infinity if there is none."""
    return next((at * _HOP / 8000 for at, each in enumerate(heard) if each > loudness), math.inf)
