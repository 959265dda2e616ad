"""The API of a whole daemon on a real Asterisk: a click rings, the talk is in the log and can be heard."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from crm_bridge.api.key_store import KeyStore
from crm_bridge.api.values.keys import Scope
from deploy.lab.laboratory import Lab, PbxPlan
from deploy.lab.ports import free_port
from deploy.lab.telephones.scripts import answers, never_answers
from service import Settings, _wire
from telephony.daemon.application import Application, now
from telephony.daemon.plugins import Plugins
from telephony.daemon.supervisor import Supervisor
from telephony.directory.csv_import import read_managers
from telephony.directory.store import DirectoryStore
from telephony.settings import VoiceSettings
from telephony.voice.dialplan import Kind, render
from tests.acceptance.callback.company import ANNA, MANAGERS, settings_for
from tests.waiting import PATIENCE

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Office:
    """The lab, the daemon as the service wires it, and a client of its API."""

    lab: Lab
    http: aiohttp.ClientSession

    async def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:  # noqa: ANN401 - any JSON
        async with self.http.request(method, f"/api/v1{path}", json=body) as response:
            return response.status, None if response.status == 204 else await response.json()

    async def until(self, path: str, key: str, value: object) -> Any:  # noqa: ANN401
        """Ask until the answer is so."""
        told: Any = None
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    code, told = await self.ask("GET", path)
                    if code == 200 and told[key] == value:
                        return told
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"{key} never became {value}: {told}") from None


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def lab() -> AsyncIterator[tuple[Lab, Path, int]]:
    folder, port = Path(tempfile.mkdtemp(prefix="rb-api-")), free_port()
    try:
        async with Lab.start(folder, PbxPlan(agi_port=port)) as running:
            voice = VoiceSettings(port=port, folder=folder / "prompts", language="en")
            await running.pbx.add_dialplan("ringback", render(voice, Kind.ASTERISK))
            yield running, folder, port
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture(loop_scope="module")
async def office(lab: tuple[Lab, Path, int], database: str) -> AsyncIterator[Office]:
    running, folder, port = lab
    settings = Settings.model_validate(settings_for(running, database, folder, port).model_dump())
    house, supervisor = Application(settings), Supervisor()
    await _wire(house, supervisor, Plugins())
    await house.database.door.opened.wait()
    await DirectoryStore(house.pool).replace_managers(read_managers(MANAGERS, "PJSIP"))
    key = await KeyStore(house.pool, now).create(
        "crm", list(Scope), expires_at=None, per_minute=10_000, random_text=token_urlsafe
    )
    async with asyncio.timeout(PATIENCE):
        await house.sessions[0].link.synced.wait()
    async with aiohttp.ClientSession(house.url, headers={"Authorization": f"Bearer {key}"}) as http:
        yield Office(running, http)
    for leg in list(running.world.legs):
        await running.world.hang_up(leg)
    await running.idle()
    await supervisor.close(within_seconds=4)
    running.world.check()
    running.world.forget()


async def test_a_click_rings_the_manager_then_the_customer_and_the_talk_can_be_heard(office: Office) -> None:
    office.lab.world.phone("101").behaviour(answers(after=0.3, talk=4))
    office.lab.world.phone(ANNA).behaviour(answers(after=0.5))
    async with office.http.get("/api/v1/events") as events:
        code, dialled = await office.ask("POST", "/dial", {"manager": "ivan", "number": "067 123 45 67"})
        assert code == 202
        manager = await office.lab.world.phone("101").rings()
        customer = await office.lab.world.phone(ANNA).rings()
        assert manager.shown[0] == ANNA, "the manager sees whom the call is for"
        assert customer.shown[0] != ANNA, "nobody is shown their own number"
        while b"event: call.answered" not in (await events.content.readuntil(b"\n\n")):
            pass
    one = f"/calls/{dialled['call_id']}"
    for order in ("pause", "resume"):
        assert await office.ask("POST", f"{one}/recording", {"order": order}) == (204, None)
    call = await office.until(one, "disposition", "answered")
    assert (call["kind"], call["direction"], call["customer"]) == ("click_to_call", "outbound", ANNA)
    assert call["caller_number"] == "101"
    assert call["talk_seconds"] > 2
    assert call["callback"] is None

    (recording,) = (await _kept(office, one))["recordings"]
    async with office.http.get(
        f"/api/v1/recordings/{recording['recording_id']}/audio", headers={"Range": "bytes=0-999"}
    ) as sound:
        assert (sound.status, sound.content_type, len(await sound.read())) == (206, "audio/mpeg", 1000)


async def test_a_click_that_the_manager_does_not_take_rings_no_customer(office: Office) -> None:
    office.lab.world.phone("101").behaviour(never_answers())
    office.lab.world.phone(ANNA).behaviour(answers())
    _, dialled = await office.ask("POST", "/dial", {"manager": "101", "number": ANNA})
    await office.lab.world.phone("101").rings()
    call = await office.until(f"/calls/{dialled['call_id']}", "disposition", "no_answer")
    assert (call["kind"], call["customer"]) == ("click_to_call", ANNA)
    assert not office.lab.world.phone(ANNA).legs


async def test_a_phone_that_is_not_there_is_told_at_once(office: Office) -> None:
    assert office.lab
    code, problem = await office.ask("POST", "/dial", {"manager": "nobody", "number": ANNA})
    assert (code, problem["error_id"]) == (404, "no-such-manager")


async def _kept(office: Office, one: str) -> Any:  # noqa: ANN401
    async with asyncio.timeout(PATIENCE):
        while True:
            _, told = await office.ask("GET", f"{one}/recordings")
            if told["recordings"] and told["recordings"][0]["kept_at"]:
                return told
            await asyncio.sleep(0.2)
