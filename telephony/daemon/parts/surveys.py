"""Surveys by phone, made and started."""

import secrets
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from prometheus_client import CollectorRegistry

from telephony.callback.assembly import Callbacks
from telephony.callback.phones import PbxLine
from telephony.daemon.supervisor import Supervisor
from telephony.model import PbxName
from telephony.ports import Clock, SurveyHook
from telephony.postgres.pool import Pool
from telephony.settings import TelephonySettings
from telephony.surveys.dialler import DiallerServices, SurveyDialler
from telephony.surveys.ending import SurveyEnding
from telephony.surveys.orders import SurveyOrders
from telephony.surveys.planner import SurveyPlanner
from telephony.surveys.talk import SurveyTalk
from telephony.voice.words.phrases import Language


class SurveyPart(NamedTuple):
    """What the rest of the daemon needs of it."""

    orders: SurveyOrders
    talk: SurveyTalk
    planner: SurveyPlanner
    dialler: SurveyDialler
    settings: TelephonySettings

    def start(self, supervisor: Supervisor) -> None:
        """Start its loops, where surveys are on."""
        if not self.settings.survey.enabled:
            return
        if self.settings.survey.first_calls:
            supervisor.spawn("survey planner", self.planner.run())
        supervisor.spawn("surveys", self.dialler.run())


def make(
    pool: Pool,
    pbxs: Mapping[PbxName, PbxLine],
    settings: TelephonySettings,
    callbacks: Callbacks,
    hooks: Sequence[SurveyHook],
    clock: Clock,
    registry: CollectorRegistry,
) -> SurveyPart:
    """Build it.

    Raises:
        ScheduleUnreadable: `survey.hours` cannot be read.
    """
    around, voice = callbacks.surroundings, settings.voice
    ending = SurveyEnding(callbacks.book, hooks, clock, registry)
    orders = SurveyOrders(
        pool,
        settings.survey,
        ending,
        clock=clock,
        zone=around.zone,
        region=around.region,
        pbx=PbxName(settings.pbx[0].name),
    )
    talk = SurveyTalk(
        pool,
        settings.survey,
        ending,
        clock=clock,
        region=around.region,
        language=Language(voice.language),
        languages={prefix: Language(language) for prefix, language in voice.languages.items()},
    )
    services = DiallerServices(around, callbacks.phones, callbacks.owners, talk, ending)
    dialler = SurveyDialler(pool, pbxs, settings, services, clock=clock, nonce=lambda: secrets.token_hex(6))
    return SurveyPart(orders, talk, SurveyPlanner(pool, settings.survey, orders, clock), dialler, settings)
