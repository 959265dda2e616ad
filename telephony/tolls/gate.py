"""The check as everybody asks it: the rules, what was dialled before, and the alarm when a limit bites."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import structlog
from prometheus_client import CollectorRegistry, Counter

from telephony.errors import Refused
from telephony.numbers import Canonical
from telephony.ports import Transaction
from telephony.postgres.queries import load
from telephony.settings import TollSettings
from telephony.tolls.rules import DialledCounts, TollCause, TollRefusal, TollRules, cap, refusal, rules_of

_log = structlog.get_logger(__name__)

_DAY: Final = timedelta(hours=24)
_KEPT: Final = timedelta(hours=48)
_BITES: Final = timedelta(hours=1)
"""A limit is told on /healthz for so long after it last refused something."""


class TollSql(NamedTuple):
    """The queries of tolls.sql."""

    one_at_a_time: str
    dialled: str
    dialled_by_range: str
    spend: str
    alarm: str
    sweep: str


SQL = load(Path(__file__).with_name("tolls.sql"), TollSql)


class TollRefused(Refused):
    """The number is not dialled: a rule of [toll] forbids it; the text says which, and what would allow it."""

    error_id = "toll-refused"


class TollGate:
    """See the package. ``registry`` None counts nowhere: a command that looks and goes."""

    def __init__(self, settings: TollSettings, region: str, registry: CollectorRegistry | None = None) -> None:
        self.rules = rules_of(settings, region)
        self.least_ring = timedelta(seconds=settings.least_ring_seconds)
        self._refusals = Counter(
            "ringback_toll_refusals",
            "Numbers that were not dialled outside, by the rule of [toll] and by who wanted it.",
            ("cause", "source"),
            registry=registry,
        )
        self._bit: tuple[datetime, str] | None = None

    def refusal(self, number: Canonical, source: str) -> TollRefusal | None:
        """Return why a number may never be dialled, and count it; None if the rules allow it."""
        found = refusal(number, self.rules)
        if found is not None:
            self._refusals.labels(found.cause, source).inc()
        return found

    def allow(self, number: Canonical, source: str) -> None:
        """Like `refusal`, for those who were asked by a person.

        Raises:
            TollRefused: it may not be dialled.
        """
        found = self.refusal(number, source)
        if found is not None:
            raise TollRefused(found.said)

    async def spend(self, transaction: Transaction, number: Canonical, source: str, at: datetime) -> TollRefusal | None:
        """Count a dial that is about to be made, or tell why it must not be; commits with the caller's transaction.

        Args:
            transaction: in which everything else of this dial is locked already.
            number: the customer's.
            source: who wants it: ``callback``, ``click``, ``survey`` ...; a few words, they are a metric's label.
            at: now.
        """
        found = self.refusal(number, source)
        if found is not None:
            return found
        await transaction.execute(SQL.one_at_a_time)
        found = await self.capped(transaction, number, source, at)
        if found is None:
            await transaction.execute(SQL.spend, at, self.rules.range_of(number), source)
        return found

    async def capped(
        self, transaction: Transaction, number: Canonical, source: str, at: datetime
    ) -> TollRefusal | None:
        """Return which limit is reached; the first time a day it is an alarm. Nothing is counted as dialled."""
        [row] = await transaction.fetch(SQL.dialled, at - _DAY, self.rules.range_of(number))
        return await self._judged(transaction, number, DialledCounts(row["to_range"], row["in_all"]), source, at)

    async def ledger(self, transaction: Transaction, at: datetime) -> "DayLedger":
        """Read what was dialled, once for many questions."""
        rows = await transaction.fetch(SQL.dialled_by_range, at - _DAY)
        return DayLedger(self.rules, {row["range"]: row["dials"] for row in rows})

    async def sweep(self, transaction: Transaction, at: datetime) -> None:
        """Forget what no limit looks at any more."""
        await transaction.execute(SQL.sweep, at - _KEPT)

    def health(self, now: datetime) -> tuple[bool, str]:
        """Return whether all calls find their place within the limits, and in a few words how it is."""
        biting = self.biting(now)
        return not biting, biting or "within their limits"

    def biting(self, now: datetime) -> str:
        """Return which limit refused something within the last hour; empty if none."""
        return self._bit[1] if self._bit is not None and now - self._bit[0] < _BITES else ""

    async def _judged(
        self, transaction: Transaction, number: Canonical, dialled: DialledCounts, source: str, at: datetime
    ) -> TollRefusal | None:
        found = cap(number, dialled, self.rules)
        if found is not None:
            await self.bites(transaction, number, found, source, at)
        return found

    async def bites(
        self, transaction: Transaction, number: Canonical, found: TollRefusal, source: str, at: datetime
    ) -> None:
        """Tell that a limit refused something: counted each time, an alarm once a day."""
        self._refusals.labels(found.cause, source).inc()
        self._bit = (at, found.said)
        whose = self.rules.range_of(number) if found.cause is TollCause.PREFIX_CAP else ""
        if await transaction.fetchval(SQL.alarm, at, found.cause, whose, found.said) is not None:
            _log.warning("toll.cap_reached", cause=found.cause, said=found.said, source=source)


class DayLedger:
    """The last 24 hours' dials as of one moment, for a batch of questions."""

    def __init__(self, rules: TollRules, by_range: Mapping[str, int]) -> None:
        self._rules = rules
        self._by_range = by_range
        self._in_all = sum(by_range.values())

    def cap(self, number: Canonical) -> TollRefusal | None:
        """Return which limit is reached; whoever acts on it tells `TollGate.bites`."""
        return cap(
            number, DialledCounts(self._by_range.get(self._rules.range_of(number), 0), self._in_all), self._rules
        )
