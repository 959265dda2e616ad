"""Reads new customers: a list by filters, which pages and the API share; counts; one's day and nudges."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import Field

from crm_bridge.api.endpoint import Instant
from crm_bridge.api.listing import PageParams
from crm_bridge.api.values import cursor
from crm_bridge.api.values.cursor import CursorPosition
from crm_bridge.people.access import Access
from crm_bridge.queries.sql_builder import compose
from crm_bridge.schemas import Shape
from telephony.ports import Transaction
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load


class NewcomerSql(NamedTuple):
    """The queries of newcomers.sql."""

    list_newcomers: str
    count_newcomers: str
    filter_codes: str
    filter_since: str
    filter_until: str
    filter_won: str
    filter_missed: str
    filter_again: str
    filter_silent: str
    filter_before: str
    first_talk: str
    settled: str
    settle: str
    forget_talk: str
    forget_nudges: str


SQL: Final = load(Path(__file__).with_name("newcomers.sql"), NewcomerSql)
FILTERS: Final = ("won", "missed", "again", "silent")


class NewcomerParams(PageParams):
    """Which new customers; filters are joined by "and"."""

    since: Instant | None = Field(None, description="First talked with us then or later; ISO 8601 with a zone.")
    until: Instant | None = Field(None, description="Before; ISO 8601 with a zone.")
    won: bool = Field(default=False, description="Bought within sixty days.")
    missed: bool = Field(default=False, description="Were missed in their first hundred days.")
    again: bool = Field(default=False, description="Talked with us again within thirty days.")
    silent: bool = Field(default=False, description="Are new, and did not talk with us for three weeks.")


class NewcomerShape(Shape):
    """A customer since their first answered call."""

    customer: str = Field(description="E.164.")
    name: str
    owner: str | None = Field(description="The manager who serves them, by the directory's id.")
    at: datetime = Field(description="The first talk.")
    call_id: str = Field(description="The call of it.")
    talks: int = Field(description="Talks in the first hundred days.")
    misses: int = Field(description="Missed calls in them.")
    last_at: datetime | None = Field(description="The last talk in them.")
    won_at: datetime | None = Field(description="The call that brought a sale, within sixty days.")
    amount: Decimal | None = Field(description="What those brought; text, never a float.")


def newcomer_place(one: NewcomerShape) -> str:
    """Return the cursor of where one stands in the list."""
    return cursor.write(CursorPosition(one.at, one.customer))


class NewcomerQueries:
    """Reads; ``sold_codes`` are results that mean a sale."""

    def __init__(self, pool: Pool, sold_codes: Sequence[str]) -> None:
        self._pool = pool
        self._codes = list(sold_codes)

    async def page(self, params: NewcomerParams, limit: int, now: datetime, access: Access) -> list[NewcomerShape]:
        """List them, the newest first."""
        found: dict[str, list[object]] = {"codes": [self._codes]}
        times = {"since": params.since, "until": params.until}
        found |= {name: [value] for name, value in times.items() if value is not None}
        found |= {name: [now] if name == "silent" else [] for name in FILTERS if getattr(params, name)}
        if params.cursor is not None:
            last = cursor.read(params.cursor)
            found["before"] = [last.started_at, last.call_id]
        text, values = compose(SQL.list_newcomers, SQL, found, limit, access)
        return [NewcomerShape.model_validate(dict(row)) for row in await self._pool.fetch(text, *values)]

    async def count(self, since: datetime, until: datetime, now: datetime) -> Mapping[str, int]:
        """Count them by their figures' names."""
        row = await self._pool.fetchrow(SQL.count_newcomers, since, until, self._codes, now)
        return dict(row) if row is not None else {}

    async def day(self, customer: str, today: date, zone: ZoneInfo) -> int | None:
        """Return which day of theirs today is, from 1; None if they never talked with us."""
        at: datetime | None = await self._pool.fetchval(SQL.first_talk, customer)
        return None if at is None else (today - at.astimezone(zone).date()).days + 1

    async def settled(self, customer: str) -> Mapping[str, str]:
        """Return what was said of nudges."""
        return {row["nudge"]: row["verdict"] for row in await self._pool.fetch(SQL.settled, customer)}

    async def settle(self, customer: str, nudge: str, verdict: str, by: str, at: datetime) -> None:
        """Write down what somebody said of one."""
        await self._pool.execute(SQL.settle, customer, nudge, verdict, by, at)


async def forget_newcomer(tx: Transaction, customer: str) -> None:
    """Forget that somebody was new."""
    await tx.execute(SQL.forget_talk, customer)
    await tx.execute(SQL.forget_nudges, customer)
