"""Where the figures of a closed request are written, once, and read for ever."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from telephony.callback.policy.context import CallbackContext
from telephony.callback.policy.figures import Figures, Moments, Reason, TargetState, fate_of, measure
from telephony.callback.policy.model import Request, RequestId
from telephony.callback.rows import request_from
from telephony.ports import Transaction
from telephony.postgres.queries import load


class FactSql(NamedTuple):
    """The queries of facts.sql."""

    history: str
    first_rung: str
    freeze: str
    frozen: str
    unfrozen: str


_SQL: Final = load(Path(__file__).with_name("facts.sql"), FactSql)


class FactStore:
    """Freezes and reads. ``target_seconds`` is what a manager's phone must ring within."""

    def __init__(self, around: CallbackContext, target_seconds: float) -> None:
        self._around = around
        self._target_seconds = target_seconds

    async def freeze(self, transaction: Transaction, request: Request) -> None:
        """Write the figures of a request that this transaction has closed."""
        if request.closed_at is None or request.closed_for is None:
            return
        figures = await self._measured(transaction, request, request.closed_at)
        local = request.first_missed_at.astimezone(self._around.zone)
        await transaction.execute(
            _SQL.freeze,
            request.request_id,
            local.date(),
            local.hour,
            request.did,
            request.owner,
            await transaction.fetchval(_SQL.first_rung, request.request_id),
            fate_of(request.closed_for, talked=request.talked_at is not None),
            figures.target,
            figures.why_not,
            request.ring_by,
            figures.to_first_ring,
            figures.to_acceptance,
            figures.to_talk,
            request.misses,
            request.closed_for,
            request.closed_at,
            self._around.schedule_of(request.did).fingerprint,
        )

    async def figures(self, transaction: Transaction, request: Request, now: datetime) -> Figures:
        """Return a request's figures: as of now while it is open, as they were written once it is closed."""
        return await frozen(transaction, request.request_id) or await self._measured(transaction, request, now)

    async def fill(self, transaction: Transaction, most: int) -> int:
        """Freeze requests that a version before this one closed, by the calendar of now; tell how many there were."""
        rows = await transaction.fetch(_SQL.unfrozen, most)
        for row in rows:
            await self.freeze(transaction, request_from(row))
        return len(rows)

    async def _measured(self, transaction: Transaction, request: Request, now: datetime) -> Figures:
        history = await transaction.fetch(_SQL.history, request.request_id)
        reasons: Sequence[Reason] = [Reason(line["at"], line["reason"] or line["verb"]) for line in history]
        moments = Moments(
            request.first_missed_at,
            request.rang_at,
            request.accepted_at,
            request.talked_at,
            request.closed_at,
            request.ring_by,
        )
        calendar = self._around.calendar_of(request.did)
        return measure(moments, reasons, calendar, self._target_seconds, now)


async def frozen(transaction: Transaction, request_id: RequestId) -> Figures | None:
    """Return the figures that were written of a request; None of an open one."""
    row = await transaction.fetchrow(_SQL.frozen, request_id)
    if row is None:
        return None
    target = TargetState(row["target"])
    return Figures(row["to_first_ring"], row["to_acceptance"], row["to_talk"], target, row["why_not"])
