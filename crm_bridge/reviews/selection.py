"""Which calls are to be heard. Pure.

A week's draw: each call has a rank, the SHA-256 of the week's first day, the week's seed and the call's id; of each
manager's calls those with the smallest ranks are drawn. The seed is made when the week begins, its hash is shown at
once and itself when the week is over: nobody can choose, and anybody can check.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

SHORTEST_FIRST: Final = timedelta(seconds=20)
"""A customer's first talk that was shorter has nothing to be heard."""
SHORTEST_DRAWN: Final = timedelta(seconds=30)
_DIRECTIONS: Final = ("inbound", "outbound")


class ReviewWhy(StrEnum):
    """Why a call is to be heard."""

    UNHAPPY = "unhappy"
    """Its customer is not content."""
    FIRST_CALL = "first_call"
    """The first time that we talked with this customer."""
    ASKED = "asked"
    """Somebody asked for it."""
    RANDOM = "random"
    """It was drawn; only such reviews make averages."""


@dataclass(frozen=True, slots=True)
class Drawable:
    """A call that may be drawn."""

    call_id: str
    manager: str
    """Who talked: extension and PBX, as one name."""
    direction: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A call that was drawn."""

    call: Drawable
    rank: bytes


def monday_of(day: date) -> date:
    """Return the first day of a day's week."""
    return day - timedelta(days=day.weekday())


def rank(week: date, seed: bytes, call_id: str) -> bytes:
    """Return where a call stands in a week's draw: 32 bytes, the smallest is drawn first."""
    return hashlib.sha256(f"{week.isoformat()} {seed.hex()} {call_id}".encode()).digest()


def draw(week: date, seed: bytes, calls: Iterable[Drawable], each: int) -> list[Drawn]:
    """Draw up to ``each`` calls of every manager.

    Of two or more there is at least one that came in and one that went out, if the manager has both.
    """
    by_manager: defaultdict[str, list[Drawn]] = defaultdict(list)
    for call in calls:
        by_manager[call.manager].append(Drawn(call, rank(week, seed, call.call_id)))
    found: list[Drawn] = []
    for manager in sorted(by_manager):
        found += _of_one(sorted(by_manager[manager], key=lambda it: it.rank), each)
    return found


def _of_one(ranked: list[Drawn], each: int) -> list[Drawn]:
    chosen = ranked[:each]
    if each < len(_DIRECTIONS):
        return chosen
    for direction in _DIRECTIONS:
        if any(it.call.direction == direction for it in chosen):
            continue
        first = next((it for it in ranked if it.call.direction == direction), None)
        if first is not None:
            chosen = [*chosen[:-1], first]
    return chosen
