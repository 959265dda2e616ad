"""What the dialplan says of a customer's dial: its report to the daemon, and the note that it leaves on the PBX. Pure.

A report needs a daemon that lives when the dial ends. So the dialplan also writes how far an attempt has come into a
global variable of the PBX (dialplan/manager.conf), which outlives every daemon, and is asked when nobody else knows.
There are a hundred such variables, used in turn; each note names its attempt, so that one of another is nobody's.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from telephony.callback.policy.model import AttemptKey

_VARIABLE: Final = "RINGBACK_WITNESS"
_MOST_DIGITS: Final = 7


class DialStage(StrEnum):
    """How far the dialplan came with an attempt."""

    BEGAN = "began"
    """The manager listens."""
    DIALLING = "dialling"
    """The customer's phone is being rung."""
    ANSWERED = "answered"
    """The customer picked up."""
    ENDED = "ended"
    """The dial is over; how, the report tells."""


@dataclass(frozen=True, slots=True)
class WitnessReport:
    """The dialplan's own words about the customer's dial."""

    dialstatus: str
    cause: int
    """Q.850, 0 if not told."""
    talk_seconds: float
    """Between the clock's whole seconds: one too many at the most; negative if the clock was set back meanwhile."""

    @property
    def clock_went_back(self) -> bool:
        """Whether the clock was set back while they talked: then nobody knows how long."""
        return self.talk_seconds < 0

    @property
    def answered(self) -> bool:
        """Whether the customer picked up."""
        return self.dialstatus == "ANSWER" or self.talk_seconds > 0


@dataclass(frozen=True, slots=True)
class WitnessNote:
    """A note as it was read."""

    stage: DialStage
    report: WitnessReport | None = None
    """Of a dial that ended."""


def place_of(key: AttemptKey) -> str:
    """Name the global variable that an attempt is written into."""
    return f"{_VARIABLE}_{str(key)[-2:]}"


def read(note: str, attempt: str) -> WitnessNote | None:
    """Read ``attempt/stage`` or ``attempt/ended/DIALSTATUS/cause/seconds``; None if it is not of ``attempt``."""
    of, _, words = note.partition("/")
    if of != attempt:
        return None
    match words.split("/"):
        case [DialStage.BEGAN | DialStage.DIALLING | DialStage.ANSWERED as stage]:
            return WitnessNote(DialStage(stage))
        case [DialStage.ENDED, dialstatus, cause, talked]:
            return WitnessNote(DialStage.ENDED, WitnessReport(dialstatus, whole_number(cause), whole_number(talked)))
        case _:
            return None


def whole_number(text: str) -> int:
    """Read what a dialplan says of a dial (a cause, seconds that may be below nothing); 0 if it is no number."""
    return -_count(text[1:]) if text.startswith("-") else _count(text)


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else 0
