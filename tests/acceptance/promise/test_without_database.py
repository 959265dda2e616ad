"""Nobody works, and the daemon was started without its database: callers are heard, and called back when it comes.

One of them hides their number, and keys in where to call back: that is in no call, and yet it is called.
"""

import asyncio
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from deploy.lab.company import Did
from deploy.lab.telephones.leg import Leg
from deploy.lab.telephones.scripts import Script
from telephony.callback.policy.model import Request, RequestState, WaitReason
from telephony.daemon.plugins import Plugins
from telephony.directory.csv_import import read_managers
from telephony.directory.store import DirectoryStore
from telephony.postgres.embedded import EmbeddedServer
from telephony.settings import HoursSettings
from tests.acceptance.callback.company import (
    ANNA,
    MANAGERS,
    Company,
    close_company,
    open_company,
    presses,
    settings_for,
)
from tests.acceptance.promise.conftest import KYIV, MovedClock, Place, caller, last_week
from tests.waiting import PATIENCE

KEYED = "+380671112233"

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def both_wait(company: Company) -> list[Request]:
    """Give the two requests once both wait for the morning; until then nothing."""
    owed = await company.requests()
    return owed if len(owed) == 2 and all(it.waits_for is WaitReason.CLOSED for it in owed) else []


def keys_in(number: str, played: list[str]) -> Script:
    """Key a number in, again if it was not asked for yet or any more, until it is read back; then confirm it."""

    def is_read_back() -> bool:
        return any("/spoken/" in sound for sound in played)

    async def script(leg: Leg) -> None:
        while not is_read_back():
            await leg.listen(3)
            await leg.press(number)
            tries = 0
            while not is_read_back() and tries < 30:
                await leg.listen(0.1)
                tries += 1
        await leg.press("1")
        await leg.listen()

    return script


async def test_callers_hear_the_sentence_and_are_called_back_once_the_database_has_come(
    place: Place, server_folder: Path
) -> None:
    lab, played = place.lab, list[str]()
    server = EmbeddedServer(server_folder, options={"fsync": "off"})
    monday = last_week()
    clock = MovedClock((monday - timedelta(days=3)).replace(hour=22, minute=40))
    hours = HoursSettings(schedule="Mo-Fr 09:00-18:00", timezone=KYIV.key)
    settings = settings_for(lab, server.dsn, place.folder, place.agi_port).model_copy(update={"hours": hours})
    extras = Plugins(heard=lambda _, sound: played.append(sound))
    company = await open_company(lab, settings, clock=clock, extras=extras, away=True)
    try:
        leg = await lab.world.call(ANNA, Did.SCRATCH, script=caller())
        async with asyncio.timeout(PATIENCE):
            await leg.gone()
        hidden = await lab.world.call("+380990000000", Did.SCRATCH, hidden=True, script=keys_in("0671112233#", played))
        async with asyncio.timeout(PATIENCE):
            await hidden.gone()
        await lab.idle()
        assert played, "the caller was spoken to"
        async with aiohttp.ClientSession(company.house.url) as http, http.get("/healthz") as answer:
            parts = {part["name"]: part for part in (await answer.json())["parts"]}
            assert answer.status == 503
        assert not parts["database"]["healthy"]
        assert parts["ami office"]["healthy"]
        assert parts["voice"]["healthy"]

        await server.start()
        async with asyncio.timeout(PATIENCE):
            await company.house.database.door.opened.wait()
        await DirectoryStore(company.pool).replace_managers(read_managers(MANAGERS, "PJSIP"))
        owed = await company.until(lambda: both_wait(company))
        assert {(it.customer, it.state, it.misses) for it in owed} == {
            (ANNA, RequestState.WAITING, 1),
            (KEYED, RequestState.WAITING, 1),
        }
        calls = await company.pool.fetch("SELECT disposition, missed_reason, repaired FROM calls")
        assert [tuple(call) for call in calls] == [("missed", "off_hours", False)] * 2

        for phone in ("101", "102", "103"):
            company.phone(phone, presses("1"))
        for customer in (ANNA, KEYED):
            company.phone(customer, presses(""))
        clock.move(monday.replace(hour=9, minute=1))
        for customer in (ANNA, KEYED):
            await company.rings(customer)
        await company.quiet()
    finally:
        await close_company(company)
        await server.stop()
