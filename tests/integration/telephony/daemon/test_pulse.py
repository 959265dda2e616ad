"""A database that goes away at rest is noticed, and so is its return."""

import asyncio
import shutil
from collections.abc import Callable

import structlog

from telephony.daemon.parts.db_health import DatabaseHealth
from telephony.postgres.embedded import EmbeddedServer
from tests.folders import server_folder
from tests.integration.telephony.calls.own_server import frozen


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not true():
            await asyncio.sleep(0.01)


async def test_it_is_not_well_while_the_server_is_down_and_well_again_after() -> None:
    folder = server_folder("rb-pulse-")
    server = EmbeddedServer(folder / "pg", options={"fsync": "off"})
    await server.start()
    pulse = DatabaseHealth(every_seconds=0.02)
    asking = asyncio.create_task(pulse.run(server.dsn))
    try:
        with structlog.testing.capture_logs() as told:
            await until(lambda: pulse.part().healthy)
            await server.stop()
            await until(lambda: not pulse.part().healthy)
            assert pulse.part().said
            await server.start()
            await until(lambda: pulse.part().healthy)
        events = [one["event"] for one in told if one["event"].startswith("database.")]
        assert events == ["database.away", "database.back"]
    finally:
        asking.cancel()
        await asyncio.wait({asking})
        await server.stop()
        shutil.rmtree(folder)


async def test_a_server_that_stands_still_is_away_within_five_seconds(postgres: EmbeddedServer, database: str) -> None:
    pulse = DatabaseHealth()
    asking = asyncio.create_task(pulse.run(database))
    try:
        with frozen(postgres):
            async with asyncio.timeout(5):
                while pulse.part().healthy:
                    await asyncio.sleep(0.01)
    finally:
        asking.cancel()
        await asyncio.wait({asking})
