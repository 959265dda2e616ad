"""Reads what money at risk is made of, and puts it together."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from crm_bridge.console_settings import MoneySettings
from crm_bridge.figures.spans import DaySpan
from crm_bridge.money.reckoning import Assumption, Factor, Loss, average_order, conversion, loss
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load

SOLD_WITHIN: Final = timedelta(days=60)
"""Who buys later does not count as having bought after the first call."""
_HALF_A_YEAR: Final = 180


class MoneySql(NamedTuple):
    """The queries of money.sql."""

    conversion: str
    missed: str


SQL: Final = load(Path(__file__).with_name("money.sql"), MoneySql)


@dataclass(frozen=True, slots=True)
class MoneyReport:
    """Everything that the figure is made of."""

    span: DaySpan
    lost: int
    """Customers; each once, however many requests of theirs were lost."""
    lost_requests: int
    reached: int
    reached_requests: int
    owed: int
    learned: DaySpan
    """The days of the first talks from which conversion and order are known."""
    first: int
    won: int
    orders: int
    conversion: Factor | None
    order: Factor | None
    at_risk: Loss | None
    """None if nothing is known or believed of conversion or order."""
    brought_back: Loss | None


class MoneyReader:
    """Reads."""

    def __init__(self, pool: Pool, zone: ZoneInfo, settings: MoneySettings) -> None:
        self._pool = pool
        self._zone = zone
        self._settings = settings

    async def report(self, span: DaySpan, today: date) -> MoneyReport:
        """Put the report together for customers who were first missed in these days."""
        told = self._settings
        last = today - SOLD_WITHIN
        learned = DaySpan(last - timedelta(days=_HALF_A_YEAR - 1), last)
        codes = list(told.sold_codes)
        [known] = await self._pool.fetch(SQL.conversion, *learned.moments(self._zone), codes, SOLD_WITHIN)
        [missed] = await self._pool.fetch(SQL.missed, *span.moments(self._zone))
        share = conversion(
            known["won"], known["first"], Assumption(told.conversion, told.conversion_low, told.conversion_high)
        )
        believed = Assumption(told.average_order, told.average_order_low, told.average_order_high)
        order = average_order(known["orders"], known["total"], known["squares"], believed)
        both = share is not None and order is not None
        return MoneyReport(
            span,
            **dict(missed),
            learned=learned,
            first=known["first"],
            won=known["won"],
            orders=known["orders"],
            conversion=share,
            order=order,
            at_risk=loss(missed["lost"], share, order) if share and order and both else None,
            brought_back=loss(missed["reached"], share, order) if share and order and both else None,
        )
