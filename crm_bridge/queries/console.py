"""What pages ask beside the API's lists: counts by the lists' own filters, names, marks on rows."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from crm_bridge.errors import NoSuchThing
from crm_bridge.people.access import Access
from crm_bridge.queries.calls import SQL as CALLS
from crm_bridge.queries.sql_builder import Filters, compose
from crm_bridge.queries.statements import CALLBACKS, DIRECTORY
from crm_bridge.queries.visible import narrowed
from crm_bridge.schemas import CallbackShape, CustomerShape, ManagerShape
from telephony.ports import Row
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load

MOST_COUNTED: Final = 10_000
_BACK: Final = (timedelta(days=92), timedelta(days=366))
"""How far back what one person may see of all times is counted first: a busy person's count is full by then."""
_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_FATES: Final = 1_000_000
_LOOKED_THROUGH: Final = 20_000
"""Of the last calls, for a piece of a stranger's name or number."""


class ConsoleSql(NamedTuple):
    """The queries of console.sql."""

    count_calls: str
    count_tagged: str
    count_callbacks: str
    count_fates: str
    names: str
    marked: str
    results: str
    sounding: str
    tags: str
    dids: str
    latest: str
    search_names: str
    search_callers: str
    search_number: str
    peaks_of: str
    plan_for_all: str
    listened: str


SQL: Final = load(Path(__file__).with_name("console.sql"), ConsoleSql)


class CallMarks(NamedTuple):
    """What stands on the calls of a list, by call id."""

    tags: Mapping[str, Sequence[str]]
    results: Mapping[str, str]
    sounding: Collection[str]


