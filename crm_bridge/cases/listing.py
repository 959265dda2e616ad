"""Reads cases: lists by filters, which pages and the API share, and one with its history."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final

from pydantic import Field

from crm_bridge.api.endpoint import Instant, Line, Number, Several
from crm_bridge.api.listing import PageParams
from crm_bridge.api.values import cursor
from crm_bridge.api.values.cursor import CursorPosition
from crm_bridge.cases.book import SQL
from crm_bridge.cases.lifecycle import CaseCause, CaseState, CaseWhy
from crm_bridge.cases.shapes import CaseShape, case_of
from crm_bridge.errors import NoSuchThing
from crm_bridge.people.access import Access
from crm_bridge.queries.sql_builder import Filters, any_of, compose
from crm_bridge.queries.visible import narrowed
from crm_bridge.schemas import Shape
from telephony.numbers import canonical
from telephony.postgres.pool import Pool

_MOST_COUNTED: Final = 10_000
OwnerName = Annotated[Line, Field(max_length=64)]
"""A manager of the directory; empty: the heads."""


class CaseListParams(PageParams):
    """What to list; filters are joined by "and"."""

    open: bool | None = Field(None, description="True: those that nobody has closed; false: the others.")
    waiting: bool | None = Field(None, description="True: those for which nobody has done anything yet.")
    late: bool | None = Field(None, description="True: those for which nobody had done anything in time.")
    changed: bool | None = Field(None, description="True: those after which something was changed.")
    state: Several[CaseState] = ()
    why: Several[CaseWhy] = Field((), description="One of its reasons is this.")
    cause: Several[CaseCause] = ()
    customer: Several[Number] = ()
    owner: Several[OwnerName] = Field((), description="A manager of the directory; empty: the heads of sales.")
    since: Instant | None = Field(None, description="Opened then or later; ISO 8601 with a zone.")
    until: Instant | None = Field(None, description="Opened before; ISO 8601 with a zone.")


class CaseStep(Shape):
    """A line of a case's history."""

    at: datetime
    verb: str = Field(description="`open`, `add`, `act`, `give`, `escalate`, `close`.")
    by_whom: str = Field(description="Empty for Ringback itself.")
    words: str


def case_filters(params: CaseListParams, region: str) -> dict[str, list[object]]:
    """Turn parameters into the list's filters."""
    found: dict[str, list[object]] = {}
    if params.open is not None:
        found["open" if params.open else "closed"] = []
    found |= {name: [] for name in ("waiting", "late", "changed") if getattr(params, name)}
    words = {
        "state": params.state,
        "why": params.why,
        "cause": params.cause,
        "customer": tuple(canonical(number, region) for number in params.customer),
        "owner": params.owner,
    }
    found |= {name: any_of(given) for name, given in words.items() if given}
    times = {"since": params.since, "until": params.until}
    found |= {name: [value] for name, value in times.items() if value is not None}
    if params.cursor is not None:
        last = cursor.read(params.cursor)
        found["before"] = [last.started_at, cursor.row_number(last.call_id)]
    return found


def case_place(case: CaseShape) -> str:
    """Return the cursor of where a case stands in the list of the newest."""
    return cursor.write(CursorPosition(case.opened_at, str(case.case_id)))


class CaseQueries:
    """Reads."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def newest(self, filters: Filters, limit: int, access: Access) -> list[CaseShape]:
        """List cases, the newest first."""
        return await self._listed(SQL.list_cases, filters, limit, access)

    async def urgent(self, filters: Filters, limit: int, access: Access) -> list[CaseShape]:
        """List open cases: those that wait for a first action, by when it is due, then the others."""
        return await self._listed(SQL.list_urgent, filters, limit, access)

    async def count(self, filters: Filters, access: Access) -> int:
        """Count what a list with these filters shows."""
        text, values = compose(SQL.count_cases, SQL, filters, _MOST_COUNTED, access)
        return int(await self._pool.fetchval(text, *values))

    async def one(self, case_id: int, access: Access) -> CaseShape:
        """Return one.

        Raises:
            NoSuchThing: it is not there.
        """
        text, values = narrowed(SQL.one_seen, access, [case_id])
        row = await self._pool.fetchrow(text, *values)
        if row is None:
            raise NoSuchThing(f"there is no case {case_id}")
        return case_of(dict(row))

    async def history(self, case_id: int) -> Sequence[CaseStep]:
        """Return what happened to one, the oldest first."""
        return [CaseStep.model_validate(dict(row)) for row in await self._pool.fetch(SQL.history, case_id)]

    async def _listed(self, statement: str, filters: Filters, limit: int, access: Access) -> list[CaseShape]:
        text, values = compose(statement, SQL, filters, limit, access)
        return [case_of(dict(row)) for row in await self._pool.fetch(text, *values)]
