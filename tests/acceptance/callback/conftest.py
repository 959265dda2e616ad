"""One lab with the generated dialplan for a module; a daemon and a database for each test."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest_asyncio

from deploy.lab.laboratory import Lab, PbxPlan
from deploy.lab.ports import free_port
from telephony.settings import VoiceSettings
from telephony.voice.dialplan import Kind, render
from telephony.voice.service import make_speaker
from telephony.voice.words.phrases import Language
from tests.acceptance.callback.company import WAITING, Company, close_company, open_company, settings_for


@dataclass
class Place:
    """A lab, the folder it is in, and the port that its dialplan hands conversations to."""

    lab: Lab
    folder: Path
    agi_port: int


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def place() -> AsyncIterator[Place]:
    folder = Path(tempfile.mkdtemp(prefix="rb-callback-"))
    port = free_port()
    try:
        async with Lab.start(folder, PbxPlan(agi_port=port)) as lab:
            voice = VoiceSettings(port=port, folder=folder / "prompts", language="en")
            await lab.pbx.add_dialplan("ringback", render(voice, Kind.ASTERISK))
            await lab.pbx.add_dialplan("waiting", WAITING)
            await warm(settings_for(lab, "", folder, port).voice)
            yield Place(lab, folder, port)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture(loop_scope="module")
async def at_rest(place: Place) -> AsyncIterator[None]:
    """Whatever becomes of a test, the next one finds no call and telephones as new."""
    yield
    world = place.lab.world
    try:
        for leg in list(world.legs):
            await world.hang_up(leg)
        await place.lab.idle()
        world.check()
    finally:
        world.forget()


async def warm(settings: VoiceSettings) -> None:
    """Render what is always said: the first test is not about a cold start."""
    speaker = make_speaker(settings, "UA")
    await speaker.warm(list(Language))
    await speaker.stop()


Open = Callable[..., Awaitable[Company]]


@pytest_asyncio.fixture(loop_scope="module")
async def open_with(place: Place, database: str) -> AsyncIterator[Open]:
    """Opens a company with callback settings of its own."""
    opened: list[Company] = []

    async def build(**callback: Any) -> Company:  # noqa: ANN401 - settings' fields
        settings = settings_for(place.lab, database, place.folder, place.agi_port, **callback)
        opened.append(await open_company(place.lab, settings))
        return opened[-1]

    yield build
    for company in opened:
        await close_company(company)


@pytest_asyncio.fixture(loop_scope="module")
async def company(open_with: Open) -> Company:
    """A company with the usual settings."""
    return await open_with()
