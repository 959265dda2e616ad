"""Which piece of a recording is which line of the sheet, and what is wrong if they do not fit. Pure.

A sentence's length tells it: pieces and lines are laid side by side in order, in the way in which the lengths differ
least, where a line may be missing, a piece may be nobody's, two lines may be one piece (no pause between them), and one
line two pieces (a pause within it).
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

_SPREAD: Final = 0.2
"""How far one reader's lengths lie from what the letters say: the logarithm of a factor of 1.2."""
_LACKS: Final = 6.0
"""What a missing line, or a piece of nobody's, costs: as much as a length that is wrong by a factor of 2."""
_JOINT: Final = 8.0
"""What a pause too few or too many costs."""
_STRAYS: Final = 4
"""So many lines may lack, one after the other, while as many pieces are too many."""
_UNLIKELY: Final = 0.8
"""The logarithm of a factor of 2.2: a line that is so much longer or shorter than expected is doubted."""
_LETTERS_A_SECOND: Final = 14.0
_FULL_STOP_SECONDS: Final = 0.5
_ALWAYS_SECONDS: Final = 0.2


class Fit(NamedTuple):
    """Lines and pieces that belong together, as indexes; one of each where all is well."""

    lines: tuple[int, ...]
    pieces: tuple[int, ...]
    doubted: bool = False
    """It is one of each, but of a length that is unlikely."""

    @property
    def is_well(self) -> bool:
        """Whether it is one line and its piece."""
        return len(self.lines) == len(self.pieces) == 1 and not self.doubted


def fit(texts: Sequence[str], seconds: Sequence[float]) -> list[Fit]:
    """Lay lines and pieces side by side, at the pace at which they fit best.

    Args:
        texts: the lines' sentences, in order.
        seconds: the pieces' lengths, in order.
    """
    usual = [_usual(text) for text in texts]
    ways = [_way([pace * length for length in usual], seconds) for pace in _PACES]
    return min(ways, key=lambda way: way[0])[1]


def _usual(text: str) -> float:
    """Return how long a sentence takes usually, in seconds."""
    stops = len(re.findall(r"[.?!] ", text))
    return _ALWAYS_SECONDS + len(text) / _LETTERS_A_SECOND + _FULL_STOP_SECONDS * stops


def _way(lengths: Sequence[float], seconds: Sequence[float]) -> tuple[float, list[Fit]]:
    """Return the cheapest way to lay side by side, and its cost: from the end, the best of each rest."""
    rests: dict[tuple[int, int], tuple[float, Fit | None]] = {(len(lengths), len(seconds)): (0.0, None)}
    farthest = abs(len(lengths) - len(seconds)) + _STRAYS
    for line in range(len(lengths), -1, -1):
        for piece in range(min(len(seconds), line + farthest), max(0, line - farthest) - 1, -1):
            steps = [step for step in _STEPS if (line + step[0], piece + step[1]) in rests]
            if steps:
                rests[line, piece] = min(
                    (_first(lengths, seconds, (line, piece), step, rests) for step in steps), key=lambda one: one[0]
                )
    way: list[Fit] = []
    at = (0, 0)
    while (found := rests[at][1]) is not None:
        way.append(found)
        at = (at[0] + len(found.lines), at[1] + len(found.pieces))
    return rests[0, 0][0], way


def _first(
    lengths: Sequence[float],
    seconds: Sequence[float],
    at: tuple[int, int],
    step: tuple[int, int],
    rests: Mapping[tuple[int, int], tuple[float, Fit | None]],
) -> tuple[float, Fit]:
    """Return what one step costs with all that follows, and the step."""
    lines, pieces = range(at[0], at[0] + step[0]), range(at[1], at[1] + step[1])
    apart = 0.0
    if lines and pieces:
        heard = sum(seconds[index] for index in pieces)
        apart = abs(math.log(max(heard, 0.01) / sum(lengths[index] for index in lines)))
    cost = _STEPS[step] + (apart / _SPREAD) ** 2 / 2 + rests[lines.stop, pieces.stop][0]
    return cost, Fit(tuple(lines), tuple(pieces), doubted=step == (1, 1) and apart > _UNLIKELY)


_STEPS: Final = {(1, 1): 0.0, (1, 0): _LACKS, (0, 1): _LACKS, (2, 1): _JOINT, (1, 2): _JOINT}
"""How many lines and pieces may belong together, and what that costs."""
_PACES: Final = (0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.4, 1.6, 1.8)
"""From a hurried reader to one who drawls."""
