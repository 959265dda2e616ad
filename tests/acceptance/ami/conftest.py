"""One lab for all tests of this folder."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from deploy.lab.laboratory import Lab


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def module_lab() -> AsyncIterator[Lab]:
    folder = Path(tempfile.mkdtemp(prefix="rb-ami-"))
    try:
        async with Lab.start(folder) as lab:
            yield lab
    finally:
        shutil.rmtree(folder, ignore_errors=True)
