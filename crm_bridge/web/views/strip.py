"""A call's legs as a strip: who was rung from when to when, and who talked. In thousandths of the call's length."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from crm_bridge.schemas import LegShape

WIDTH: Final = 1000
_LEAST: Final = 4
_MOST_MARKS: Final = 6
_NICE: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)


class StripSpan(NamedTuple):
    """A piece of a row: `ring`, `talk` or `idle`."""

    kind: str
    left: int
    width: int


class LegRow(NamedTuple):
    """One leg."""

    number: str
    name: str
    spans: tuple[StripSpan, ...]
    seconds: float
    cause: int | None
    answered: bool
    over: bool


class Mark(NamedTuple):
    """A place on the scale."""

    left: int
    seconds: float


class Strip(NamedTuple):
    """All of it."""

    rows: tuple[LegRow, ...]
    marks: tuple[Mark, ...]


def strip(legs: Sequence[LegShape], started_at: datetime, ended_at: datetime, *, is_over: bool) -> Strip:
    """Draw a call's legs; ``ended_at`` is now for a call that goes on, which is not ``is_over``."""
    length = max(1.0, (ended_at - started_at).total_seconds())

    def place(at: datetime) -> int:
        return max(0, min(WIDTH, round((at - started_at).total_seconds() / length * WIDTH)))

    def span(kind: str, begin: datetime, end: datetime) -> StripSpan:
        left = min(place(begin), WIDTH - _LEAST)
        return StripSpan(kind, left, max(_LEAST, place(end) - left))

    rows = []
    for leg in legs:
        end = leg.ended_at or ended_at
        spans = []
        rang = leg.rang_at
        if rang is not None:
            spans.append(span("ring", rang, leg.answered_at or end))
        if leg.answered_at is not None:
            spans.append(span("talk", leg.answered_at, end))
        if not spans:
            spans.append(span("idle", leg.started_at, end))
        seconds = (end - leg.started_at).total_seconds()
        answered, over = leg.answered_at is not None, leg.ended_at is not None or is_over
        rows.append(LegRow(leg.number, leg.name, tuple(spans), seconds, leg.hangup_cause, answered, over))
    return Strip(tuple(rows), tuple(_marks(length)))


def _marks(length: float) -> list[Mark]:
    step = next((nice for nice in _NICE if length / nice <= _MOST_MARKS), length / _MOST_MARKS)
    count = int(length // step)
    return [Mark(round(number * step / length * WIDTH), number * step) for number in range(count + 1)]
