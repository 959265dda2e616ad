"""The voice wired by hand: one object for `service.py` to make, start and stop."""

import asyncio
import socket
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_network
from zoneinfo import ZoneInfo

from telephony.callback.policy.dialling import Dialling
from telephony.errors import SettingsError
from telephony.ports import Clock
from telephony.settings import VoiceSettings
from telephony.voice.agi.protocol import Environment
from telephony.voice.agi.server import AgiServer, Limits, Network
from telephony.voice.dialogs.caller_port import CallerPort
from telephony.voice.dialogs.manager_port import ManagerPort
from telephony.voice.dialogs.survey_port import SurveyPort
from telephony.voice.living import Living
from telephony.voice.runners.caller_runner import CallerRunner
from telephony.voice.runners.manager_runner import ManagerRunner
from telephony.voice.runners.owner_runner import OwnerPort, OwnerRunner
from telephony.voice.runners.survey_runner import SurveyRunner
from telephony.voice.speech.prompts import publish
from telephony.voice.speech.sounds import Sounds
from telephony.voice.speech.speaker import Speaker
from telephony.voice.speech.tts import Tts, TtsCommand
from telephony.voice.words.moments import Moment, moment
from telephony.voice.words.phrases import Language


def make_speaker(settings: VoiceSettings, region: str) -> Speaker:
    """Make what turns phrases into files; also for `ringback prompts`. Needs a running loop."""
    voices = {Language.RU: settings.voice_ru, Language.UK: settings.voice_uk, Language.EN: settings.voice_en}
    command = TtsCommand(settings.tts_command, voices, settings.tts_seconds, settings.tts_at_once, settings.ffmpeg)
    pbx_folder = settings.pbx_folder or str(settings.folder)
    return Speaker(Sounds(settings.folder, pbx_folder, int(settings.cache_megabytes * 1e6)), Tts(command), region)


class VoiceService:
    """The FastAGI side of the daemon.

    Without ``callers``, who calls while nobody works hears the general sentence instead of a promise;
    without ``owners`` no caller has a manager of their own.
    ``heard`` is told each sound that was really played, with the channel's environment: for tests and the demo.
    """

    def __init__(
        self,
        settings: VoiceSettings,
        desk: ManagerPort,
        *,
        clock: Clock,
        zone: ZoneInfo,
        region: str,
        callers: CallerPort | None = None,
        owners: OwnerPort | None = None,
        heard: Callable[[Environment, str], None] | None = None,
    ) -> None:
        self._settings = settings
        self.speaker = make_speaker(settings, region)
        self._warming: asyncio.Task[None] | None = None
        self._server = AgiServer(
            limits=Limits(connections=settings.connections), allowed=_networks(settings), heard=heard
        )
        managers = ManagerRunner(
            desk,
            self.speaker,
            clock=clock,
            zone=zone,
            language=Language(settings.language),
            key_seconds=settings.key_seconds,
            dialling=Dialling(settings.trunk, settings.dial, settings.dial_options),
        )
        self._server.add_route("manager", managers.manager)
        self._server.add_route("dialled", managers.dialled)
        self._clock, self._zone = clock, zone
        shell = CallerRunner(
            callers,
            self.speaker,
            spoken=self._spoken,
            region=region,
            language=Language(settings.language),
            key_seconds=settings.key_seconds,
            messages=settings.messages_folder,
        )
        self._server.add_route("closed", shell.closed)
        self._server.add_route("offer", shell.offer)
        self._server.add_route("route", OwnerRunner(owners).route)

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return self._server.port

    @property
    def conversations(self) -> int:
        """How many run now."""
        return self._server.connections

    def _spoken(self, at: datetime) -> Moment:
        """Make of a time what is said of it now."""
        return moment(at.astimezone(self._zone), self._clock().astimezone(self._zone))

    def serve_surveys(self, port: SurveyPort) -> None:
        """Hold the conversations of surveys, too."""
        runner = SurveyRunner(port, self.speaker, spoken=self._spoken, folder=self._settings.messages_folder)
        self._server.add_route("survey", runner.survey)

    def ask_of_channels(self, living: Living) -> None:
        """Refuse, from now on, the requests of channels that are not on the PBXs; without it all are believed."""
        self._server.living = living

    @property
    def wanted_port(self) -> int:
        """The port that it is to listen on; 0 is any."""
        return self._settings.port

    @property
    def descriptor(self) -> int | None:
        """The listening socket's, for a successor."""
        return self._server.descriptor

    async def take_no_more(self) -> None:
        """Stop listening and return when the last conversation has ended by itself."""
        await self._server.take_no_more()

    async def start(self, inherited: socket.socket | None = None) -> None:
        """Listen, and begin to render the sentences that are always the same.

        Raises:
            NotReady: the port cannot be listened on.
        """
        await self._server.start(self._settings.host, self._settings.port, inherited)
        self._warming = asyncio.create_task(self._warm(), name="voice-warming")

    async def warmed(self) -> None:
        """Return when the sentences that are always the same are rendered, or it turned out that they cannot be."""
        if self._warming:
            await asyncio.wait([self._warming])

    async def stop(self) -> None:
        """End all conversations and renderings; calls go on in the dialplan."""
        if self._warming:
            self._warming.cancel()
            await asyncio.wait([self._warming])
        await self._server.stop()
        await self.speaker.stop()

    async def _warm(self) -> None:
        languages = sorted(Language, key=lambda language: language.value != self._settings.language)
        await self.speaker.warm(languages)
        await asyncio.to_thread(publish, self.speaker, languages)


def _networks(settings: VoiceSettings) -> list[Network]:
    try:
        return [ip_network(network) for network in settings.pbx_networks]
    except ValueError as error:
        raise SettingsError(f"voice.pbx_networks: {error}") from error
