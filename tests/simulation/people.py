"""What people do with telephones: every draw that is theirs comes from one source, so that a seed is a whole day."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from tests.simulation.link import Link

_T = TypeVar("_T")


class Ring(StrEnum):
    """What becomes of a telephone that rings."""

    ANSWER = "answers"
    SILENT = "lets it ring"
    BUSY = "is busy"
    REFUSE = "refuses"
    OFF = "is switched off"
    UNKNOWN = "does not exist"
    CONGESTION = "cannot be reached: congestion"


class Ear(NamedTuple):
    """A daemon that hears a PBX, by one connection without a gap."""

    link: "Link"
    connection: int

    @property
    def hears(self) -> bool:
        """Whether it still does, and has heard all that there was."""
        return self.link.hears and self.link.connection == self.connection


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment: in simulated seconds, and as the PBX's clock had it, which may be set."""

    seconds: float
    told: datetime
    life: int
    """Which start of Asterisk it was in."""
    call: str
    """The uniqueid of the call that it is about."""


@dataclass(slots=True)
class Customer:
    """Somebody outside, and the truth about them, which no daemon may know."""

    number: str
    name: str
    channels: dict[str, None] = field(default_factory=dict)
    """Of all calls that they are in."""
    talks: int = 0
    """In so many calls they hear somebody of ours now."""
    missed_at: Moment | None = None
    """When they last hung up unanswered."""
    reached: str = ""
    """How they were reached by a callback since their last miss; empty: they were not."""
    reached_known_by: "Sequence[Ear] | None" = None
    """Who alone can know it, since the clock was set back in the talk's midst; None: the figures tell it."""
    reached_forwards: int = 0
    """How often the clock had been set forward by then: as long as that stays, who judges the talk knows the step."""
    calls: list[str] = field(default_factory=list)
    """The uniqueids of their own calls."""
    reached_before: str = ""
    """The last of these before they were reached."""
    owed: str = ""
    """The uniqueid of their last miss, if they have talked with nobody since."""


@dataclass(slots=True)
class Phone:
    """A manager's: on the desk, or a mobile behind the trunk."""

    dialstring: str
    number: str
    manager: str
    registered: bool = True
    channels: dict[str, None] = field(default_factory=dict)


class People:
    """Draws what they do. ``calm``: the storm is over, everybody does what they should."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.calm = False

    def manager_rung(self) -> tuple[Ring, float]:
        if self.calm:
            return Ring.ANSWER, self._rng.uniform(1, 6)
        kind = self._one_of(((Ring.ANSWER, 62), (Ring.SILENT, 22), (Ring.REFUSE, 9), (Ring.BUSY, 7)))
        return kind, self._rng.uniform(0.2, 1) if kind is Ring.BUSY else self._rng.uniform(0.5, 12)

    def manager_presses(self) -> tuple[str, float]:
        """A key, nothing at all, or the hook; and after how long."""
        if self.calm:
            return "1", self._rng.uniform(0.2, 4)
        key = self._one_of((("1", 74), ("2", 6), ("3", 5), ("9", 4), ("", 5), ("hook", 6)))
        return key, self._rng.uniform(0.05, 12)

    def customer_rung(self) -> tuple[Ring, float]:
        if self.calm:
            return Ring.ANSWER, self._rng.uniform(1, 8)
        kind = self._one_of(
            (
                (Ring.ANSWER, 62),
                (Ring.SILENT, 17),
                (Ring.BUSY, 7),
                (Ring.REFUSE, 4),
                (Ring.OFF, 4),
                (Ring.CONGESTION, 5),
                (Ring.UNKNOWN, 1),
            )
        )
        return kind, self._rng.uniform(0.3, 2) if kind not in {Ring.ANSWER, Ring.REFUSE} else self._rng.uniform(1, 15)

    def manager_waits(self) -> float:
        """How long a manager hears the customer's telephone ring before they hang up."""
        return self._rng.uniform(1, 15) if not self.calm and self._rng.random() < 0.06 else 1000.0

    def talks_for(self) -> float:
        if self.calm or self._rng.random() < 0.8:
            return self._rng.uniform(8, 90)
        return self._rng.uniform(0.3, 3)

    def customer_hangs_up_first(self) -> bool:
        return self._rng.random() < 0.5

    def caller_waits(self) -> float:
        """How long a caller lets it ring."""
        return self._rng.uniform(1, 25)

    def gets_answered(self) -> bool:
        return self._rng.random() < 0.25

    def wants_another_time(self) -> bool:
        return self._rng.random() < 0.2

    def hears_the_promise_out(self) -> bool:
        return self._rng.random() < 0.85

    def seconds(self, least: float, most: float) -> float:
        return self._rng.uniform(least, most)

    def _one_of(self, choices: Sequence[tuple[_T, int]]) -> _T:
        return self._rng.choices([kind for kind, _ in choices], [weight for _, weight in choices])[0]
