"""The dialler: whom to ask now, and the ring. One task a daemon; of several daemons one decides at a time.

A turn asks one customer at most, and only while nobody has to be called back, no other survey is under way, and enough
managers are free: callbacks and live callers go first. A try is written before the phone rings. A try of which nobody
knows how it went ends the survey: a customer is not rung again because of our trouble.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import structlog

from telephony.callback.owners import Owners
from telephony.callback.phones import PbxLine, Phones
from telephony.callback.policy.context import CallbackContext
from telephony.callback.policy.dialling import DIAL, DialCustomer, dial_variables, is_diallable, is_trunk
from telephony.callback.policy.guards import outside_number
from telephony.callback.policy.ladder import Presence
from telephony.callback.policy.roster import Roster
from telephony.callback.rows import SQL as CALLBACKS
from telephony.errors import ActionTimedOut, NotReady, PbxUnavailable, Refused, reason
from telephony.model import Party, PbxName
from telephony.pbx.asking import ring
from telephony.pbx.requests import Originate, ToExtension
from telephony.ports import Clock, Transaction
from telephony.postgres.outages import is_worldly
from telephony.postgres.patience import Patience
from telephony.postgres.pool import Pool
from telephony.schedule.rules.hours import weekly
from telephony.settings import TelephonySettings
from telephony.surveys.ending import SurveyEnding
from telephony.surveys.policy.decide import AskingHours, AskLater, AskNow, CustomerFacts, DoNotAsk, decide
from telephony.surveys.policy.model import CHANNEL_PREFIX, MOST_TRIES, Survey, SurveyEnd
from telephony.surveys.policy.timing import next_try
from telephony.surveys.rows import SQL, survey_from
from telephony.surveys.talk import SurveyTalk

_log = structlog.get_logger(__name__)

CONTEXT: Final = "ringback-survey"
VARIABLE: Final = "RINGBACK_SURVEY"
_SOURCE: Final = "survey"
_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)
_LOOKED_AT: Final = 20
"""Surveys that are looked at in one turn, till one is found that may be rung."""
_TRUNK_LOOK_BACK: Final = timedelta(days=30)
_TALK_LOOK_BACK: Final = timedelta(days=2)
_ORIGINATE_MARGIN: Final = 15.0
_RING_FORGOTTEN: Final = timedelta(minutes=3)
_TALK_FORGOTTEN: Final = timedelta(minutes=20)
"""Longer than all questions take."""


class DiallerServices(NamedTuple):
    """What it works with."""

    surroundings: CallbackContext
    phones: Phones
    owners: Owners
    talk: SurveyTalk
    ending: SurveyEnding


class ToAsk(NamedTuple):
    """A try that is written: the phone is to be rung as soon as the transaction is committed."""

    survey: Survey
    ringing: Originate


class SurveyDialler:
    """See the module. ``nonce`` makes channel ids unguessable."""

    def __init__(
        self,
        pool: Pool,
        pbxs: Mapping[PbxName, PbxLine],
        settings: TelephonySettings,
        services: DiallerServices,
        *,
        clock: Clock,
        nonce: Callable[[], str],
    ) -> None:
        self._pool = pool
        self._pbxs = pbxs
        self._settings = settings
        self._surroundings, self._phones, self._owners, self._talk, self._ending = services
        self._clock = clock
        self._nonce = nonce
        self._hours = weekly(settings.survey.hours, settings.hours.timezone)
        self._patience = Patience("surveys")

    async def run(self) -> None:
        """Ask until cancelled; a database that is away is waited for."""
        await self._patience.forever(self._serve)

    async def _serve(self) -> None:
        async with asyncio.TaskGroup() as ringing:
            while True:
                found = await self.turn()
                self._patience.well()
                if found is not None:
                    ringing.create_task(self.ring(found), name="survey-ring")
                await asyncio.sleep(self._settings.survey.poll_seconds)

    async def turn(self) -> ToAsk | None:
        """Decide whom to ring now, and write it; None if nobody."""
        await self._talk.write_what_waits()
        await self._end_forgotten()
        now = self._clock()
        if not await self._pool.fetchval(SQL.is_due, now):
            return None
        roster = await self._owners.roster()
        free = await self._free_managers(roster, now)
        async with self._pool.acquire() as connection, connection.transaction():
            if not await connection.fetchval(SQL.alone) or not await self._may_ask(connection, now):
                return None
            for row in await connection.fetch(SQL.claim, now, _LOOKED_AT):
                survey = survey_from(row)
                if free.get(survey.pbx, 0) <= self._settings.survey.keep_free_managers:
                    continue
                found = await self._one(connection, survey, roster, now)
                if found is not None:
                    return found
        return None

    async def _may_ask(self, transaction: Transaction, now: datetime) -> bool:
        """Return whether one may be rung: nothing more urgent, none under way, the day's number not reached."""
        return not (
            await transaction.fetchval(SQL.callbacks_wait, now)
            or await transaction.fetchval(SQL.under_way)
            or await transaction.fetchval(SQL.rung_since, now - _DAY) >= self._settings.survey.per_day
        )

    async def _free_managers(self, roster: Roster, now: datetime) -> dict[PbxName, int]:
        free: dict[PbxName, int] = {}
        for name, pbx in self._pbxs.items():
            if not pbx.synced.is_set():
                continue
            try:
                people = await self._phones.presence(name, pbx, roster, now, mobiles=False)
            except NotReady as error:
                _log.info("survey.pbx_not_asked", pbx=name, reason=str(error))
            else:
                free[name] = sum(presence is Presence.FREE for presence in people.values())
        return free

    async def _one(self, transaction: Transaction, survey: Survey, roster: Roster, now: datetime) -> ToAsk | None:
        around = self._surroundings
        facts = await self._facts(transaction, survey, now)
        hours = AskingHours(self._hours, around.calendar_of(survey.did), around.waking, around.zone)
        decision = decide(now, survey, facts, hours, roster.barred)
        match decision:
            case DoNotAsk(why):
                await self._ending.end(transaction, survey.survey_id, why)
            case AskLater(at):
                await transaction.execute(SQL.postpone, survey.survey_id, at)
            case AskNow():
                return await self._written(transaction, survey, now)
        return None

    async def _facts(self, transaction: Transaction, survey: Survey, now: datetime) -> CustomerFacts:
        row = await transaction.fetchrow(SQL.facts, survey.customer, now - _TALK_LOOK_BACK)
        known = dict(row.items()) if row is not None else {}
        if self._phones.with_us(survey.customer).on_call:
            known["waits_for_us"] = True
        return CustomerFacts(**known, toll=self._surroundings.tolls.refusal(survey.customer, _SOURCE) is not None)

    async def _written(self, transaction: Transaction, survey: Survey, now: datetime) -> ToAsk | None:
        """Write the try, unless the trunk's minute or a limit of [toll] is spent: then later."""
        pace = self._settings.callback.originates_per_minute
        spent = await transaction.fetch(CALLBACKS.trunk_spent, survey.pbx, survey.trunk, now - _MINUTE)
        if sum(row["phones"] for row in spent) >= pace:
            return None
        try:
            ringing = self._ringing(survey, await self._trunk(transaction, survey, now))
        except Refused as error:  # the settings lack a trunk: that is not the customer's fault
            _log.error("survey.not_diallable", survey=survey.survey_id, reason=str(error))
            await transaction.execute(SQL.postpone, survey.survey_id, now + _HOUR)
            return None
        if await self._surroundings.tolls.spend(transaction, survey.customer, _SOURCE, now) is not None:
            await transaction.execute(SQL.postpone, survey.survey_id, now + _DAY)
            return None
        await transaction.execute(CALLBACKS.trunk_spend, survey.pbx, survey.trunk, now, 1)
        language = self._talk.language_of(survey.customer, survey.did)
        await transaction.execute(SQL.ring, survey.survey_id, ringing.channel_id, now, language)
        return ToAsk(survey, ringing)

    async def _trunk(self, transaction: Transaction, survey: Survey, now: datetime) -> str:
        """Return the trunk of their call; else the one of the last call of all, unless the settings name one."""
        if is_trunk(survey.trunk) or self._surroundings.dialling.trunk:
            return survey.trunk if is_trunk(survey.trunk) else ""
        last = await transaction.fetchval(CALLBACKS.last_trunk, survey.pbx, now - _TRUNK_LOOK_BACK) or ""
        return last if is_trunk(last) else ""

    def _ringing(self, survey: Survey, trunk: str) -> Originate:
        """Build what rings a customer's phone, as a callback's customer is dialled.

        Raises:
            Refused: there is no number or no trunk to dial by.
        """
        callback, dialling = self._settings.callback, self._surroundings.dialling
        number = outside_number(survey.customer, survey.heard_number, self._surroundings.region, callback)
        order = DialCustomer(
            number=number,
            caller_id=survey.did if is_diallable(survey.did) else "",
            trunk=trunk,
        )
        channel_id = f"{CHANNEL_PREFIX}{survey.survey_id}-{survey.tries + 1}-{self._nonce()}"
        return Originate(
            dial_variables(order, dialling)[DIAL],
            ToExtension(CONTEXT),
            channel_id,
            caller=Party(order.caller_id) if order.caller_id else None,
            variables={VARIABLE: channel_id},
            ring_seconds=self._settings.survey.ring_seconds,
        )

    async def ring(self, it: ToAsk) -> None:
        """Ring a customer's phone, and write down if nobody picked up."""
        survey, ringing = it
        log = _log.bind(survey=survey.survey_id, channel=ringing.channel_id)
        log.info("survey.ring", attempt=survey.tries + 1)
        try:
            ended = await ring(
                self._pbxs[survey.pbx], ringing, timeout_seconds=ringing.ring_seconds + _ORIGINATE_MARGIN
            )
        except Refused as error:
            log.warning("survey.refused", reason=str(error))
            await self._recorded(self._not_reached, it)
        except (ActionTimedOut, PbxUnavailable) as error:
            log.warning("survey.unanswered", reason=str(error))  # looked after as a forgotten one
        else:
            if not ended.answered:
                await self._recorded(self._not_reached, it)

    async def _recorded(self, write: Callable[[ToAsk], Awaitable[None]], it: ToAsk) -> None:
        try:
            await write(it)
        except Exception as error:
            if not is_worldly(error):
                raise
            _log.warning("survey.outcome_unwritten", survey=it.survey.survey_id, reason=reason(error))

    async def _not_reached(self, it: ToAsk) -> None:
        survey, channel_id = it.survey, it.ringing.channel_id
        tries, now = survey.tries + 1, self._clock()
        async with self._pool.acquire() as connection, connection.transaction():
            if tries >= MOST_TRIES:
                row = await connection.fetchrow(SQL.by_channel, channel_id)
                if row is not None and row["answered_at"] is None:
                    await self._ending.end(connection, survey.survey_id, SurveyEnd.NOT_REACHED)
                return
            at, half = next_try(now, self._surroundings.zone)
            await connection.execute(SQL.try_again, channel_id, tries, at, half)

    async def _end_forgotten(self) -> None:
        """End what was rung, or talked with, and of which nothing came: a daemon or a PBX died meanwhile."""
        now = self._clock()
        async with self._pool.acquire() as connection, connection.transaction():
            for row in await connection.fetch(SQL.forgotten, now - _RING_FORGOTTEN, now - _TALK_FORGOTTEN):
                consented = row["consented_at"] is not None
                await self._ending.end(
                    connection, survey_from(row).survey_id, SurveyEnd.HUNG_UP if consented else SurveyEnd.LOST
                )
