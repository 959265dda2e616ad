"""Opens cases by the rules, sees what was done, tells the heads, and lets some callbacks go first. One loop."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import structlog

from crm_bridge.api.ports import CallbackOrders
from crm_bridge.cases.book import CaseBook, CaseReason, CaseRefused
from crm_bridge.cases.lifecycle import CaseWhy
from crm_bridge.console_settings import CaseSettings
from crm_bridge.errors import NoSuchThing
from crm_bridge.newcomers.nudging import HUNDRED
from telephony.errors import NotReady, RingbackError
from telephony.ports import Clock
from telephony.postgres.patience import Patience
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load

_log = structlog.get_logger(__name__)
_EVERY: Final = 10.0
_LOOK_BACK: Final = timedelta(days=2)
_RANKS_KEPT: Final = timedelta(days=60)


class RuleSql(NamedTuple):
    """The queries of rules.sql."""

    late_promises: str
    missed_again: str
    lost_again: str
    talked: str
    due: str
    to_rank: str
    ranked: str
    forget_ranks: str


SQL: Final = load(Path(__file__).with_name("rules.sql"), RuleSql)


class CaseKeeper:
    """Looks for as long as `run` runs; several daemons may: a reason opens a case once."""

    def __init__(
        self,
        pool: Pool,
        book: CaseBook,
        clock: Clock,
        zone: ZoneInfo,
        settings: CaseSettings,
        callbacks: CallbackOrders,
    ) -> None:
        self._pool = pool
        self._book = book
        self._clock = clock
        self._zone = zone
        self._settings = settings
        self._callbacks = callbacks

    async def run(self) -> None:
        """Look again and again; a database that is away is waited for."""
        await Patience("cases").every(_EVERY, self.look)

    async def look(self) -> None:
        """Look once."""
        now = self._clock()
        if self._settings.by_rule:
            await self._open(now)
        for row in await self._pool.fetch(SQL.talked):
            await self._act(row["case_id"])
        for row in await self._pool.fetch(SQL.due, now):
            await self._escalate(row["case_id"])
        await self._rank(now)

    async def _open(self, now: datetime) -> None:
        lost_since = (now - timedelta(days=self._settings.lost_days)).astimezone(self._zone).date()
        found = [
            *await self._pool.fetch(SQL.late_promises, now - _LOOK_BACK),
            *await self._pool.fetch(SQL.missed_again, now - _LOOK_BACK, self._settings.misses),
            *await self._pool.fetch(SQL.lost_again, lost_since),
        ]
        for row in found:
            reason = CaseReason(CaseWhy(row["why"]), row["thing"], row["customer"], row["call_id"])
            async with self._pool.acquire() as connection, connection.transaction():
                await self._book.open(connection, reason)

    async def _act(self, case_id: int) -> None:
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                await self._book.act(connection, case_id, "")
        except (NoSuchThing, CaseRefused):  # closed or erased meanwhile
            return

    async def _escalate(self, case_id: int) -> None:
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                await self._book.escalate(connection, case_id)
        except (NoSuchThing, CaseRefused):  # somebody did something meanwhile
            return

    async def _rank(self, now: datetime) -> None:
        await self._pool.execute(SQL.forget_ranks, now - _RANKS_KEPT)
        for row in await self._pool.fetch(SQL.to_rank, now - timedelta(days=HUNDRED)):
            await self._pool.execute(SQL.ranked, row["request_id"], row["priority"], now)
            try:
                await self._callbacks.rank(row["request_id"], row["priority"], "")
            except NotReady:
                raise
            except RingbackError:  # it was closed meanwhile
                _log.debug("cases.not_ranked", request_id=row["request_id"])
