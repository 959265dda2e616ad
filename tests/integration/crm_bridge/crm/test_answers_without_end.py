"""What a CRM answers is read within bounds: bytes once unpacked, seconds in all, values, pages."""

import asyncio
import gzip
import json
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from crm_bridge.crm.amocrm.client import AmoClient
from crm_bridge.crm.bitrix24.client import BitrixClient
from crm_bridge.crm.errors import CrmBroken, CrmThrottled
from crm_bridge.crm.hubspot.client import HubSpotClient
from crm_bridge.crm.odoo.client import OdooClient
from crm_bridge.crm.transport.http import pages
from crm_bridge.crm.transport.oauth import FixedToken, OAuthApplication, Renewal
from crm_bridge.outbox.pace import Unpaced
from telephony.net import bounded

Ask = Callable[[], Awaitable[object]]
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
MEGABYTE = 1 << 20


def packed(megabytes: int) -> bytes:
    """So many megabytes of a JSON text in a thousandth of the bytes."""
    packing = zlib.compressobj(9, zlib.DEFLATED, 31)
    spaces = b" " * MEGABYTE
    return b"".join([packing.compress(b"["), *(packing.compress(spaces) for _ in range(megabytes)), packing.flush()])


@pytest.fixture(scope="module")
def bomb() -> bytes:
    return packed(64)


class Hostile:
    """A server that answers every request in the same bad way."""

    def __init__(self) -> None:
        self.answer: Answer = self.nothing
        self.url = ""

    async def nothing(self, _request: web.Request) -> web.StreamResponse:
        return web.Response()

    def answers(self, told: object, code: int) -> None:
        self.says(json.dumps(told).encode(), code=code)

    def says(self, body: bytes, *, encoding: str = "", code: int = 200, headers: dict[str, str] | None = None) -> None:
        told = {"Content-Type": "application/json", **({"Content-Encoding": encoding} if encoding else {})}

        async def answer(_request: web.Request) -> web.StreamResponse:
            return web.Response(status=code, body=body, headers=told | (headers or {}))

        self.answer = answer


@pytest_asyncio.fixture
async def hostile() -> AsyncIterator[Hostile]:
    server = Hostile()
    app = web.Application()

    async def serve(request: web.Request) -> web.StreamResponse:
        return await server.answer(request)

    app.router.add_route("*", "/{path:.*}", serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = site.name
    yield server
    await runner.cleanup()


@pytest_asyncio.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


CRMS = ("amocrm", "bitrix24", "hubspot", "odoo", "odoo version", "oauth")


def asking(crm: str, http: aiohttp.ClientSession, url: str) -> Ask:
    token, pace = FixedToken("good", "make one"), Unpaced()
    return {
        "amocrm": lambda: AmoClient(http, url, token, pace).get("account"),
        "bitrix24": lambda: BitrixClient(http, url, None, lambda: NOW, pace).call("profile"),
        "hubspot": lambda: HubSpotClient(http, token, pace, pace, url=url).get("crm/owners/2026-03"),
        "odoo": lambda: OdooClient(http, url, "key", pace).call("res.partner", "search"),
        "odoo version": lambda: OdooClient(http, url, "key", pace).version(),
        "oauth": lambda: Renewal(http, url, OAuthApplication("id", "secret"), lambda: NOW)("refresh"),
    }[crm]


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@pytest.mark.parametrize("crm", CRMS)
async def test_what_unpacks_to_dozens_of_megabytes_is_given_up(
    crm: str, encoding: str, hostile: Hostile, http: aiohttp.ClientSession, bomb: bytes
) -> None:
    hostile.says(bomb if encoding == "gzip" else zlib.compress(b" " * 9_000_000), encoding=encoding)
    tracemalloc.start()
    with pytest.raises(CrmBroken):
        await asking(crm, http, hostile.url)()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 40 * MEGABYTE


@pytest.mark.parametrize("crm", CRMS)
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b"[" * 500 + b"]" * 500,
        b"[" + b"[]," * 1_000_000 + b"[]]",
        b"9" * 100_000,
        b'{"access_token": "a", "refresh_token": "b", "expires_in": 1e999}',
        b'{"access_token": "a", "refresh_token": "b", "expires_in": 1e300}',
    ],
    ids=["open", "deep", "many", "digits", "infinite", "long"],
)
async def test_json_that_stalls_or_ends_the_parser_is_an_error_of_the_crm(
    crm: str, body: bytes, hostile: Hostile, http: aiohttp.ClientSession
) -> None:
    hostile.says(body)
    began = time.perf_counter()
    if crm in {"amocrm", "hubspot", "odoo"} and b"e300" in body:
        await asking(crm, http, hostile.url)()  # JSON like any other
    else:
        with pytest.raises(CrmBroken):
            await asking(crm, http, hostile.url)()
    assert time.perf_counter() - began < 10


async def test_an_answer_that_drips_has_a_time_in_all(hostile: Hostile, http: aiohttp.ClientSession) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b" ")
            await asyncio.sleep(0.01)

    hostile.answer = drip
    async with http.get(hostile.url) as response:
        with pytest.raises(bounded.TooMuch, match=r"after 0\.2 s"):
            await bounded.body_of(response, seconds=0.2)
    assert response.closed


def test_pages_without_end_have_one() -> None:
    with pytest.raises(CrmBroken, match="more than 1000 pages"):
        list(pages())


@pytest.mark.parametrize("wish", ["9" * 5000, "99999999999999", "²", "-5", "soon"])
async def test_no_retry_after_breaks_us(wish: str, hostile: Hostile, http: aiohttp.ClientSession) -> None:
    hostile.says(b"{}", code=429, headers={"Retry-After": wish})
    with pytest.raises(CrmThrottled):
        await asking("amocrm", http, hostile.url)()


@pytest.mark.parametrize("reset", [1e300, -1e300, 10**400, "soon", [1]])
async def test_no_reset_time_of_bitrix24_breaks_us(
    reset: object, hostile: Hostile, http: aiohttp.ClientSession
) -> None:
    told = {"error": "OPERATION_TIME_LIMIT", "time": {"operating_reset_at": reset}}
    hostile.says(json.dumps(told).encode())
    with pytest.raises(CrmThrottled):
        await asking("bitrix24", http, hostile.url)()
    hostile.says(json.dumps(told | {"time": [reset]}).encode())
    with pytest.raises(CrmThrottled):
        await asking("bitrix24", http, hostile.url)()


async def test_what_is_read_can_be_kept(hostile: Hostile, http: aiohttp.ClientSession) -> None:
    hostile.says(gzip.compress(b'{"name\\u0000": ["\\ud800", "\\ud83d\\ude00", "a\\\\u0000"]}'), encoding="gzip")
    told = await asking("amocrm", http, hostile.url)()
    assert told == {"name�": ["�", "😀", "a\\u0000"]}
