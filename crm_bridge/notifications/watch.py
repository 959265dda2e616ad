"""Looks every half minute for what nobody tells: callbacks that are late, promises overdue, the time of a digest."""

from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from crm_bridge.api.ports import CallbackOrders
from crm_bridge.errors import NoSuchThing
from crm_bridge.notifications.store import SQL, Notice, NoticeKind, tell, tell_one
from telephony.errors import RingbackError
from telephony.ports import Clock
from telephony.postgres.patience import Patience
from telephony.postgres.pool import Pool

_EVERY: Final = 30.0
_NOT_BEFORE: Final = timedelta(seconds=30)
"""After a miss nothing is late yet, whatever the target."""
_LOOK_BACK: Final = timedelta(days=1)
_MISSED_TARGET: Final = "missed"


class NoticeWatch:
    """Looks for as long as `run` runs."""

    def __init__(self, pool: Pool, clock: Clock, zone: ZoneInfo, callbacks: CallbackOrders) -> None:
        self._pool = pool
        self._clock = clock
        self._zone = zone
        self._callbacks = callbacks

    async def run(self) -> None:
        """Look again and again; a database that is away is waited for."""
        await Patience("notices").every(_EVERY, self.look)

    async def look(self) -> None:
        """Look once."""
        now = self._clock()
        for row in await self._pool.fetch(SQL.unrung, now - _NOT_BEFORE):
            if await self._is_late(row["request_id"]):
                facts = {"request_id": row["request_id"]}
                await self._tell(Notice(NoticeKind.LATE, str(row["request_id"]), row["owner"] or None, facts), now)
        for row in await self._pool.fetch(SQL.overdue, now - _LOOK_BACK):
            facts = {"request_id": row["request_id"], "promise_id": row["promise_id"]}
            await self._tell(Notice(NoticeKind.PROMISE, str(row["promise_id"]), row["owner"] or None, facts), now)
        local = now.astimezone(self._zone)
        for row in await self._pool.fetch(SQL.digests):
            if local.time() >= row["digest_at"]:
                await self._digest(row["user_id"], local)

    async def _is_late(self, request_id: int) -> bool:
        try:
            shown = await self._callbacks.show(request_id)
        except (NoSuchThing, RingbackError):  # closed or erased meanwhile
            return False
        return str(shown.figures.target) == _MISSED_TARGET

    async def _tell(self, notice: Notice, now: datetime) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await tell(connection, notice, now, heads=True)

    async def _digest(self, user_id: str, local: datetime) -> None:
        """Tell the day so far, or the day before if it is asked for before noon."""
        day = local.date() if local.hour >= 12 else local.date() - timedelta(days=1)  # noqa: PLR2004 - noon
        begin = datetime.combine(day, datetime.min.time(), self._zone)
        end = datetime.combine(day + timedelta(days=1), datetime.min.time(), self._zone)
        who = await self._pool.fetchrow(SQL.manager_of, user_id)
        if who is None:
            return
        own = (who["manager_id"], who["extension"]) if who["role"] == "manager" else ("", "")
        figures: dict[str, Any] = dict(await self._pool.fetchrow(SQL.day, begin, end, *own) or {})
        notice = Notice(NoticeKind.DIGEST, day.isoformat(), None, figures | {"day": day.isoformat()})
        async with self._pool.acquire() as connection, connection.transaction():
            await tell_one(connection, user_id, notice, self._clock())
