"""A click that comes twice within seconds is one call: a nervous finger, a page that posts again, a webhook's retry.

Who names a request (``Idempotency-Key``), or whose clicks have ids of their own (Bitrix24), needs no such guess. For
the others the row in PostgreSQL decides who is the first, over all daemons: same manager, same number, a few seconds.
"""

import asyncio
import hashlib
from datetime import timedelta
from typing import Final
from weakref import WeakValueDictionary

from crm_bridge.api.first_answers import SQL
from crm_bridge.api.ports import Dialler
from crm_bridge.errors import ClickUnderWay
from telephony.errors import ActionTimedOut, AnswerLost, RingbackError
from telephony.model import CallId
from telephony.numbers import canonical
from telephony.ports import Clock
from telephony.postgres.pool import Pool

WITHIN: Final = timedelta(seconds=5)
"""Shorter than anybody needs to hear that nobody answers and to click again."""
_KEY: Final = "click"
"""In place of an API key's id, which has eight letters."""
_TAKEN: Final = 202


class OneClick:
    """Dials, but not the same twice; another `Dialler`. ``region`` is the operator's country."""

    def __init__(self, pool: Pool, clock: Clock, region: str, dialler: Dialler) -> None:
        self._pool = pool
        self._clock = clock
        self._region = region
        self._dialler = dialler
        self._under_way: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def dial(self, manager: str, number: str, by: str) -> CallId:
        """Ring a manager, then dial the number; the same again within `WITHIN` gives the first one's call.

        Raises:
            ClickUnderWay: another daemon is at it, or nobody knows whether the first one rang.
            RingbackError: as the dialler's.
        """
        name = hashlib.sha256(f"{manager}\n{canonical(number, self._region)}".encode()).hexdigest()
        async with self._under_way.setdefault(name, asyncio.Lock()):
            now = self._clock()
            if not await self._pool.fetchval(SQL.begin, _KEY, name, b"", now, now - WITHIN, ""):
                return await self._first_call(name)
            try:
                call_id = await self._dialler.dial(manager, number, by)
            except RingbackError as error:
                # It may ring: then the next click waits out the seconds.
                if not isinstance(error, ActionTimedOut | AnswerLost):
                    await self._pool.execute(SQL.withdraw, _KEY, name)
                raise
            await self._pool.execute(SQL.finish, _KEY, name, _TAKEN, call_id.encode())
            return call_id

    async def _first_call(self, name: str) -> CallId:
        kept = await self._pool.fetchrow(SQL.kept, _KEY, name)
        if kept is None or kept["code"] is None:
            raise ClickUnderWay("the same was clicked a moment ago, and it is not known yet what came of it")
        return CallId(bytes(kept["answer"]).decode())
