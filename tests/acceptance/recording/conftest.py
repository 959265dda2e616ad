"""One lab with the recording side of a daemon, for all tests of this folder: a start takes some seconds."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import asyncpg
import pytest_asyncio

from telephony.postgres.embedded import EmbeddedServer
from tests.acceptance.recording.stack import Stack, stack

_numbers = count()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def recording(postgres: EmbeddedServer) -> AsyncIterator[Stack]:
    name = f"recording_{next(_numbers)}"
    connection = await asyncpg.connect(postgres.dsn_of("postgres"))
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE migrated")
    await connection.close()
    folder = Path(tempfile.mkdtemp(prefix="rb-rec-"))
    try:
        async with stack(folder, postgres.dsn_of(name)) as made:
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)
