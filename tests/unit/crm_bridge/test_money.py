"""What lost calls cost: the formulas, and whether the band holds what it says."""

import random
from decimal import Decimal

import pytest

from crm_bridge.money.reckoning import Assumption, average_order, conversion, loss, rounded

NOTHING = Assumption(Decimal(0), Decimal(0), Decimal(0))
BELIEF = Assumption(Decimal("0.2"), Decimal("0.1"), Decimal("0.3"))
ORDER = Assumption(Decimal(4000), Decimal(3000), Decimal(6000))


def test_thin_data_gives_way_to_what_is_believed_and_says_so() -> None:
    for won, first in ((3, 29), (0, 500)):
        share = conversion(won, first, BELIEF)
        assert share is not None
        assert (share.assumed, share.value) == (True, Decimal("0.2"))
    assert conversion(3, 29, NOTHING) is None
    assert average_order(19, Decimal(1900), Decimal(190_000), NOTHING) is None
    assert average_order(0, Decimal(0), Decimal(0), ORDER) == ORDER.factor


def test_with_an_assumption_the_ends_are_the_operators() -> None:
    share, order = BELIEF.factor, ORDER.factor
    assert share is not None
    assert order is not None
    found = loss(10, share, order)
    assert (found.value, found.low, found.high) == (Decimal(8000), Decimal(3000), Decimal(18_000))
    assert loss(0, share, order).value == 0
    assert loss(0, share, order).high > 0, "that nobody was lost this week does not mean that nobody ever is"


def price(chance: random.Random) -> Decimal:
    return Decimal(str(round(chance.gammavariate(2.0, 2000.0), 2)))


@pytest.mark.parametrize("lost", [8, 40, 200])
def test_in_four_of_five_worlds_the_loss_is_within_the_band(lost: int) -> None:
    chance = random.Random(lost)  # noqa: S311 - a story that can be told again
    inside, worlds = 0, 400
    for _ in range(worlds):
        true = chance.uniform(0.15, 0.5)
        bought = sum(chance.random() < true for _ in range(143))
        orders = [price(chance) for _ in range(max(bought, 20))]
        share = conversion(bought, 143, NOTHING)
        order = average_order(
            len(orders), sum(orders, Decimal(0)), sum((one * one for one in orders), Decimal(0)), NOTHING
        )
        assert share is not None
        assert order is not None
        band = loss(lost, share, order)
        real = sum((price(chance) for _ in range(lost) if chance.random() < true), Decimal(0))
        inside += band.low <= real <= band.high
    assert 0.74 < inside / worlds < 0.87


def test_a_figure_has_the_digits_that_it_is_worth() -> None:
    shown = {"4234.56": "4200", "98765": "99000", "0.1234": "0.12", "7": "7.0", "0": "0", "999": "1000"}
    assert {text: rounded(Decimal(text)) for text in shown} == {text: Decimal(value) for text, value in shown.items()}
