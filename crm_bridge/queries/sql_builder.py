"""Lists put together from named pieces of SQL: each combination of filters is a plain statement that its index serves.

A list's statement has the line ``-- filters``; its limit is ``$1``. A filter ``x`` is the piece ``filter_x``, a
condition whose parameters count from 1; put together they are numbered on.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from crm_bridge.people.access import Access
from crm_bridge.queries.visible import narrowed

Filters = Mapping[str, Sequence[object]]
"""A filter's name and the values of its parameters."""

_PARAMETER: Final = re.compile(r"\$(\d+)")


def compose(
    statement: str,
    pieces: Any,  # noqa: ANN401 - any NamedTuple
    filters: Filters,
    limit: int,
    access: Access,
) -> tuple[str, list[object]]:
    """Give the statement, which shows what the access allows and no more, and all its values."""
    values = [limit, *(value for given in filters.values() for value in given)]
    return narrowed(_statement(statement, pieces, tuple(filters)), access, values)


@lru_cache(maxsize=1024)
def _statement(statement: str, pieces: Any, names: tuple[str, ...]) -> str:  # noqa: ANN401
    conditions: list[str] = []
    shift = 1
    for name in names:
        piece: str = getattr(pieces, f"filter_{name}")
        conditions.append(_shifted(piece, shift))
        shift += max((int(number) for number in _PARAMETER.findall(piece)), default=0)
    return statement.replace("-- filters", "\n".join(conditions))


def _shifted(piece: str, by: int) -> str:
    return _PARAMETER.sub(lambda match: f"${int(match[1]) + by}", piece)
