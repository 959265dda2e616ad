"""A lab, and a daemon that asks customers by phone how it was; a customer reacts to what they really heard."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest_asyncio

from deploy.lab.laboratory import Lab, PbxPlan
from deploy.lab.ports import free_port
from deploy.lab.telephones.leg import Leg
from deploy.lab.telephones.scripts import Script
from telephony.daemon.plugins import Plugins
from telephony.settings import SurveySettings
from telephony.voice.dialplan import Kind, render
from telephony.voice.service import make_speaker
from telephony.voice.words.phrases import Language, Line
from tests.acceptance.callback.company import ANNA, Company, close_company, open_company, settings_for
from tests.acceptance.callback.conftest import Place, warm
from tests.waiting import PATIENCE, until

SURVEY = SurveySettings(
    enabled=True, company="Garden and House", hours="24/7", keep_free_managers=0, poll_seconds=0.3, ring_seconds=4
)
_BEEP_SECONDS = 0.8


@dataclass
class Ears:
    """Which sentences were really played, each to its end or to a key."""

    lines: dict[str, Line]
    """By the file that each is spoken in."""
    played: list[Line] = field(default_factory=list)
    new: asyncio.Queue[Line] = field(default_factory=asyncio.Queue)

    def note(self, sound: str) -> None:
        """A sound was played."""
        if sound in self.lines:
            self.played.append(self.lines[sound])
            self.new.put_nowait(self.lines[sound])


@dataclass
class Asking:
    """A company that asks."""

    company: Company
    ears: Ears

    async def ask(self) -> None:
        """Order a survey of the customer."""
        await self.company.services[0].surveys.ask_now(ANNA, "boss")

    async def over(self) -> dict[str, Any]:
        """Wait for the end of the survey; return its row."""

        async def found() -> Any:  # noqa: ANN401 - a row, or nothing yet
            row = await self.company.pool.fetchrow("SELECT * FROM surveys WHERE state = 'over'")
            return dict(row.items()) if row is not None else None

        row: dict[str, Any] = await until(found, "the survey is over", every=0.1)
        return row

    async def said(self, line: Line) -> None:
        """Wait until a sentence was heard to its end."""
        async with asyncio.timeout(PATIENCE):
            while await self.ears.new.get() is not line:
                pass

    def customer(self, *deeds: tuple[Line, str]) -> Script:
        """Pick up; when a sentence is over press keys, or (empty) speak, then press hash. Then listen to the end."""

        async def script(leg: Leg) -> None:
            await leg.ring(0.1)
            await leg.answer()
            for line, keys in deeds:
                await self.said(line)
                if not keys:
                    await leg.listen(_BEEP_SECONDS)
                    await leg.talk(2.5)
                await leg.press(keys or "#")
            await leg.listen()

        return script


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def place() -> AsyncIterator[Place]:
    folder = Path(tempfile.mkdtemp(prefix="rb-survey-"))
    port = free_port()
    try:
        async with Lab.start(folder, PbxPlan(agi_port=port)) as lab:
            voice = settings_for(lab, "", folder, port).voice
            await lab.pbx.add_dialplan("ringback", render(voice, Kind.ASTERISK))
            await warm(voice)
            yield Place(lab, folder, port)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture(loop_scope="module")
async def asking(place: Place, database: str) -> AsyncIterator[Asking]:
    settings = settings_for(place.lab, database, place.folder, place.agi_port)
    voice = settings.voice.model_copy(update={"messages_folder": str(place.lab.pbx.recordings)})
    speaker = make_speaker(voice, settings.numbers.region)
    lines = {str(await speaker.render(Language.EN, line)): line for line in Line if line.startswith("survey_")}
    await speaker.stop()
    ears = Ears({name.removesuffix(".wav"): line for name, line in lines.items()})
    company = await open_company(
        place.lab,
        settings.model_copy(update={"voice": voice, "survey": SURVEY}),
        extras=Plugins(heard=lambda _, sound: ears.note(sound)),
    )
    yield Asking(company, ears)
    await close_company(company)
