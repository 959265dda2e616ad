"""One lab for a module."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.lab.laboratory import Lab, PbxPlan


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def module_lab(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lab]:
    async with Lab.start(tmp_path_factory.mktemp("lab"), PbxPlan(ring_seconds=4)) as lab:
        yield lab


@pytest_asyncio.fixture(loop_scope="module")
async def lab(module_lab: Lab) -> AsyncIterator[Lab]:
    """The lab with telephones as new; calls that a failed test left are ended."""
    module_lab.world.forget()
    yield module_lab
    for leg in list(module_lab.world.legs):
        await module_lab.world.hang_up(leg)
    await module_lab.idle()
