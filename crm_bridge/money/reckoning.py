"""Lost customers in money, with the band in which the loss is in four of five cases. Pure; Decimal, never float.

* Conversion: ``won`` of ``first`` new customers bought. With Jeffreys' prior, Beta(won + 1/2, first - won + 1/2): its
  mean and variance. Fewer than `FEWEST_FIRST` customers, or nobody who bought, and the operator's assumption stands in.
* Order: the mean of the orders and the variance of that mean. Fewer than `FEWEST_ORDERS`: the assumption.
* The loss of ``L`` customers is a sum of ``L`` orders that each come or not. Its relative variance is that of both
  factors plus that luck, ``(1 - c + s²/a²) / (L·c)``, where ``s²/a²`` is how much single orders differ. The band is
  ``M·exp(±1.2816·sqrt(v))``: 1.2816 leaves a tenth on each side. Where ``L·c`` is below one sale it says little, and
  the low end is zero.
* With an assumption there is no band of chance: the ends are those that the operator gave.
* Of no lost customer the loss is zero, and fewer than 1.61 would have been lost in four of five such periods.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

FEWEST_FIRST: Final = 30
FEWEST_ORDERS: Final = 20
_TENTH: Final = Decimal("1.2816")
_NONE_SEEN: Final = Decimal("1.6094")
"""Minus the logarithm of a fifth: so many events are expected at most where none was seen, in four of five cases."""
_HALF: Final = Decimal("0.5")
_ZERO: Final = Decimal(0)
_DIGITS: Final = 2


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor of the loss, and how sure it is."""

    value: Decimal
    low: Decimal
    """Of an assumption: the operator's ends; else as the value."""
    high: Decimal
    variance: Decimal
    """Of the value, relative to its square; 0 of an assumption."""
    assumed: bool
    spread: Decimal = _ZERO
    """Of single orders: their variance, relative to the square of their mean."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """What the operator believes."""

    value: Decimal
    low: Decimal
    high: Decimal

    @property
    def factor(self) -> Factor | None:
        """As a factor; None if nothing is believed."""
        return Factor(self.value, self.low, self.high, _ZERO, assumed=True) if self.value > 0 else None


@dataclass(frozen=True, slots=True)
class Loss:
    """An amount with its band."""

    value: Decimal
    low: Decimal
    high: Decimal


def conversion(won: int, first: int, believed: Assumption) -> Factor | None:
    """Return what share of new customers buys; None if nothing is known or believed."""
    if first < FEWEST_FIRST or won == 0:
        return believed.factor
    alpha, beta = won + _HALF, first - won + _HALF
    whole = alpha + beta
    mean = alpha / whole
    variance = alpha * beta / (whole * whole * (whole + 1))
    return Factor(mean, mean, mean, variance / (mean * mean), assumed=False)


def average_order(count: int, total: Decimal, squares: Decimal, believed: Assumption) -> Factor | None:
    """Return what an order brings: from how many there were, their sum and the sum of their squares."""
    if count < FEWEST_ORDERS or total <= 0:
        return believed.factor
    mean = total / count
    single = max((squares - total * mean) / (count - 1), _ZERO) / (mean * mean)
    return Factor(mean, mean, mean, single / count, assumed=False, spread=single)


def loss(customers: int, share: Factor, order: Factor) -> Loss:
    """Return what so many customers would have brought."""
    each = share.value * order.value
    if share.assumed or order.assumed:
        low, high = share.low * order.low, share.high * order.high
        return Loss(customers * each, customers * low, (customers or _NONE_SEEN) * high)
    if customers == 0:
        return Loss(_ZERO, _ZERO, _NONE_SEEN * each)
    sales = customers * share.value
    luck = (1 - share.value + order.spread) / sales
    width = (_TENTH * (share.variance + order.variance + luck).sqrt()).exp()
    value = customers * each
    return Loss(value, value / width if sales >= 1 else _ZERO, value * width)


def rounded(amount: Decimal) -> Decimal:
    """Round to the two digits that such a figure is worth."""
    if amount == 0:
        return _ZERO
    place = max(amount.adjusted() - _DIGITS + 1, -2)
    return amount.quantize(Decimal(1).scaleb(place)).quantize(Decimal(1) if place >= 0 else Decimal("0.01"))
