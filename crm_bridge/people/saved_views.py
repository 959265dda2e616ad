"""Lists of calls that somebody keeps under a name; a head's may be everybody's.

A view is the filters of an address and nothing else: who opens another's sees their own rows in it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, NamedTuple
from urllib.parse import parse_qsl, urlencode

from crm_bridge.errors import NoSuchThing
from telephony.errors import Refused
from telephony.ports import Clock
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load

LONGEST_NAME: Final = 64
LONGEST_QUERY: Final = 1000
_MOST: Final = 50
_MOST_FILTERS: Final = 60


class SavedViewSql(NamedTuple):
    """The queries of saved_views.sql."""

    views: str
    save: str
    drop: str


SQL: Final = load(Path(__file__).with_name("saved_views.sql"), SavedViewSql)


class ViewRefused(Refused):
    """That cannot be kept as a view."""

    error_id: ClassVar[str] = "view-refused"


@dataclass(frozen=True, slots=True)
class SavedView:
    """One, as its reader sees it."""

    view_id: int
    name: str
    query: str
    shared: bool
    own: bool
    by_whom: str


class SavedViews:
    """Keeps them; ``filters`` are the names that an address of calls may have."""

    def __init__(self, pool: Pool, clock: Clock, filters: Collection[str]) -> None:
        self._pool = pool
        self._clock = clock
        self._filters = frozenset(filters)

    async def of(self, user_id: str) -> list[SavedView]:
        """List somebody's own, then those of others that are everybody's."""
        return [SavedView(**dict(row)) for row in await self._pool.fetch(SQL.views, user_id)]

    async def save(self, user_id: str, name: str, query: str, *, shared: bool) -> int:
        """Keep the filters of a query under a name; what is no filter is left out, the same name is written over.

        Raises:
            ViewRefused: no name, no filter, or too many views.
        """
        name = " ".join(name.split())
        kept = self._kept(query)
        if not name or len(name) > LONGEST_NAME:
            raise ViewRefused(f"a view has a name of 1 to {LONGEST_NAME} letters")
        if not kept or len(kept) > LONGEST_QUERY:
            raise ViewRefused("choose at least one filter first, and not too many")
        made = await self._pool.fetchval(SQL.save, user_id, name, kept, shared, self._clock(), _MOST)
        if made is None:
            raise ViewRefused(f"{_MOST} views are enough; take one out first")
        return int(made)

    async def drop(self, user_id: str, view_id: int) -> None:
        """Take one of one's own out.

        Raises:
            NoSuchThing: it is not there, or another's.
        """
        if await self._pool.fetchval(SQL.drop, view_id, user_id) is None:
            raise NoSuchThing("there is no such view of yours")

    def _kept(self, query: str) -> str:
        try:
            pairs = parse_qsl(query.removeprefix("?"), max_num_fields=_MOST_FILTERS)
        except ValueError:
            return ""
        return urlencode([(name, value) for name, value in pairs if name in self._filters and value])
