"""Lists put together from named pieces of SQL: each combination of filters is a plain statement that its index serves.

A list's statement has the line ``-- filters``; its limit is ``$1``. A filter ``x`` is the piece ``filter_x``, a
condition whose parameters count from 1; put together they are numbered on. A filter of several values (`any_of`) is the
same piece with ``= any($1)`` for its ``= $1``: one value keeps the plan of one value.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from crm_bridge.people.access import Access
from crm_bridge.queries.visible import narrowed

Filters = Mapping[str, Sequence[object]]
"""A filter's name and the values of its parameters; several values of the first are one list (`any_of`)."""

_PARAMETER: Final = re.compile(r"\$(\d+)")


def compose(
    statement: str,
    pieces: Any,  # noqa: ANN401 - any NamedTuple
    filters: Filters,
    limit: int,
    access: Access,
) -> tuple[str, list[object]]:
    """Return the statement, which shows what the access allows and no more, and all its values."""
    names = tuple((name, isinstance(next(iter(given), None), list)) for name, given in filters.items())
    values = [limit, *(value for given in filters.values() for value in given)]
    since = next(iter(filters.get("since", ())), None)
    return narrowed(
        _statement(statement, pieces, names), access, values, since if isinstance(since, datetime) else None
    )


def any_of(values: Sequence[object]) -> list[object]:
    """Return a filter's first parameter for one or more values."""
    return list(values) if len(values) == 1 else [list(values)]


@lru_cache(maxsize=1024)
def _statement(statement: str, pieces: Any, names: tuple[tuple[str, bool], ...]) -> str:  # noqa: ANN401
    conditions: list[str] = []
    shift = 1
    for name, several in names:
        piece: str = getattr(pieces, f"filter_{name}")
        if several:
            piece = piece.replace("= $1", "= any($1)")
        conditions.append(_shifted(piece, shift))
        shift += max((int(number) for number in _PARAMETER.findall(piece)), default=0)
    return statement.replace("-- filters", "\n".join(conditions))


def _shifted(piece: str, by: int) -> str:
    return _PARAMETER.sub(lambda match: f"${int(match[1]) + by}", piece)
