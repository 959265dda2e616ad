"""How far people who hear the same calls agree: Krippendorff's alpha for values on an interval scale. Pure.

1 is full agreement, 0 what chance would give, less is worse than chance. Each unit has as many values as people judged
it; a unit that one person alone judged says nothing of agreement and is left out.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

_TWO: Final = 2


def alpha(units: Iterable[Sequence[Decimal]]) -> Decimal | None:
    """Return alpha; None if there is nothing to compare, or if all values are the same."""
    pairable = [unit for unit in units if len(unit) >= _TWO]
    values = [value for unit in pairable for value in unit]
    expected = _differences(values)
    if not expected:
        return None
    observed = sum((_differences(unit) / (len(unit) - 1) for unit in pairable), Decimal(0))
    return 1 - (len(values) - 1) * observed / expected


def _differences(values: Sequence[Decimal]) -> Decimal:
    """Return the sum of squared differences over all ordered pairs: 2(n Σx² - (Σx)²)."""
    total = sum(values, Decimal(0))
    return 2 * (len(values) * sum((value * value for value in values), Decimal(0)) - total * total)
