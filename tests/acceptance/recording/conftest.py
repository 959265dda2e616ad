"""One lab with the recording side of a daemon, for all tests of this folder: a start takes some seconds."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from telephony.postgres.embedded import EmbeddedServer
from tests.acceptance.recording.stack import Stack, stack
from tests.conftest import fresh_database


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def recording(postgres: EmbeddedServer) -> AsyncIterator[Stack]:
    folder = Path(tempfile.mkdtemp(prefix="rb-rec-"))
    try:
        async with fresh_database(postgres) as dsn, stack(folder, dsn) as made:
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)
