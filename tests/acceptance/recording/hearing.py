"""What can be heard in a recording: its sides as samples, and the pitch of each."""

import array
import math
import subprocess
from dataclasses import dataclass
from pathlib import Path

from deploy.lab.telephones.leg import Leg
from telephony.recording.audio import find_program

RATE = 8000
LOUD = 1000
FAINT = 60
"""A twentieth of a tone that is there: mp3's own noise is below."""


@dataclass(frozen=True)
class Heard:
    sides: "tuple[array.array[int], ...]"

    @property
    def seconds(self) -> float:
        return len(self.sides[0]) / RATE

    def strength(self, side: int, hertz: float, start: float = 0.0, end: float | None = None) -> float:
        """Amplitude of one pitch (of 32767) on one side between two times in seconds."""
        samples = self.sides[side][int(start * RATE) : None if end is None else int(end * RATE)]
        factor = 2 * math.cos(2 * math.pi * hertz / RATE)
        now = before = 0.0
        for sample in samples:
            now, before = sample + factor * now - before, now
        power = now * now + before * before - factor * now * before
        return 2 * math.sqrt(max(power, 0)) / max(len(samples), 1)

    def loudest(self, side: int, start: float = 0.0, end: float | None = None) -> int:
        samples = self.sides[side][int(start * RATE) : None if end is None else int(end * RATE)]
        return max(map(abs, samples), default=0)

    def silent_seconds(self, side: int) -> float:
        """The longest stretch in which nothing is louder than 200."""
        longest = run = 0
        for begin in range(0, len(self.sides[side]), 80):
            quiet = max(map(abs, self.sides[side][begin : begin + 80])) < 200
            run = run + 1 if quiet else 0
            longest = max(longest, run)
        return longest / 100


def hear(path: Path, sides: int) -> Heard:
    told = subprocess.run(  # noqa: S603 - our own ffmpeg
        [find_program(""), "-loglevel", "error", "-i", path, "-f", "s16le", "-ar", str(RATE), "-ac", str(sides), "-"],
        check=True,
        capture_output=True,
        timeout=30,
    ).stdout
    samples = array.array("h", told)
    return Heard(tuple(samples[side::sides] for side in range(sides)))


def assert_sides(found: Heard, customer: Leg, manager: Leg) -> None:
    """The customer is heard on the left only, the manager on the right only."""
    assert customer.tone != manager.tone
    levels = {
        "customer left": found.strength(0, customer.tone),
        "customer right": found.strength(1, customer.tone),
        "manager left": found.strength(0, manager.tone),
        "manager right": found.strength(1, manager.tone),
    }
    told = {name: round(level) for name, level in levels.items()}
    assert levels["customer left"] > LOUD, told
    assert levels["manager right"] > LOUD, told
    assert levels["customer right"] < FAINT, told
    assert levels["manager left"] < FAINT, told
