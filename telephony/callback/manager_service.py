"""The desk: knows the attempts, hears what managers press (a `telephony.voice.dialogs.manager_port.AttemptDesk`).

Each answer is one transaction that locks the request, so that of a group the first to accept wins, and an answer that
comes when the request is closed already is told why.

A customer who calls us while a manager is rung for them is not dialled: neither when the manager accepts, nor when the
sentence after that is over. Both times the calls are asked that the PBX tells of, for the ledger may be away just then.
A talk that the ledger has is judged by it alone: a request that is open in spite of it was made by a later miss.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from telephony.callback.phones import WithUs
from telephony.callback.policy import transitions
from telephony.callback.policy.context import CallbackContext
from telephony.callback.policy.dialling import DialCustomer, is_diallable, is_trunk
from telephony.callback.policy.guards import dialled_number
from telephony.callback.policy.lifecycle import Verb, allows
from telephony.callback.policy.model import Attempt, Outcome, Request, WithdrawnReason
from telephony.callback.repository import CallbackRepository
from telephony.callback.rows import SQL, attempt_from
from telephony.callback.talk_clock import ClockReading
from telephony.directory.store import SQL as DIRECTORY_SQL
from telephony.numbers import Canonical
from telephony.ports import Clock, Transaction
from telephony.postgres.pool import Pool
from telephony.voice.dialogs.manager_port import (
    AnswerNoted,
    AttemptId,
    DialReport,
    ManagerAnswer,
    ManagerBriefing,
    Withdrawn,
)
from telephony.voice.words.phrases import Language

_LISTENS: Final = timedelta(minutes=3)
_REPORTED: Final = timedelta(seconds=2)
_DIAL_MARGIN: Final = timedelta(seconds=15)
_MOST_ACCEPTED: Final = 1000
_GONE: Final = Withdrawn(WithdrawnReason.CANCELLED)
_OUTCOMES: Final = {
    ManagerAnswer.LATER: Outcome.LATER,
    ManagerAnswer.HAND_OVER: Outcome.HANDED_OVER,
    ManagerAnswer.DEALT: Outcome.DEALT,
    ManagerAnswer.NO_KEY: Outcome.NO_KEY,
    ManagerAnswer.HUNG_UP: Outcome.REFUSED,
}


AskWithUs = Callable[[Canonical], WithUs]
"""Whether a customer is on a call with us, or was; see `Phones.with_us`."""


class ManagerService:
    """Answers the conversations. ``language`` is what managers without one of their own are spoken to in."""

    def __init__(
        self,
        pool: Pool,
        book: CallbackRepository,
        surroundings: CallbackContext,
        with_us: AskWithUs,
        clock_now: Callable[[], ClockReading],
        *,
        clock: Clock,
        language: Language,
    ) -> None:
        self._pool = pool
        self._book = book
        self._surroundings = surroundings
        self._with_us = with_us
        self._clock_now = clock_now
        self._accepted: dict[AttemptId, Request] = {}
        """What is about to be dialled: from the acceptance until the sentence after it is over."""
        self._clock = clock
        self._language = language

    async def briefing(self, attempt: AttemptId) -> ManagerBriefing | Withdrawn:
        """Return what to tell the manager who picked up."""
        now = self._clock()
        async with self._pool.acquire() as connection, connection.transaction():
            locked = await self._book.lock_in_flight(connection, attempt)
            if locked is None:
                return _GONE
            request, ringing = locked
            if ringing.withdrawn is not None:
                return Withdrawn(ringing.withdrawn)
            await connection.execute(SQL.attempt_answered, ringing.key, now, now + _LISTENS)
            return ManagerBriefing(
                language=await self._language_of(connection, ringing),
                customer_name=await connection.fetchval(DIRECTORY_SQL.customer_name, request.customer) or request.name,
                customer_number=request.customer,
                missed_at=request.last_missed_at,
                missed_today=await self._missed_today(connection, request),
                later_minutes=max(1, round(self._book.settings.later_seconds / 60)),
            )

    async def withdrawn(self, attempt: AttemptId) -> Withdrawn | None:
        """Return whether the attempt has become unwanted."""
        row = await self._pool.fetchrow(SQL.attempt_of_channel, attempt)
        if row is None:
            return _GONE
        ringing = attempt_from(row)
        if ringing.withdrawn is not None:
            return Withdrawn(ringing.withdrawn)
        return None if ringing.ended_at is None else _GONE

    async def report(self, attempt: AttemptId, answer: ManagerAnswer) -> DialCustomer | Withdrawn | AnswerNoted:
        """Take the manager's answer."""
        now = self._clock()
        async with self._pool.acquire() as connection, connection.transaction():
            locked = await self._book.lock_in_flight(connection, attempt)
            if locked is None:
                return _GONE if answer is ManagerAnswer.ACCEPTED else AnswerNoted()
            request, ringing = locked
            if answer is ManagerAnswer.ACCEPTED:
                return await self._accept(connection, request, ringing, now)
            outcome = _OUTCOMES[answer] if ringing.withdrawn is None else Outcome.WITHDRAWN
            await self._book.conclude(connection, request, ringing, outcome, now, by=ringing.manager)
            return AnswerNoted()

    async def calls_us(self, attempt: AttemptId) -> bool:
        """Return whether the customer of an accepted attempt has come to us meanwhile; then they are not dialled."""
        request = self._accepted.pop(attempt, None)
        if request is None or self._with_us(request.customer) == WithUs(on_call=False, talked=None):
            return False
        now = self._clock()
        async with self._pool.acquire() as connection, connection.transaction():
            locked = await self._book.lock_in_flight(connection, attempt)
            if locked is None or locked[1].withdrawn is not None:
                return True
            comes = await self._comes(connection, request.customer)
            if comes:
                await self._book.conclude(connection, *locked, Outcome.CALLS_US, now, by=locked[1].manager)
        return comes

    async def _comes(self, transaction: Transaction, customer: Canonical) -> bool:
        """Whether a customer with an open request is with us, or was lately, and the ledger has not heard it yet."""
        with_us = self._with_us(customer)
        if with_us.on_call or with_us.talked is None:
            return with_us.on_call
        return not await transaction.fetchval(SQL.call_judged, with_us.talked)

    async def dialled(self, attempt: AttemptId, report: DialReport) -> None:
        """Keep the dialplan's report; the end of the call, or the search, draws the conclusion."""
        await self._pool.execute(
            SQL.attempt_dialled,
            attempt,
            report.dialstatus,
            report.hangup_cause,
            float(report.talk_seconds),
            self._clock() + _REPORTED,
        )

    async def _accept(
        self, transaction: Transaction, request: Request, ringing: Attempt, now: datetime
    ) -> DialCustomer | Withdrawn:
        if ringing.withdrawn is not None:
            return Withdrawn(ringing.withdrawn)
        if not allows(request.state, Verb.ACCEPT):
            return _GONE
        if await self._comes(transaction, request.customer):
            await self._book.conclude(transaction, request, ringing, Outcome.CALLS_US, now, by=ringing.manager)
            return Withdrawn(WithdrawnReason.GOT_THROUGH)
        if await self._surroundings.tolls.spend(transaction, request.customer, "callback", now) is not None:
            await self._book.withdraw(transaction, request, WithdrawnReason.CANCELLED, now)
            await self._book.write(transaction, transitions.not_dialled(request, now))
            return _GONE
        dial_ends = now + timedelta(seconds=self._book.settings.customer_ring_seconds) + _DIAL_MARGIN
        await transaction.execute(SQL.attempt_accepted, ringing.key, now, dial_ends, *self._clock_now())
        await self._book.withdraw(transaction, request, WithdrawnReason.TAKEN, now, but=ringing)
        if request.owner is None:
            await transaction.execute(SQL.adopt_customer, request.customer, request.name, ringing.manager)
        await self._book.write(transaction, transitions.accept(request, ringing.manager, now))
        self._accepted[AttemptId(ringing.channel_id)] = request
        if len(self._accepted) > _MOST_ACCEPTED:
            del self._accepted[next(iter(self._accepted))]
        number = dialled_number(request, self._surroundings.region, self._book.settings)
        return DialCustomer(
            number=number,
            caller_id=request.did if is_diallable(request.did) else "",
            trunk=request.trunk if is_trunk(request.trunk) else "",
            ring_seconds=max(1, round(self._book.settings.customer_ring_seconds)),
        )

    async def _missed_today(self, transaction: Transaction, request: Request) -> int:
        since, until = day_of(request.last_missed_at, self._surroundings.zone)
        counted: int = await transaction.fetchval(SQL.missed_today, request.customer, since, until)
        return max(1, counted)

    async def _language_of(self, transaction: Transaction, ringing: Attempt) -> Language:
        language = await transaction.fetchval(DIRECTORY_SQL.language_of, ringing.manager)
        return Language(language) if language in set(Language) else self._language


def day_of(moment: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the beginning and the end of the day that ``moment`` is on in ``zone``."""
    local = moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    following = (local.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone)
    return local, following
