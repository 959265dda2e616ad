"""A lab whose scratch number is closed, and a daemon whose clock stands on a Friday night until a test moves it."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest_asyncio

from deploy.lab.company import Did
from deploy.lab.laboratory import Lab, PbxPlan
from deploy.lab.ports import free_port
from deploy.lab.telephones.leg import Leg
from deploy.lab.telephones.scripts import Script
from telephony.daemon.plugins import Plugins
from telephony.settings import HoursSettings
from telephony.voice.dialplan import Kind, render
from telephony.voice.service import make_speaker
from telephony.voice.words.moments import moment
from telephony.voice.words.phrases import Language, Phrase, Promise
from tests.acceptance.callback.company import ANNA, Company, close_company, open_company, settings_for
from tests.acceptance.callback.conftest import warm
from tests.acceptance.voice.ears import ALIKE, envelope, find
from tests.waiting import PATIENCE

KYIV = ZoneInfo("Europe/Kyiv")
CLOSED = """
[scratch]
exten => s,1,Gosub(ringback-inbound,s,1)
 same => n,Goto(ringback-closed,s,1)
"""


def last_week() -> datetime:
    """A Monday's midnight that is over: what the PBX tells afterwards, by the real clock, is later than all of it."""
    today = datetime.now(KYIV).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=today.weekday() + 7)


class MovedClock:
    """Goes on by itself, from where it was set."""

    def __init__(self, at: datetime) -> None:
        self.move(at)

    def move(self, at: datetime) -> None:
        self._at, self._since = at.astimezone(UTC), time.monotonic()

    def __call__(self) -> datetime:
        return self._at + timedelta(seconds=time.monotonic() - self._since)


@dataclass
class Night:
    """A company on a Friday night, what its callers were played, and its clock."""

    company: Company
    clock: MovedClock
    midnight: datetime
    """Of the Monday after."""
    played: list[str] = field(default_factory=list)
    leg: Leg | None = None
    """Of the last who called."""

    def monday(self, text: str) -> datetime:
        hours, minutes, *seconds = map(int, text.split(":"))
        return self.midnight.replace(hour=hours, minute=minutes, second=seconds[0] if seconds else 0)

    async def calls(self, script: Script, number: str = ANNA, did: Did = Did.SCRATCH) -> list[str]:
        """Let a customer call and hear it out; return what they were played, in order."""
        self.played.clear()
        self.leg = leg = await self.company.lab.world.call(number, did, script=script)
        await asyncio.wait_for(leg.gone(), PATIENCE)
        await self.company.lab.idle()
        return list(self.played)

    def sounded(self, sound: str) -> bool:
        """Tell whether a file is in what the last caller's telephone recorded."""
        assert self.leg is not None
        assert self.leg.heard is not None
        return find(envelope(Path(f"{sound}.wav")), envelope(self.leg.heard))[0] > ALIKE

    async def file_of(self, phrase: Phrase) -> str:
        """Where a phrase is spoken in."""
        settings = self.company.house.settings
        speaker = make_speaker(settings.voice, settings.numbers.region)
        try:
            return str(await speaker.render(Language.EN, phrase))
        finally:
            await speaker.stop()

    async def told(self, text: str) -> str:
        """Where "we will call you back on Monday at ..." is spoken in, as it is said now."""
        return await self.file_of(Promise(moment(self.monday(text), self.clock().astimezone(KYIV))))

    async def missed(self) -> tuple[str, str]:
        """Wait for the end of the only call; return its id and why it was missed."""
        query = "SELECT call_id, missed_reason FROM calls WHERE ended_at IS NOT NULL"
        [(call, reason)] = await self.company.until(lambda: self.company.pool.fetch(query))
        return call, reason

    async def kept(self, call: str) -> tuple[str, Path]:
        """Wait for a call's one kept recording; return how long such a one is kept, and its file."""
        query = (
            "SELECT keeping, path FROM recordings JOIN recorded_calls USING (call_id) WHERE call_id = $1 AND bytes > 0"
        )

        async def found() -> list[tuple[str, str]]:
            return [(row["keeping"], row["path"]) for row in await self.company.pool.fetch(query, call)]

        [(keeping, path)] = await self.company.until(found)
        return keeping, self.company.house.settings.recording.folder / path

    async def promises(self) -> list[tuple[str, str, str | None]]:
        """Each promise that stood: whom, when, what became of it."""
        rows = await self.company.pool.fetch(
            "SELECT r.customer, p.promised_at, p.verdict FROM published.promises p"
            " JOIN callback_requests r USING (request_id) ORDER BY p.promised_at"
        )
        return [(row["customer"], f"{row['promised_at'].astimezone(KYIV):%a %H:%M}", row["verdict"]) for row in rows]

    async def verdict(self, number: str, verdict: str) -> None:
        """Wait until a customer's promise is judged so."""

        async def found() -> bool:
            return any(one[0] == number and one[2] == verdict for one in await self.promises())

        await self.company.until(found)


@dataclass
class Place:
    lab: Lab
    folder: Path
    agi_port: int


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def place() -> AsyncIterator[Place]:
    folder = Path(tempfile.mkdtemp(prefix="rb-promise-"))
    port = free_port()
    try:
        async with Lab.start(folder, PbxPlan(agi_port=port)) as lab:
            voice = settings_for(lab, "", folder, port).voice
            await lab.pbx.add_dialplan("ringback", render(voice, Kind.ASTERISK))
            await lab.pbx.add_dialplan("closed", CLOSED)
            await warm(voice)
            yield Place(lab, folder, port)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture(loop_scope="module")
async def night(place: Place, database: str) -> AsyncIterator[Night]:
    monday = last_week()
    clock = MovedClock((monday - timedelta(days=3)).replace(hour=22, minute=40))
    played: list[str] = []
    settings = settings_for(place.lab, database, place.folder, place.agi_port)
    voice = settings.voice.model_copy(update={"messages_folder": str(place.lab.pbx.recordings)})
    hours = HoursSettings(schedule="Mo-Fr 09:00-18:00", timezone="Europe/Kyiv")
    company = await open_company(
        place.lab,
        settings.model_copy(update={"hours": hours, "voice": voice}),
        clock=clock,
        extras=Plugins(heard=lambda _, sound: played.append(sound)),
    )
    yield Night(company, clock, monday, played)
    await close_company(company)


def caller(*keys: tuple[float, str], talks: float = 0) -> Script:
    """Listen so long, press this; and so on. Then perhaps talk, and listen until it is over."""

    async def script(leg: Leg) -> None:
        for after, pressed in keys:
            await leg.listen(after)
            await leg.press(pressed)
        if talks:
            await leg.listen(5)
            await leg.talk(talks)
            await leg.press("#")
        await leg.listen()

    return script
