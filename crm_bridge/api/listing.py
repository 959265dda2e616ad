"""A list in pages: the one way that every list of the API is asked for and cut.

A list reads one row more than its limit: if it comes, there is a next page, and the cursor says where this one ended.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from pydantic import Field

from crm_bridge.api.endpoint import Params

NEXT = Field(description="Pass it back for the next page; null on the last.")

Item = TypeVar("Item")


class PageParams(Params):
    """Which page of a list."""

    cursor: str | None = Field(None, description="`next_cursor` of the page before.")
    limit: int = Field(50, ge=1, le=500)


def cut(found: Sequence[Item], limit: int, place: Callable[[Item], str]) -> tuple[list[Item], str | None]:
    """Cut a page off what was found with ``limit + 1``.

    Args:
        found: at most one more than the limit.
        limit: the most that are shown.
        place: the cursor of where an item stands.

    Returns:
        What is shown, and the next page's cursor: None on the last.
    """
    shown = list(found[:limit])
    return shown, place(shown[-1]) if len(found) > limit else None
