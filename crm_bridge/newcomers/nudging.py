"""What is to be done for a new customer on which of their days. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

HUNDRED: Final = 100
"""So many days a customer is new."""
SILENT_DAYS: Final = 21
"""Who is new and heard nothing of us for longer is silent."""


class NudgeName(StrEnum):
    """What is to be done."""

    THANKS = "thanks"
    WORKS = "works"
    SURVEY = "survey"
    SIXTY = "sixty"
    HUNDREDTH = "hundredth"


class NudgeVerdict(StrEnum):
    """What somebody said of it."""

    DONE = "done"
    NOT_WANTED = "not_wanted"


@dataclass(frozen=True, slots=True)
class Nudge:
    """Something to be done on some days, both ends included."""

    name: NudgeName
    first: int
    last: int


_TABLE: Final = (
    Nudge(NudgeName.THANKS, 1, 3),
    Nudge(NudgeName.WORKS, 7, 10),
    Nudge(NudgeName.SURVEY, 14, 28),
    Nudge(NudgeName.SIXTY, 60, 65),
    Nudge(NudgeName.HUNDREDTH, 98, 100),
)


def due(day: int, settled: Mapping[str, str]) -> tuple[Nudge, ...]:
    """Return what is to be done on a customer's day, from 1; what somebody has settled is not."""
    return tuple(nudge for nudge in _TABLE if nudge.first <= day <= nudge.last and nudge.name not in settled)
