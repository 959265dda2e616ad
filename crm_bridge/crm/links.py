"""What a CRM calls our things."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from telephony.ports import Clock
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load


class CrmSql(NamedTuple):
    """The queries of crm.sql."""

    link: str
    links: str
    next_turn: str


SQL = load(Path(__file__).parents[1] / "sql" / "crm.sql", CrmSql)


class Links:
    """One CRM's ids for our calls, requests and customers."""

    def __init__(self, pool: Pool, crm: str, clock: Clock) -> None:
        self._pool = pool
        self._crm = crm
        self._clock = clock

    async def of(self, key: str) -> Mapping[str, str]:
        """Give their ids for one of our things, by role."""
        return {row["role"]: row["crm_id"] for row in await self._pool.fetch(SQL.links, self._crm, key)}

    async def keep(self, key: str, role: str, crm_id: str) -> None:
        """Remember an id as soon as they told it."""
        await self._pool.execute(SQL.link, self._crm, key, role, crm_id, self._clock())

    async def turn(self, rule: str) -> int:
        """Count up for a rule that deals out in turn: 0, 1, 2 ... over all daemons."""
        turn: int = await self._pool.fetchval(SQL.next_turn, self._crm, rule)
        return turn
