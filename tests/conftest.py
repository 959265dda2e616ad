"""Fixtures for everybody.

``postgres``: one real PostgreSQL of our own for the test process (each xdist worker has one). ``database``: the DSN
of a fresh database with all migrations, for one test. ``pool``: a pool on it. A database is cloned from a migrated
template by copying its files, in memory if there is room. It is made without fsync, which a killed server's tests do
not need either (the kernel lives on).
"""

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import asyncpg
import hypothesis
import pytest
import pytest_asyncio
import structlog

from telephony.configuration import load
from telephony.postgres.embedded import EmbeddedServer
from telephony.postgres.migrations import TELEPHONY, MigrationSource, migrate
from telephony.postgres.pool import Pool, open_pool
from tests.folders import server_folder
from tests.waiting import PATIENCE

_TEMPLATE = "migrated"
_CRM_BRIDGE = Path(__file__).parents[1] / "crm_bridge" / "sql" / "migrations"
_OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "log_min_messages": "warning",
    "max_wal_size": "64MB",  # it may be in memory
}
_numbers = count()


hypothesis.settings.register_profile("ringback", deadline=None)  # a busy machine is no defect
hypothesis.settings.load_profile("ringback")


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """A command that was run in this process may have silenced the logs; the next test wants to hear them."""
    yield
    structlog.reset_defaults()
    logging.disable(logging.NOTSET)


@pytest.fixture(autouse=True)
def _not_the_machines_own_settings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A company's Ringback may be installed on this machine: no test reads its settings, or starts it a second time."""
    nowhere = tmp_path_factory.getbasetemp() / "etc" / "ringback" / "ringback.toml"
    monkeypatch.setattr(load, "PLACES", (Path("ringback.toml"), nowhere))


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedServer]:
    """A running server with the migrated template."""
    folder = server_folder("rb-test-")
    server = EmbeddedServer(folder / "pg", options=_OPTIONS)
    loop = asyncio.new_event_loop()  # not asyncio.run: it would take the current loop away from pytest-asyncio
    try:
        loop.run_until_complete(server.start())
        loop.run_until_complete(_make_template(server))
        yield server
    finally:
        loop.run_until_complete(server.stop())
        loop.close()
        shutil.rmtree(folder)


async def _make_template(server: EmbeddedServer) -> None:
    await _administer(server, f"CREATE DATABASE {_TEMPLATE}")
    sources = [TELEPHONY, *([MigrationSource("crm_bridge", _CRM_BRIDGE)] if _CRM_BRIDGE.is_dir() else [])]
    await migrate(server.dsn_of(_TEMPLATE), sources)
    await _administer(server, f"ALTER DATABASE {_TEMPLATE} IS_TEMPLATE true ALLOW_CONNECTIONS false")


async def _administer(server: EmbeddedServer, statement: str) -> None:
    connection = await asyncpg.connect(server.dsn_of("postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@asynccontextmanager
async def fresh_database(postgres: EmbeddedServer, *, migrated: bool = True) -> AsyncIterator[str]:
    """The DSN of a database of its own; dropped afterwards, whoever is still connected."""
    name = f"test_{next(_numbers)}"
    made_from = f" TEMPLATE {_TEMPLATE} STRATEGY file_copy" if migrated else ""
    await _administer(postgres, f"CREATE DATABASE {name}{made_from}")
    try:
        yield postgres.dsn_of(name)
    finally:
        await _administer(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest_asyncio.fixture
async def database(postgres: EmbeddedServer) -> AsyncIterator[str]:
    """The DSN of a fresh, migrated database."""
    async with fresh_database(postgres) as dsn:
        yield dsn


@pytest_asyncio.fixture
async def empty_database(postgres: EmbeddedServer) -> AsyncIterator[str]:
    """The DSN of a fresh database without any schema."""
    async with fresh_database(postgres, migrated=False) as dsn:
        yield dsn


@pytest_asyncio.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    """A pool on the fresh database."""
    opened = await open_pool(database, size=5)
    yield opened
    try:
        async with asyncio.timeout(PATIENCE):
            await opened.close()
    except TimeoutError:  # a test that failed in the middle may hold a connection: that is no reason to wait for ever
        opened.terminate()
