"""One lab for a module."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.lab.laboratory import Lab, PbxPlan


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def module_lab(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lab]:
    async with Lab.start(tmp_path_factory.mktemp("lab"), PbxPlan(ring_seconds=4)) as lab:
        yield lab
