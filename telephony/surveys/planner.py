"""Who talked with us for the first time two weeks ago gets a survey into the plan; once an hour, by any daemon."""

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from telephony.callback.policy.guards import DIALABLE
from telephony.model import PbxName
from telephony.numbers import Canonical
from telephony.ports import Clock
from telephony.postgres.patience import Patience
from telephony.postgres.pool import Pool
from telephony.settings import SurveySettings
from telephony.surveys.orders import Route, SurveyOrders
from telephony.surveys.policy.model import SurveyReason
from telephony.surveys.policy.timing import FIRST_DAYS
from telephony.surveys.rows import SQL

_log = structlog.get_logger(__name__)

_EVERY_SECONDS: Final = 3600.0
_LOOK_BACK: Final = timedelta(days=3)
"""Days that are looked at again: so long the daemon may have been away without anybody being forgotten."""
_AT_ONCE: Final = 1000


class SurveyPlanner:
    """Plans the surveys of first talks; purchases are told to `SurveyOrders.sold`."""

    def __init__(self, pool: Pool, settings: SurveySettings, orders: SurveyOrders, clock: Clock) -> None:
        self._pool = pool
        self._settings = settings
        self._orders = orders
        self._clock = clock
        self._patience = Patience("survey planner")

    async def run(self) -> None:
        """Plan until cancelled; a database that is away is waited for."""
        await self._patience.forever(self._turn)

    async def _turn(self) -> None:
        planned = await self.plan()
        self._patience.well()
        if planned:
            _log.info("survey.planned", surveys=planned)
        await asyncio.sleep(_EVERY_SECONDS)

    async def plan(self) -> int:
        """Plan all that is to be planned now; return how many."""
        now = self._clock()
        until = now - timedelta(days=FIRST_DAYS - 1)
        lately = now - timedelta(days=self._settings.every_days)
        planned = 0
        async with self._pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(SQL.plan_first_talks, until - _LOOK_BACK, until, lately, _AT_ONCE)
            for row in rows:
                if not DIALABLE.fullmatch(row["customer"]):
                    continue
                route = Route(PbxName(row["pbx"]), row["did"], row["trunk"], row["name"], row["heard_number"])
                done = await self._orders.plan(
                    connection, Canonical(row["customer"]), route, SurveyReason.FIRST_CALL, row["answered_at"]
                )
                planned += done is not None
        return planned
