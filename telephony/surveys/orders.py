"""Surveys as people and the CRM side order them: plan one, call one off, respect a refusal."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from telephony.callback.policy.guards import DIALABLE
from telephony.model import PbxName
from telephony.numbers import Canonical, canonical
from telephony.ports import Clock, Transaction
from telephony.postgres.pool import Pool
from telephony.settings import SurveySettings
from telephony.surveys.ending import SurveyEnding
from telephony.surveys.policy.model import SurveyEnd, SurveyId, SurveyOrderRefused, SurveyReason, SurveyState
from telephony.surveys.policy.timing import expiry, planned_for
from telephony.surveys.rows import SQL, survey_from

_BY_HAND_FOR: Final = timedelta(days=7)


class Route(NamedTuple):
    """How a customer is reached."""

    pbx: PbxName
    did: str = ""
    trunk: str = ""
    name: str = ""
    heard_number: str = ""


class PlannedSurvey(NamedTuple):
    """A survey that stands in the plan."""

    survey_id: SurveyId
    customer: Canonical
    not_before: datetime


class SurveyOrders:
    """See the module. ``pbx`` is where customers are called of whom no call tells otherwise."""

    def __init__(
        self,
        pool: Pool,
        settings: SurveySettings,
        ending: SurveyEnding,
        *,
        clock: Clock,
        zone: ZoneInfo,
        region: str,
        pbx: PbxName,
    ) -> None:
        self._pool = pool
        self._settings = settings
        self._ending = ending
        self._clock = clock
        self._zone = zone
        self._region = region
        self._pbx = pbx

    async def ask_now(self, number: str, by: str) -> PlannedSurvey:
        """Ask a customer as soon as hours and callbacks allow it.

        Raises:
            SurveyOrderRefused: surveys are off, the number cannot be dialled, they said never, or one is planned.
        """
        if not self._settings.enabled:
            raise SurveyOrderRefused("surveys by phone are off: set survey.enabled")
        customer = self._customer(number)
        async with self._pool.acquire() as connection, connection.transaction():
            if await connection.fetchval(SQL.said_never, customer):
                raise SurveyOrderRefused(f"{customer} does not want to be asked again")
            now = self._clock()
            route = await self._route(connection, customer)
            planned = await self._plan(
                connection, customer, route, SurveyReason.BY_HAND, now, by, (now, now + _BY_HAND_FOR)
            )
            if planned is None:
                raise SurveyOrderRefused(f"a survey of {customer} is planned or under way")
            return planned

    async def sold(self, transaction: Transaction, number: str, at: datetime) -> PlannedSurvey | None:
        """Plan the survey of a purchase; None if none is to be made (off, asked lately, said never)."""
        customer = canonical(number, self._region)
        if not self._settings.enabled or not DIALABLE.fullmatch(customer):
            return None
        since = self._clock() - timedelta(days=self._settings.every_days)
        if await transaction.fetchval(SQL.said_never, customer):
            return None
        if await transaction.fetchval(SQL.asked_since, customer, since):
            return None
        route = await self._route(transaction, customer)
        return await self.plan(transaction, customer, route, SurveyReason.SALE, at)

    async def plan(
        self, transaction: Transaction, customer: Canonical, route: Route, because: SurveyReason, anchor: datetime
    ) -> PlannedSurvey | None:
        """Write a survey into the plan, on a day of its own; None if one is there."""
        days = (planned_for(customer, anchor, self._zone), expiry(anchor))
        return await self._plan(transaction, customer, route, because, anchor, "", days)

    async def cancel(self, survey_id: SurveyId, by: str) -> None:
        """Call a planned survey off.

        Raises:
            SurveyOrderRefused: it is not there, or not planned any more.
        """
        del by
        async with self._pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(SQL.cancel_of, survey_id)
            if row is None:
                raise SurveyOrderRefused(f"there is no survey {survey_id}")
            if survey_from(row).state is not SurveyState.PLANNED:
                raise SurveyOrderRefused(f"survey {survey_id} is {row['state']}: only planned ones can be called off")
            await self._ending.end(connection, survey_id, SurveyEnd.CANCELLED)

    async def refuse(self, number: str, by: str) -> bool:
        """Never ask a customer again; False if that was known. What is planned for them is called off."""
        customer = self._customer(number)
        async with self._pool.acquire() as connection, connection.transaction():
            known = await connection.fetchval(SQL.said_never, customer)
            await connection.execute(SQL.refuse, customer, by, self._clock())
            for row in await connection.fetch(SQL.cancel_planned, customer):
                await self._ending.end(connection, survey_from(row).survey_id, SurveyEnd.SAID_NEVER)
        return not known

    async def allow(self, number: str) -> bool:
        """Take a refusal back; False if there was none."""
        return await self._pool.fetchval(SQL.allow, self._customer(number)) is not None

    def _customer(self, number: str) -> Canonical:
        customer = canonical(number, self._region)
        if not DIALABLE.fullmatch(customer):
            raise SurveyOrderRefused(f"{number[:40]!r} is no number that can be dialled")
        return customer

    async def _route(self, transaction: Transaction, customer: Canonical) -> Route:
        row = await transaction.fetchrow(SQL.last_route, customer)
        if row is None:
            return Route(self._pbx)
        return Route(PbxName(row["pbx"]), row["did"], row["trunk"], row["name"], row["heard_number"])

    async def _plan(
        self,
        transaction: Transaction,
        customer: Canonical,
        route: Route,
        because: SurveyReason,
        anchor: datetime,
        by: str,
        days: tuple[datetime, datetime],
    ) -> PlannedSurvey | None:
        name = await transaction.fetchval(SQL.name_of, customer) or route.name
        heard = route.heard_number or customer
        survey_id = await transaction.fetchval(
            SQL.plan,
            route.pbx,
            customer,
            heard,
            name,
            route.did,
            route.trunk,
            because,
            anchor,
            by,
            self._clock(),
            *days,
        )
        return None if survey_id is None else PlannedSurvey(SurveyId(survey_id), customer, days[0])
