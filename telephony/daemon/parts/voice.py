"""FastAGI's side of the daemon, built with all that its conversations ask."""

from collections.abc import Callable

from telephony.callback.assembly import Callbacks
from telephony.callback.promises.booking import Booking, Unwritten, choices
from telephony.ports import Clock
from telephony.postgres.pool import Pool
from telephony.settings import TelephonySettings
from telephony.surveys.talk import SurveyTalk
from telephony.voice.agi.protocol import Environment
from telephony.voice.living import Living
from telephony.voice.service import VoiceService


def make(
    pool: Pool,
    settings: TelephonySettings,
    callbacks: Callbacks,
    surveys: SurveyTalk,
    living: Living,
    unwritten: Unwritten,
    clock: Clock,
    heard: Callable[[Environment, str], None] | None,
) -> VoiceService:
    """Build it; ``living`` tells channels that are on a PBX, ``unwritten`` keeps a number that was keyed in."""
    around = callbacks.surroundings
    booking = Booking(pool, callbacks.book, callbacks.owners, around, choices(settings), clock, unwritten=unwritten)
    voice = VoiceService(
        settings.voice,
        callbacks.desk,
        clock=clock,
        zone=around.zone,
        region=around.region,
        callers=booking,
        owners=callbacks.callers_owner(),
        heard=heard,
    )
    voice.serve_surveys(surveys)
    voice.ask_of_channels(living)
    return voice
