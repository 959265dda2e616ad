"""What the past's recordings sound like: two people in turns, as bursts that look and sound like far-off speech."""

import array
import asyncio
import hashlib
import math
import random
from pathlib import Path
from typing import Final

from deploy.demo.past.model import Sound
from telephony.recording.audio import INTERLEAVED, Converter, find_program

_RATE: Final = 8000
_STEP: Final = 80
"""Samples between two looks at loudness and pitch: ten milliseconds."""


async def make_sounds(folder: Path, count: int = 4, seed: int = 7) -> list[Sound]:
    """Write ``count`` talks of a minute or so into the folder of recordings."""
    converter = Converter(find_program(""))
    made = []
    for number in range(count):
        seconds = 34 + 23 * number
        name = f"past-{number + 1}.mp3"
        raw = folder / f"{name}.raw"
        raw.write_bytes(await asyncio.to_thread(_talk, seconds, random.Random(seed + number)))  # noqa: S311 - a story
        await converter.convert(raw, INTERLEAVED, folder / name)
        raw.unlink()
        heard = await converter.measure(folder / name)
        body = (folder / name).read_bytes()
        left, right = heard.sides
        made.append(
            Sound(
                name,
                len(body),
                hashlib.sha256(body).digest(),
                heard.seconds,
                (left.level, right.level),
                (left.voiced_seconds, right.voiced_seconds),
                (left.peaks, right.peaks),
            )
        )
    return made


def _talk(seconds: int, rng: random.Random) -> bytes:
    """Make interleaved samples: turns of one to six seconds, a pause of five once in a while."""
    samples = array.array("h", bytes(4 * _RATE * seconds))
    at, side = 0.6, rng.randrange(2)
    while at < seconds - 1:
        long = min(rng.uniform(1, 6), seconds - 0.6 - at)
        _phrase(samples, int(at * _RATE), int(long * _RATE), side, rng)
        at += long + (rng.uniform(3.5, 6) if rng.random() < 0.1 else rng.uniform(0.1, 0.7))
        side = 1 - side if rng.random() < 0.75 else side
    return samples.tobytes()


def _phrase(samples: "array.array[int]", begin: int, length: int, side: int, rng: random.Random) -> None:
    """Write syllables: each some tenths of a second, of a falling pitch with two overtones."""
    pitch, phase, loud, target = (190.0 if side == 0 else 115.0), 0.0, 0.0, 0.0
    syllable = 0
    for place in range(length):
        if place % _STEP == 0:
            syllable -= 1
            if syllable <= 0:
                syllable, target = rng.randrange(9, 30), rng.choice((0.0, 0.25, 0.6, 0.9))
                pitch = (190 if side == 0 else 115) * rng.uniform(0.85, 1.2)
            loud += (target - loud) * 0.3
        phase += 2 * math.pi * pitch / _RATE
        wave = math.sin(phase) + 0.5 * math.sin(2.9 * phase) + 0.25 * math.sin(7.1 * phase)
        samples[2 * (begin + place) + side] = int(9000 * loud * wave / 1.75)
