"""The link is cut, Asterisk or PostgreSQL is killed, in the middle of a callback on the real Asterisk."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from deploy.lab.telephones.scripts import answers, in_turn
from telephony.callback.policy.model import ClosedReason
from telephony.postgres.embedded import EmbeddedServer
from tests.acceptance.callback.company import ANNA, close_company, open_company, rings_long_then_presses, settings_for
from tests.acceptance.callback.conftest import Open, Place
from tests.acceptance.daemon.process import Door

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_link_cut_while_the_phone_rings_loses_nothing_and_rings_nobody_twice(
    place: Place, database: str
) -> None:
    async with Door(place.lab.pbx.ami_port) as door:
        settings = settings_for(place.lab, database, place.folder, place.agi_port, ring_seconds=8)
        through = settings.pbx[0].model_copy(update={"port": door.port})
        company = await open_company(place.lab, settings.model_copy(update={"pbx": (through,)}))
        try:
            await company.own("ivan")
            company.phone("101", rings_long_then_presses("1"))
            company.phone(ANNA, answers(after=0.3, talk=3))
            await company.missed()
            await company.rings("101")
            door.cut()
            assert (await company.closed()).closed_for is ClosedReason.REACHED
            assert len(company.legs("101")) == len(company.legs(ANNA)) == 1
        finally:
            await close_company(company)


async def test_asterisk_restarted_while_the_phone_rings_and_the_request_goes_on(open_with: Open) -> None:
    company = await open_with(
        ring_seconds=20, deputy_after_seconds=100, group_after_seconds=110, head_after_seconds=120
    )
    await company.own("ivan")
    company.phone("101", in_turn(rings_long_then_presses("1", rings=60), rings_long_then_presses("1", rings=0.2)))
    company.phone("+380501110101", rings_long_then_presses("1", rings=0.2))  # the desk phone may come back later
    company.phone(ANNA, answers(after=0.3, talk=3))
    await company.missed()
    await company.rings("101")
    await company.lab.pbx.restart()
    await company.lab.settle()
    assert (await company.closed()).closed_for is ClosedReason.REACHED
    assert len(company.legs(ANNA)) == 1


async def test_the_database_killed_while_the_phone_rings_and_the_request_goes_on(
    place: Place, server_folder: Path
) -> None:
    server = EmbeddedServer(server_folder)
    await server.start()
    keeper = asyncio.create_task(server.keep_running(), name="keeper")
    try:
        company = await open_company(place.lab, settings_for(place.lab, server.dsn, place.folder, place.agi_port))
        await company.own("ivan")
        company.phone("101", rings_long_then_presses("1"))
        company.phone(ANNA, answers(after=0.3, talk=3))
        await company.missed()
        await company.rings("101")
        os.kill(server.pid, signal.SIGKILL)
        assert (await company.closed()).closed_for is ClosedReason.REACHED
        assert len(company.legs(ANNA)) == 1
        assert len(company.legs("101")) <= 2, "who picks up while it is away hears an apology, and is rung again"
        await close_company(company)
    finally:
        keeper.cancel()
        await server.stop()