class ConsoleQueries:
    """Asks."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def count_calls(self, filters: Filters, access: Access, now: datetime) -> int:
        """Count what a list of calls with these filters shows; `MOST_COUNTED` stands for that and more."""
        if access.everything or {"since", "customer"} & set(filters):
            return await self._counted(filters, access)
        count = 0
        for since in (*(now - back for back in _BACK), _EVER):
            count = await self._counted({**filters, "since": [since]}, access)
            if count >= MOST_COUNTED:
                break
        return count

    async def _counted(self, filters: Filters, access: Access) -> int:
        statement = SQL.count_tagged if "tag" in filters else SQL.count_calls
        text, values = compose(statement, CALLS, filters, MOST_COUNTED, access)
        return int(await self._pool.fetchval(text, *values))

    async def count_callbacks(self, filters: Filters, access: Access) -> int:
        """Count what a list of callback requests with these filters shows."""
        text, values = compose(SQL.count_callbacks, CALLBACKS, filters, MOST_COUNTED, access)
        return int(await self._pool.fetchval(text, *values))

    async def count_fates(self, filters: Filters, access: Access) -> Sequence[tuple[str, str, int]]:
        """Count callback requests with these filters by fate and target; no filter is by either."""
        text, values = compose(SQL.count_fates, CALLBACKS, filters, _MOST_FATES, access)
        return [(row["fate"], row["target"], row["count"]) for row in await self._pool.fetch(text, *values)]

    async def callbacks(self, filters: Filters, limit: int, access: Access, *, urgent: bool) -> list[CallbackShape]:
        """Give callback requests: the most urgent first, or the newest."""
        statement = CALLBACKS.list_urgent if urgent else CALLBACKS.list_requests
        text, values = compose(statement, CALLBACKS, filters, limit, access)
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await connection.execute(SQL.plan_for_all)
            rows = await connection.fetch(text, *values)
        return [CallbackShape.model_validate(dict(row)) for row in rows]

    async def one_callback(self, request_id: int, access: Access) -> CallbackShape:
        """Return one.

        Raises:
            NoSuchThing: it is not there.
        """
        text, values = narrowed(CALLBACKS.one, access, [request_id])
        row = await self._pool.fetchrow(text, *values)
        if row is None:
            raise NoSuchThing(f"there is no callback request {request_id}")
        return CallbackShape.model_validate(dict(row))

    async def names(self, numbers: Collection[str]) -> Mapping[str, str]:
        """Return the names that the directory knows for numbers."""
        rows = await self._pool.fetch(SQL.names, list(numbers)) if numbers else ()
        return {row["number"]: row["name"] for row in rows}

    async def managers(self) -> Mapping[str, ManagerShape]:
        """Return everybody who serves customers, by id, in the directory's order."""
        rows = await self._pool.fetch(DIRECTORY.managers)
        return {row["manager_id"]: ManagerShape.model_validate(dict(row)) for row in rows}

    async def marks(self, call_ids: Collection[str]) -> CallMarks:
        """Return what stands on calls."""
        wanted = list(call_ids)
        if not wanted:
            return CallMarks({}, {}, ())
        tags = {row["call_id"]: row["tags"] for row in await self._pool.fetch(SQL.marked, wanted)}
        results = {row["call_id"]: row["code"] for row in await self._pool.fetch(SQL.results, wanted)}
        sounding = {row["call_id"] for row in await self._pool.fetch(SQL.sounding, wanted)}
        return CallMarks(tags, results, sounding)

    async def choices(self, since: datetime) -> tuple[Sequence[str], Sequence[str]]:
        """Return the tags and our numbers that were in use since then: what a filter offers."""
        tags = [row["tag"] for row in await self._pool.fetch(SQL.tags, since)]
        return tags, [row["did"] for row in await self._pool.fetch(SQL.dids, since)]

    async def peaks(self, call_id: str) -> Mapping[int, Sequence[bytes]]:
        """Return each recording's drawing of a call."""
        return {row["recording_id"]: row["peaks"] for row in await self._pool.fetch(SQL.peaks_of, call_id)}

    async def listened(self, call_id: str) -> Sequence[Row]:
        """Return who listened to a call, newest first."""
        rows: Sequence[Row] = await self._pool.fetch(SQL.listened, call_id)
        return rows

    async def search(
        self, words: str, number: tuple[str, str], since: datetime, access: Access, most: int = 50
    ) -> list[tuple[str, str]]:
        """Find customers by a piece of their name or number: pairs of number and name, each number once.

        Args:
            words: a piece of a name.
            number: a piece of a number, or nothing; and what the words are as a whole number, or nothing.
            since: how far back calls are looked at, if they are not too many.
            access: whose.
            most: so many are found.
        """
        found: dict[str, str] = {}
        like = words.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
        piece, whole = number
        for row in await self._seen(SQL.search_names, access, f"%{like}%", most, f"%{piece}%" if piece else ""):
            found.setdefault(row["number"], row["name"])
        for row in await self._seen(SQL.search_number, access, whole) if whole else ():
            found.setdefault(row["number"], "")
        values = (f"%{like}%", most, since, f"%{piece}%" if piece else "", _LOOKED_THROUGH)
        for row in await self._seen(SQL.search_callers, access, *values, since=since):
            found.setdefault(row["number"], row["name"])
        known = await self.names([one for one, name in found.items() if not name])
        return [(one, name or known.get(one, "")) for one, name in found.items()][:most]

    async def latest(self, since: datetime, access: Access, most: int) -> list[tuple[str, str]]:
        """Return the customers of the last calls: pairs of number and name."""
        rows = await self._seen(SQL.latest, access, since, most, since=since)
        known = await self.names([row["number"] for row in rows])
        return [(row["number"], known.get(row["number"], row["name"])) for row in rows]

    async def customer(self, number: str, access: Access) -> CustomerShape | None:
        """Return what the directory knows of a number."""
        rows = await self._seen(DIRECTORY.customer, access, number)
        return CustomerShape.model_validate(dict(rows[0])) if rows else None

    async def _seen(
        self, statement: str, access: Access, *values: object, since: datetime | None = None
    ) -> Sequence[Row]:
        text, given = narrowed(statement, access, values, since)
        rows: Sequence[Row] = await self._pool.fetch(text, *given)
        return rows
