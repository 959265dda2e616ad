"""The database is not there at the start, comes, stands still, and moves again: who works through the door knows."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from telephony.daemon.parts.database import DatabasePart
from telephony.daemon.parts.db_health import DatabaseHealth
from telephony.daemon.supervisor import Supervisor
from telephony.errors import DatabaseUnavailable, SettingsError
from telephony.postgres.embedded import EmbeddedServer
from telephony.postgres.limits import acquired
from telephony.postgres.migrations import TELEPHONY
from telephony.postgres.outages import is_outage
from telephony.postgres.pool import Pool
from telephony.settings import DatabaseSettings
from tests.folders import server_folder
from tests.integration.telephony.calls.own_server import frozen
from tests.waiting import PATIENCE


@asynccontextmanager
async def begun(dsn: str) -> AsyncIterator[DatabasePart]:
    part, supervisor = DatabasePart(DatabaseSettings(dsn=SecretStr(dsn)), DatabaseHealth(0.1, 0.5)), Supervisor()
    try:
        await part.begin(supervisor, [TELEPHONY])
        yield part
    finally:
        await supervisor.close(within_seconds=3)


async def test_a_database_that_comes_later_is_made_ready_before_anybody_is_let_through() -> None:
    folder = server_folder("rb-door-")
    server = EmbeddedServer(folder / "pg", options={"fsync": "off"})
    seen: list[object] = []

    async def ready(pool: Pool) -> None:
        seen.append(await pool.fetchval("SELECT to_regclass('calls') IS NOT NULL"))

    try:
        async with begun(server.dsn) as part:
            part.on_ready(ready)
            assert not part.part().healthy
            for asking in (part.door.fetchval("SELECT 1"), part.door.execute("SELECT 1"), part.door.acquire()):
                with pytest.raises(DatabaseUnavailable):
                    await asking
            with pytest.raises(DatabaseUnavailable):
                async with acquired(part.door.pool, 1):
                    pass
            await server.start()
            async with asyncio.timeout(PATIENCE):
                await part.door.opened.wait()
            assert seen == [True]
            assert await part.door.fetchval("SELECT count(*) FROM calls") == 0
            assert part.part().healthy
    finally:
        await server.stop()
        shutil.rmtree(folder)


async def test_a_database_that_goes_away_while_all_is_made_ready_is_waited_for(database: str) -> None:
    """It was there at the first look, and was killed before that was over."""
    looks: list[None] = []

    async def ready(pool: Pool) -> None:
        looks.append(None)
        if len(looks) == 1:
            await pool.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    part, supervisor = DatabasePart(DatabaseSettings(dsn=SecretStr(database)), DatabaseHealth(0.1, 0.5)), Supervisor()
    part.on_ready(ready)
    try:
        await part.begin(supervisor, [TELEPHONY])
        async with asyncio.timeout(PATIENCE):
            await part.door.opened.wait()
        assert len(looks) == 2
    finally:
        await supervisor.close(within_seconds=3)


async def test_who_waits_on_a_database_that_stands_still_is_let_go_and_nobody_else_waits(
    postgres: EmbeddedServer, database: str
) -> None:
    async with begun(database) as part:
        await part.door.opened.wait()
        with frozen(postgres):
            waiting = asyncio.create_task(part.door.fetchval("SELECT 1"))
            async with asyncio.timeout(PATIENCE):
                with pytest.raises(Exception) as refused:  # noqa: PT011 - whatever asyncpg makes of it
                    await waiting
            assert is_outage(refused.value)
            assert not part.door.opened.is_set()
            async with asyncio.timeout(PATIENCE):
                with pytest.raises(DatabaseUnavailable):
                    await part.door.fetchval("SELECT 1")
        async with asyncio.timeout(PATIENCE):
            await part.door.opened.wait()
        assert await part.door.fetchval("SELECT 1") == 1


async def test_a_wrong_dsn_ends_the_start(postgres: EmbeddedServer) -> None:
    with pytest.raises(SettingsError, match="nowhere"):
        async with begun(postgres.dsn_of("nowhere")):
            pass
