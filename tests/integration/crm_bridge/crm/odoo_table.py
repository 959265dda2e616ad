"""A table of the fake Odoo, with what searches ask for most at hand: ids, the records that things stand on, numbers."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

Json = Any
_SHORTEST = 6
"""Digits by which a number is looked for, at the least."""


class Table(dict[int, Json]):
    """Records by id."""

    def __init__(self) -> None:
        super().__init__()
        self._on: defaultdict[object, set[int]] = defaultdict(set)
        self._digits: defaultdict[str, set[int]] = defaultdict(set)

    def __setitem__(self, number: int, row: Json) -> None:
        super().__setitem__(number, row)
        self._on[row.get("res_id")].add(number)
        digits = re.sub(r"\D", "", str(row.get("phone", "")))
        for first in range(len(digits)):
            for last in range(first + _SHORTEST, len(digits) + 1):
                self._digits[digits[first:last]].add(number)

    def perhaps(self, domain: list[Any]) -> Iterator[Json]:
        """Give the records that a domain may hold for, by id; whether it does is to be looked at."""
        rest = iter(domain)
        found: set[int] | None = None
        for token in rest:
            found = _both(found, self._ids(token, rest))
        return iter(self.values()) if found is None else (self[number] for number in sorted(found) if number in self)

    def _ids(self, token: Any, rest: Iterator[Any]) -> set[int] | None:  # noqa: ANN401 - an operator or a leaf
        """Return the ids that a term may hold for; None: any."""
        if isinstance(token, str):
            one, two = self._ids(next(rest), rest), self._ids(next(rest), rest)
            if token == "&":
                return _both(one, two)
            return None if one is None or two is None else one | two
        match token:
            case ["id", "=", value]:
                return {value}
            case ["res_id", "=", value]:
                return self._on.get(value, set())
            case ["phone_mobile_search", _, value] if len(value) >= _SHORTEST:
                return self._digits.get(value, set())
            case _:
                return None


def _both(one: set[int] | None, two: set[int] | None) -> set[int] | None:
    if one is None or two is None:
        return two if one is None else one
    return one & two
