"""The callbacks' stage with surveys on it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest_asyncio
from prometheus_client import CollectorRegistry

from telephony.callback.operations import CallbackOperations
from telephony.daemon.parts import surveys as surveys_part
from telephony.daemon.parts.surveys import SurveyPart
from telephony.events import SurveyOver
from telephony.ports import Transaction
from telephony.postgres.pool import Pool
from telephony.settings import SurveySettings
from telephony.surveys.dialler import ToAsk
from telephony.voice.dialogs.survey_port import SurveyChannel
from tests.builders import CUSTOMER, PBX
from tests.integration.telephony.callback.stage import DID, Stage, set_stage, settings_with

SURVEY = SurveySettings(enabled=True, company="Garden", hours="24/7", keep_free_managers=0)


@dataclass
class SurveyStage:
    """Surveys over the callbacks' stage; ``over`` is what a hook heard."""

    stage: Stage
    surveys: SurveyPart
    over: list[SurveyOver] = field(default_factory=list)

    @property
    def pool(self) -> Pool:
        return self.stage.pool

    @property
    def now(self) -> datetime:
        return self.stage.clock.now

    @property
    def operations(self) -> CallbackOperations:
        return self.stage.callbacks.operations

    async def talked_days_ago(self, days: float, number: str = CUSTOMER) -> None:
        """Let a customer have had their first talk so long ago."""
        ago = timedelta(days=days)
        self.stage.clock.now -= ago
        call = await self.stage.answered(number)
        await self.stage.ended(call)
        self.stage.clock.now += ago - timedelta(seconds=60)

    async def ask(self, number: str = CUSTOMER) -> ToAsk:
        """Have a customer asked now; the try that is to be rung."""
        await self.surveys.orders.ask_now(number, "boss")
        found = await self.surveys.dialler.turn()
        assert found is not None
        return found

    async def talking(self, number: str = CUSTOMER) -> SurveyChannel:
        """A customer who has picked up."""
        found = await self.ask(number)
        channel = SurveyChannel(found.ringing.channel_id)
        assert await self.surveys.talk.picked_up(channel) is not None
        return channel

    async def row(self) -> dict[str, Any]:
        """The newest survey."""
        [row] = await self.pool.fetch("SELECT * FROM surveys ORDER BY survey_id DESC LIMIT 1")
        return dict(row.items())


async def survey_stage(pool: Pool, **survey: object) -> SurveyStage:
    """Build it."""
    settings = settings_with(own_numbers=(DID,), voice={"trunk": "PJSIP/carrier"}).model_copy(
        update={"survey": SURVEY.model_copy(update=survey)}
    )
    stage = await set_stage(pool, settings)
    heard: list[SurveyOver] = []

    async def hook(transaction: Transaction, over: SurveyOver) -> None:
        del transaction
        heard.append(over)

    part = surveys_part.make(
        pool, {PBX: stage.pbx}, settings, stage.callbacks, [hook], stage.clock, CollectorRegistry()
    )
    return SurveyStage(stage, part, heard)


@pytest_asyncio.fixture
async def asking(pool: Pool) -> AsyncIterator[SurveyStage]:
    """A stage with the usual settings."""
    built = await survey_stage(pool)
    yield built
    await built.stage.close()
