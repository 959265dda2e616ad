"""The stage as a fixture."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from telephony.postgres.pool import Pool
from tests.integration.telephony.callback.stage import Make, Stage, set_stage, settings_with


@pytest_asyncio.fixture
async def make(pool: Pool) -> AsyncIterator[Make]:
    """Builds stages with settings of their own."""
    built: list[Stage] = []

    async def build(**callback: Any) -> Stage:  # noqa: ANN401 - settings' fields
        built.append(await set_stage(pool, settings_with(**callback)))
        return built[-1]

    yield build
    for stage in built:
        await stage.close()


@pytest_asyncio.fixture
async def stage(make: Make) -> Stage:
    """A stage with the usual settings."""
    return await make()
