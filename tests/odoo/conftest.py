"""One real Odoo for all tests of this folder: it is slow to start."""

from collections.abc import AsyncIterator

import pytest_asyncio

from deploy.lab.programs.odoo import Odoo, running_odoo


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def odoo() -> AsyncIterator[Odoo]:
    async with running_odoo() as started:
        yield started
