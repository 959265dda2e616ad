"""An order is done once, however often its button is clicked, in however many tabs, whichever daemon hears of it.

A form has a name of its own that is good once; and the same order by the same person within a few seconds is another
tab's, or a finger's, not a new wish. Both are rows, taken before the order is done: if the daemon dies between the two,
the form must be asked for anew, and nothing is done twice.
"""

import hashlib
from pathlib import Path
from typing import Final, NamedTuple

from telephony.postgres.pool import Pool
from telephony.postgres.queries import load

_LONGEST: Final = 64
WITHIN: Final = 5.0
"""Seconds."""


class _OnceSql(NamedTuple):
    """The queries of orders_once.sql."""

    take: str
    give_back: str
    forget: str


_SQL: Final = load(Path(__file__).with_name("orders_once.sql"), _OnceSql)


class OnceKeeper:
    """Knows which forms and orders were taken."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def begin(self, user_id: str, form: str, order: str) -> bool:
        """Take an order by its form's name and by what it says; False if either was taken before.

        A form without a name is taken by what it says alone.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_SQL.forget)
            if form and not await connection.fetchval(_SQL.take, user_id, _form(form), None):
                return False
            return bool(await connection.fetchval(_SQL.take, user_id, _order(order), WITHIN))

    async def undo(self, user_id: str, form: str, order: str) -> None:
        """Let it be sent again: it was refused, and changed nothing."""
        await self._pool.execute(_SQL.give_back, user_id, [_form(form), _order(order)])


def _form(name: str) -> str:
    return f"form {_short(name)}"


def _order(order: str) -> str:
    return f"order {_short(order)}"


def _short(text: str) -> str:
    """Return what stands for a text, whatever somebody wrote in it."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:_LONGEST]
