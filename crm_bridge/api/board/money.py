"""Money at risk with all that it is made of, and new customers."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from crm_bridge.api.endpoint import Asked, Endpoint, Params
from crm_bridge.api.listing import NEXT, cut
from crm_bridge.api.resources.reports import ReportDay
from crm_bridge.api.values.keys import Scope
from crm_bridge.console_settings import MoneySettings
from crm_bridge.figures.spans import DaySpan
from crm_bridge.money.reader import MoneyReader
from crm_bridge.money.reckoning import Factor, Loss, rounded
from crm_bridge.newcomers.listing import NewcomerParams, NewcomerQueries, NewcomerShape, newcomer_place
from crm_bridge.schemas import Shape
from telephony.ports import Clock
from telephony.postgres.pool import Pool


class MoneyParams(Params):
    """Of which days."""

    since: ReportDay = Field(description="The first day, in the company's zone.")
    until: ReportDay = Field(description="The last day.")


class FactorShape(Shape):
    """A factor of the loss."""

    value: Decimal
    assumed: bool = Field(description="True: there is too little data, and this is what the operator believes.")


class LossShape(Shape):
    """An amount with the band in which it is in four of five cases; two digits, as it is worth no more."""

    value: Decimal
    low: Decimal
    high: Decimal


class MoneyShape(BaseModel):
    """Money at risk: lost customers, times the company's own conversion, times its own average order."""

    currency: str
    lost: int = Field(description="Customers who were missed in these days and lost; each once.")
    reached: int = Field(description="Customers who were missed and reached by our callback.")
    owed: int = Field(description="Customers who are still to be called.")
    learned_since: date = Field(description="Conversion and order are known from first talks of these days.")
    learned_until: date
    first: int = Field(description="New customers of those days.")
    won: int = Field(description="Those of them who bought within sixty days.")
    orders: int
    conversion: FactorShape | None = Field(description="Null if nothing is known or believed of it.")
    average_order: FactorShape | None
    at_risk: LossShape | None
    brought_back: LossShape | None = Field(description="The same of the customers who were reached.")


class NewcomerPage(BaseModel):
    """A page of new customers, the newest first."""

    newcomers: list[NewcomerShape]
    next_cursor: str | None = NEXT


class MoneyHandlers:
    """The one operation on money."""

    def __init__(self, pool: Pool, zone: ZoneInfo, clock: Clock, settings: MoneySettings) -> None:
        self._reader = MoneyReader(pool, zone, settings)
        self._zone = zone
        self._clock = clock
        self._currency = settings.currency

    async def report(self, asked: Asked[MoneyParams]) -> MoneyShape:
        """Reckon it."""
        span = DaySpan(asked.params.since, max(asked.params.since, asked.params.until))
        found = await self._reader.report(span, self._clock().astimezone(self._zone).date())
        return MoneyShape(
            currency=self._currency,
            lost=found.lost,
            reached=found.reached,
            owed=found.owed,
            learned_since=found.learned.first,
            learned_until=found.learned.last,
            first=found.first,
            won=found.won,
            orders=found.orders,
            conversion=_factor(found.conversion, 4),
            average_order=_factor(found.order, 2),
            at_risk=_loss(found.at_risk),
            brought_back=_loss(found.brought_back),
        )

    def endpoints(self) -> list[Endpoint]:
        """Return it."""
        return [
            Endpoint(
                method="GET",
                path="/money",
                operation="getMoney",
                summary="What lost customers cost, by the company's own conversion and average order.",
                handler=self.report,
                result=MoneyShape,
                params=MoneyParams,
                scope=Scope.CALLS_READ,
                tag="reports",
            )
        ]


class NewcomerHandlers:
    """The one operation on new customers; ``sold_codes`` are results that mean a sale."""

    def __init__(self, pool: Pool, sold_codes: Sequence[str]) -> None:
        self._queries = NewcomerQueries(pool, sold_codes)

    async def page(self, asked: Asked[NewcomerParams]) -> NewcomerPage:
        """List them."""
        found = await self._queries.page(asked.params, asked.params.limit + 1, asked.now, asked.access)
        shown, last = cut(found, asked.params.limit, newcomer_place)
        return NewcomerPage(newcomers=shown, next_cursor=last)

    def endpoints(self) -> list[Endpoint]:
        """Return it."""
        return [
            Endpoint(
                method="GET",
                path="/newcomers",
                operation="listNewcomers",
                summary="Customers by their first answered call, the newest first.",
                handler=self.page,
                result=NewcomerPage,
                params=NewcomerParams,
                scope=Scope.CALLS_READ,
                tag="reports",
            )
        ]


def _factor(factor: Factor | None, digits: int) -> FactorShape | None:
    if factor is None:
        return None
    return FactorShape(value=factor.value.quantize(Decimal(1).scaleb(-digits)), assumed=factor.assumed)


def _loss(loss: Loss | None) -> LossShape | None:
    if loss is None:
        return None
    return LossShape(value=rounded(loss.value), low=rounded(loss.low), high=rounded(loss.high))
