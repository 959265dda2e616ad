"""A calendar's server, and what asks it."""

from collections.abc import AsyncIterator

import aiohttp
import pytest_asyncio

from tests.integration.telephony.schedule.fake_caldav import FakeCalDav, serving


@pytest_asyncio.fixture
async def fake() -> AsyncIterator[FakeCalDav]:
    async with serving(FakeCalDav()) as made:
        yield made


@pytest_asyncio.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as made:
        yield made
