"""Fixtures of the ledger's tests."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.integration.telephony.calls.own_server import Own, own_server


@pytest_asyncio.fixture
async def own() -> AsyncIterator[Own]:
    async with own_server() as made:
        yield made
