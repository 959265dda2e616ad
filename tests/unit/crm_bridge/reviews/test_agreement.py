"""Krippendorff's alpha, against what others published."""

import random
from decimal import Decimal

import pytest

from crm_bridge.reviews.agreement import alpha

_COMPUTING_ALPHA = (
    # Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), example with four observers and 12 units
    "1 2 3 3 2 1 4 1 2 * * *",
    "1 2 3 3 2 2 4 1 2 5 * 3",
    "* 3 3 3 2 3 4 2 2 5 1 *",
    "1 2 3 3 2 4 4 1 2 5 1 *",
)
_WIKIPEDIA = (
    # the worked example of Wikipedia's article: three coders, 15 units
    "* * * * * 3 4 1 2 1 1 3 3 * 3",
    "1 * 2 1 3 3 4 3 * * * * * * *",
    "* * 2 1 3 4 4 * 2 1 1 3 3 * 4",
)


def units(table: tuple[str, ...]) -> list[list[Decimal]]:
    columns = zip(*(line.split() for line in table), strict=True)
    return [[Decimal(value) for value in column if value != "*"] for column in columns]


@pytest.mark.parametrize(
    ("table", "published"), [(_COMPUTING_ALPHA, "0.849"), (_WIKIPEDIA, "0.811")], ids=["2011", "wikipedia"]
)
def test_published_examples(table: tuple[str, ...], published: str) -> None:
    found = alpha(units(table))
    assert found is not None
    assert found.quantize(Decimal("0.001")) == Decimal(published)


def test_full_agreement_is_one_and_a_single_judge_says_nothing() -> None:
    assert alpha([[Decimal(1)] * 2, [Decimal(5)] * 3]) == 1
    assert alpha([[Decimal(1)], [Decimal(5)]]) is None
    assert alpha([[Decimal(3)] * 2] * 4) is None


def test_judges_who_throw_dice_agree_as_chance_has_it() -> None:
    chance = random.Random(7)  # noqa: S311 - a story that can be told again
    found = alpha([[Decimal(chance.randint(1, 5)) for _ in range(3)] for _ in range(3000)])
    assert found is not None
    assert abs(found) < Decimal("0.05")
