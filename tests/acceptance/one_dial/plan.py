"""What is done to the daemon, when, and what the customer's phone then says of it. Pure: a seed makes a moment."""

import random
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

REACHED_SECONDS: Final = 5.0
"""The daemon's default: a shorter talk did not reach the customer."""
SHORT: Final = (3.0, 4.0)
LONG: Final = 12.0
CALLBACKS: Final = 4
"""In each moment, each with its own manager: the fault meets the others wherever they are."""


class Fault(StrEnum):
    """What happens to the daemon."""

    KILL = "kill -9"
    KILL_TO_THE_END = "kill -9, back after the calls"
    STOP = "SIGSTOP"
    FREEZE = "AMI frozen"


class Phase(StrEnum):
    """How far the aimed-at callback has come."""

    RINGING = "ringing"
    LISTENING = "listening"
    DIALLING = "dialling"
    TALKING = "talking"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Moment:
    """One fault, and the callbacks that it meets. Times are in seconds."""

    number: int
    cel: bool
    """With ``cel_file``."""
    fault: Fault
    phase: Phase
    after: float
    """Since the aimed-at callback, the first one, came to ``phase``."""
    lasts: float
    """How long it is dead, stopped or frozen."""
    talks: tuple[float, ...]
    """How long each customer talks."""
    starts: tuple[float, ...]
    """When each customer is missed."""


def moment(seed: int, number: int) -> Moment:
    """Draw a moment. With and without ``cel_file`` take turns."""
    dice = random.Random(f"{seed} {number}")  # noqa: S311 - a plan, no secret
    talks = tuple(dice.choice((LONG, LONG, dice.uniform(*SHORT))) for _ in range(CALLBACKS))
    phase = dice.choices(list(Phase), (1, 1, 2, 5, 2))[0]
    longest = {Phase.RINGING: 0.5, Phase.LISTENING: 2.0, Phase.DIALLING: 1.0, Phase.OVER: 1.0}.get(phase, talks[0])
    fault = dice.choices(list(Fault), (3, 2, 2, 3))[0]
    return Moment(
        number,
        cel=number // 2 % 2 == 0,
        fault=fault,
        phase=phase,
        after=dice.uniform(0, longest),
        lasts=dice.uniform(0, 3) if fault is Fault.KILL else dice.uniform(2, 8),
        talks=talks,
        starts=(4.0, *(dice.uniform(0, 4) for _ in range(CALLBACKS - 1))),
    )


class Verdict(StrEnum):
    """What came of one callback."""

    REACHED = "talked once, closed"
    SHORT = "talked too shortly, dialled again later"
    SHORT_CLOSED = "talked for a time nobody knows, closed"
    ASKED = "nobody knows, a person is asked"
    DOUBLE = "DIALLED AGAIN AFTER A TALK"
    FORGOTTEN = "NEVER TALKED, NEVER DIALLED AGAIN"
    STUCK = "NEVER SETTLED"


@dataclass(frozen=True, slots=True)
class Seen:
    """One customer's phone, and their request, when all is over."""

    customer: str
    talks: tuple[float, ...]
    """Each call that reached the phone: how long it was answered, 0 if it was not."""
    state: str
    """The request's: ``held``, ``done``..., or why it waits."""


def verdict(seen: Seen) -> Verdict:
    """Judge by the customer's phone first; what is to be dialled again after a talk counts as dialled."""
    talked = [seconds for seconds in seen.talks if seconds > 0]
    again = len(seen.talks) > 1 and any(seconds > 0 for seconds in seen.talks[:-1])
    reached = any(seconds >= REACHED_SECONDS for seconds in talked)
    if again or (reached and seen.state not in {"done", "held"}):
        return Verdict.DOUBLE
    if seen.state == "held":
        return Verdict.ASKED
    if seen.state == "done":
        return Verdict.REACHED if reached else Verdict.SHORT_CLOSED if talked else Verdict.FORGOTTEN
    return Verdict.SHORT if talked and seen.state == "retry" else Verdict.STUCK


def table(results: dict[tuple[Moment, int], Seen]) -> str:
    """Count verdicts by fault and ``cel_file``, for docs/reliability.md."""
    kinds = [one for one in Verdict if any(verdict(seen) is one for seen in results.values())]
    head = ["fault", "`cel_file`", "callbacks", "talks", *kinds]
    rows = [head, ["---"] * len(head)]
    for fault in Fault:
        for cel in (True, False):
            seen = [one for (at, _), one in results.items() if at.fault is fault and at.cel is cel]
            talks = sum(seconds > 0 for one in seen for seconds in one.talks)
            counted = [sum(verdict(one) is kind for one in seen) for kind in kinds]
            rows.append([fault, "yes" if cel else "no", *map(str, (len(seen), talks, *counted))])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
