"""The Net Promoter Score of some scores, and how far it can be trusted. Pure.

Promoters give 9 or 10, detractors 0 to 6; the score is the share of the first less that of the second, from -100 to
100. The band is the one in which the true score lies in nine of ten such samples: by the normal approximation of a
difference of two shares of one sample, whose variance is ``(p + d - (p - d)^2) / n``. Of fewer than ten answers nothing
is said.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, NamedTuple

PROMOTES_FROM, DETRACTS_TO = 9, 6
LEAST_ANSWERS: Final = 10
"""With fewer the band is as wide as the scale."""
_NINE_OF_TEN: Final = Decimal("1.645")
"""The normal distribution's quantile of 0.95: a two-sided band of 90 %."""
_HUNDRED: Final = Decimal(100)


class NetPromoterScore(NamedTuple):
    """What a sample says."""

    answers: int
    promoters: int
    detractors: int
    score: int | None
    """-100 to 100; None with fewer than `LEAST_ANSWERS`."""
    low: int | None
    high: int | None

    @property
    def passives(self) -> int:
        """Who gave 7 or 8."""
        return self.answers - self.promoters - self.detractors


def net_promoter_score(counts: Iterable[tuple[int, int]]) -> NetPromoterScore:
    """Reckon it of how often each score, 0 to 10, was given."""
    found = list(counts)
    answers = sum(count for _, count in found)
    promoters = sum(count for score, count in found if score >= PROMOTES_FROM)
    detractors = sum(count for score, count in found if score <= DETRACTS_TO)
    if answers < LEAST_ANSWERS:
        return NetPromoterScore(answers, promoters, detractors, None, None, None)
    p, d = Decimal(promoters) / answers, Decimal(detractors) / answers
    half = _NINE_OF_TEN * ((p + d - (p - d) ** 2) / answers).sqrt()
    return NetPromoterScore(
        answers,
        promoters,
        detractors,
        _rounded((p - d) * _HUNDRED),
        max(-100, _rounded((p - d - half) * _HUNDRED)),
        min(100, _rounded((p - d + half) * _HUNDRED)),
    )


def _rounded(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_HALF_EVEN))
