"""A lab with the generated dialplan, and the voice on it, with a desk that a test fills in."""

import asyncio
import dataclasses
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest_asyncio

from deploy.lab.company import Did
from deploy.lab.laboratory import Lab, PbxPlan
from deploy.lab.ports import free_port
from deploy.lab.programs.find import program
from deploy.lab.telephones.leg import Leg
from telephony.callback.policy.dialling import DialCustomer
from telephony.numbers import Canonical, canonical
from telephony.settings import VoiceSettings
from telephony.voice.agi.protocol import Environment
from telephony.voice.dialogs.caller_port import Booked, Caller, CallerBriefing, NoSlot
from telephony.voice.dialogs.manager_port import (
    AnswerNoted,
    AttemptId,
    DialReport,
    ManagerAnswer,
    ManagerBriefing,
    Withdrawn,
)
from telephony.voice.dialplan import Kind, render
from telephony.voice.service import VoiceService
from telephony.voice.speech.private import FOLDER
from telephony.voice.words.phrases import Language

CUSTOMER = "+380671234567"
MONDAY = datetime(2026, 12, 21, 7, 5, tzinfo=UTC)
NOW = datetime(2026, 12, 18, 8, 30, tzinfo=UTC)
BRIEFING = ManagerBriefing(Language.RU, "Анна Петренко", CUSTOMER, NOW - timedelta(minutes=3), 2)


@dataclasses.dataclass
class Desk:
    """Ten lines in place of the callback room."""

    briefed: ManagerBriefing | Withdrawn = BRIEFING
    order: DialCustomer | Withdrawn = dataclasses.field(
        default_factory=lambda: DialCustomer(CUSTOMER, Did.IVAN, "PJSIP/carrier", ring_seconds=5)
    )
    gone: Withdrawn | None = None
    answers: list[ManagerAnswer] = dataclasses.field(default_factory=list)
    reports: list[DialReport] = dataclasses.field(default_factory=list)
    reported: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)

    async def briefing(self, attempt: AttemptId) -> ManagerBriefing | Withdrawn:
        assert attempt.startswith("rb-cb-")
        return self.briefed

    async def withdrawn(self, attempt: AttemptId) -> Withdrawn | None:
        assert attempt.startswith("rb-cb-")
        return self.gone

    async def report(self, attempt: AttemptId, answer: ManagerAnswer) -> DialCustomer | Withdrawn | AnswerNoted:
        assert attempt.startswith("rb-cb-")
        self.answers.append(answer)
        return self.order if answer is ManagerAnswer.ACCEPTED else AnswerNoted()

    async def calls_us(self, attempt: AttemptId) -> bool:  # noqa: ARG002
        return False

    async def dialled(self, attempt: AttemptId, report: DialReport) -> None:
        assert attempt.startswith("rb-cb-")
        self.reports.append(report)
        self.reported.set()


@dataclasses.dataclass
class Promises:
    """Ten lines in place of the promise book: the first slot is Monday 9:05, each later one half an hour on."""

    promised: datetime | None = None
    booked: list[tuple[Canonical, datetime]] = dataclasses.field(default_factory=list)
    said_yes: list[Canonical] = dataclasses.field(default_factory=list)
    messages: list[tuple[Canonical, str]] = dataclasses.field(default_factory=list)
    seconds: float = 0
    greeted: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)

    async def greet(self, caller: Caller) -> CallerBriefing:
        self.greeted.set()
        await asyncio.sleep(self.seconds)
        return CallerBriefing(Language.UK, canonical(caller.number, "UA"))

    async def book(self, caller: Caller, number: Canonical, later_than: datetime | None) -> Booked | NoSlot:
        assert caller.uniqueid
        at = later_than + timedelta(minutes=30) if later_than else self.promised or MONDAY
        self.promised = at
        self.booked.append((number, at))
        return Booked(at)

    async def accepted(self, caller: Caller, number: Canonical) -> None:
        assert caller.uniqueid
        self.said_yes.append(number)

    async def message(self, caller: Caller, number: Canonical, file: str) -> None:
        assert caller.uniqueid
        self.messages.append((number, file))


@dataclasses.dataclass
class Stage:
    """The lab, the voice, and what a test needs of both."""

    lab: Lab
    settings: VoiceSettings
    desk: Desk
    promises: Promises = dataclasses.field(default_factory=Promises)
    voice: VoiceService | None = None
    zone: ZoneInfo = dataclasses.field(default_factory=lambda: ZoneInfo("Europe/Kyiv"))
    played: list[str] = dataclasses.field(default_factory=list)
    _ids: "itertools.count[int]" = dataclasses.field(default_factory=lambda: itertools.count(1))

    async def start(self, **changes: object) -> None:
        settings = self.settings.model_copy(update=changes)
        self.voice = VoiceService(
            settings,
            self.desk,
            clock=lambda: NOW,
            zone=self.zone,
            region="UA",
            callers=self.promises,
            heard=self._hear,
        )
        await self.voice.start()

    async def stop(self) -> None:
        if self.voice:
            await self.voice.stop()
        self.voice = None

    def _hear(self, _: Environment, sound: str) -> None:
        """Remember what was played; what was said of people is copied while it is there."""
        if f"/{FOLDER}/" in sound:
            kept = self.settings.folder / "heard" / Path(sound).name
            kept.parent.mkdir(exist_ok=True)
            shutil.copy(f"{sound}.wav", f"{kept}.wav")
            sound = str(kept)
        self.played.append(sound)

    async def ring(self, extension: str = "101") -> str:
        """Ring a manager's phone as the callback room does; return the channel's id."""
        attempt = f"rb-cb-{next(self._ids)}-{id(self) % 10000}"
        await self.lab.pbx.ami.action(
            "Originate",
            {
                "Channel": f"PJSIP/{extension}",
                "ChannelId": attempt,
                "Context": "ringback-manager",
                "Exten": "s",
                "Priority": "1",
                "Timeout": "25000",
                "CallerID": f'"Анна" <{CUSTOMER}>',
                "Variable": f"RINGBACK_ATTEMPT={attempt}",
                "Async": "true",
            },
        )
        return attempt

    async def listened(self, extension: str = "101") -> Leg:
        """Return the manager's leg when it is over."""
        leg = await self.lab.world.phone(extension).rings()
        await leg.gone()
        return leg

    def files(self) -> list[Path]:
        """Return the sound files that were played, in order."""
        return [Path(f"{sound}.wav") for sound in self.played if sound.startswith("/")]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def module_lab() -> AsyncIterator[tuple[Lab, VoiceSettings]]:
    folder = Path(tempfile.mkdtemp(prefix="rb-voice-"))
    port = free_port()
    settings = VoiceSettings(
        port=port,
        folder=folder / "prompts",
        language="ru",
        key_seconds=0.5,
        tts_command=(program("espeak-ng"), "-v", "{voice}", "-s", "400", "--stdin", "--stdout"),
    )
    try:
        async with Lab.start(folder, PbxPlan(agi_port=port)) as lab:
            settings = settings.model_copy(update={"messages_folder": str(lab.pbx.recordings)})
            await lab.pbx.add_dialplan("ringback", render(settings, Kind.ASTERISK))
            yield lab, settings
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture(loop_scope="module")
async def stage(module_lab: tuple[Lab, VoiceSettings]) -> AsyncIterator[Stage]:
    lab, settings = module_lab
    lab.world.forget()
    made = Stage(lab, settings, Desk())
    await made.start()
    yield made
    for leg in list(lab.world.legs):
        await lab.world.hang_up(leg)
    await lab.idle()
    await made.stop()
    lab.world.check()
