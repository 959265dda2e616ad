"""Who spoke how much, from a recording's drawing: no words are recognised for that."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final, NamedTuple

_LOUD: Final = 10
"""Of 255: a window that is louder is speech."""
_BREATH: Final = 0.8
"""Seconds of silence inside a speech."""
_SIDES: Final = 2


class SpeechShares(NamedTuple):
    """Seconds of a talk, and the longest stretch that one side spoke."""

    customer: float
    manager: float
    both: float
    silence: float
    longest: float
    """Of the manager, without the customer."""

    def percents(self) -> tuple[int, int, int, int]:
        """Return the first four as whole per cents that make a hundred: the largest remainders are rounded up."""
        parts = (self.customer, self.manager, self.both, self.silence)
        exact = [100 * part / (sum(parts) or 1) for part in parts]
        whole = [int(part) for part in exact]
        behind = sorted(range(len(exact)), key=lambda place: whole[place] - exact[place])
        for place in behind[: max(0, round(sum(exact)) - sum(whole))]:
            whole[place] += 1
        return whole[0], whole[1], whole[2], whole[3]


def shares(peaks: Sequence[bytes], seconds: float) -> SpeechShares | None:
    """Measure a recording of two sides; None where sides are not apart."""
    if len(peaks) != _SIDES or not peaks[0] or len(peaks[0]) != len(peaks[1]) or seconds <= 0:
        return None
    window = seconds / len(peaks[0])
    breath = max(1, round(_BREATH / window))
    customer, manager = (_speaks(side, breath) for side in peaks)
    states = list(zip(customer, manager, strict=True))
    alone = [sum(1 for _ in run) for state, run in groupby(states) if state == (False, True)]
    return SpeechShares(
        customer=states.count((True, False)) * window,
        manager=states.count((False, True)) * window,
        both=states.count((True, True)) * window,
        silence=states.count((False, False)) * window,
        longest=max(alone, default=0) * window,
    )


def _speaks(side: bytes, breath: int) -> list[bool]:
    """Tell for each window whether this side speaks; short breaths belong to the speech."""
    loud = [level > _LOUD for level in side]
    place = 0
    for is_loud, run in [(state, len(list(each))) for state, each in groupby(loud)]:
        if not is_loud and 0 < place < len(loud) - run and run <= breath:
            loud[place : place + run] = [True] * run
        place += run
    return loud
