"""A Bitrix24 on the company's own server, with a certificate of the company's own authority."""

import asyncio
import os
import ssl
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from crm_bridge.crm.bitrix24.client import BitrixClient
from crm_bridge.crm.errors import answer
from crm_bridge.outbox.lifecycle import Retry
from crm_bridge.outbox.pace import Unpaced
from tests.integration.crm_bridge.crm.fake_bitrix24 import FakePortal

CERTIFICATES = Path(__file__).parents[2] / "telephony/ami/certificates"


@pytest.fixture
def portal() -> FakePortal:
    return FakePortal()


@pytest_asyncio.fixture
async def url(portal: FakePortal) -> AsyncIterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "loopback.pem")
    runner = web.AppRunner(portal.app())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield f"https://127.0.0.1:{runner.addresses[0][1]}/rest/1/code"
    await runner.cleanup()


async def asked(url: str) -> str:
    """Ask who we are, with an HTTP client as the daemon makes it."""
    async with aiohttp.ClientSession() as http:
        client = BitrixClient(http, url, None, lambda: datetime.now(UTC), Unpaced())
        return str(await client.call("profile"))


async def test_an_authority_that_the_system_does_not_know_is_told_nothing(portal: FakePortal, url: str) -> None:
    told = await answer(asked(url))
    assert isinstance(told, Retry), "it waits for the certificate to be made known"
    assert "CERTIFICATE_VERIFY_FAILED" in told.reason
    assert portal.asked == []


async def test_one_that_the_system_knows_is_enough(portal: FakePortal, url: str) -> None:
    code = f"import asyncio; from {__name__} import asked; print(asyncio.run(asked({url!r})))"
    known = {**os.environ, "SSL_CERT_FILE": str(CERTIFICATES / "ca.pem")}
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", code, env=known, stdout=asyncio.subprocess.PIPE)
    said, _ = await child.communicate()
    assert (child.returncode, said.strip()) == (0, b"{'ID': '1'}")
    assert portal.asked == ["profile"]
