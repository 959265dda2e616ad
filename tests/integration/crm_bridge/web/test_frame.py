"""The console's frame over HTTP: headers, static files, refusals, the look of a device."""

import gzip
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import aiohttp
import asyncpg
import pytest_asyncio
from aiohttp import web
from structlog.testing import capture_logs

from crm_bridge.web import PREFIX
from crm_bridge.web.application import console
from crm_bridge.web.surface import Surface

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Head:
    name: str = "Olena <img src=x onerror=alert(1)>"
    role: str = "head"
    language: str = "uk"
    theme: str = "dark"


async def away(_request: web.Request) -> web.StreamResponse:
    raise asyncpg.CannotConnectNowError("starting up")


async def broken(_request: web.Request) -> web.StreamResponse:
    raise ZeroDivisionError("ours")


@pytest_asyncio.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    surface = Surface(
        lambda _: Head(), ZoneInfo("Europe/Kyiv"), lambda: datetime(2026, 11, 28, 12, 0, tzinfo=UTC), "1.2.3"
    )
    whole = web.Application()
    whole.add_subapp(PREFIX, console(surface, [web.get("/away", away), web.get("/broken", broken)]))
    runner = web.AppRunner(whole)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    jar = aiohttp.CookieJar(unsafe=True)  # of an address without a name
    async with aiohttp.ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}", cookie_jar=jar) as session:
        yield session
    await runner.cleanup()


async def test_a_page_has_the_policy_and_its_scripts_the_nonce_of_this_answer(http: aiohttp.ClientSession) -> None:
    nonces = []
    for _ in range(2):
        async with http.get("/console/more") as response:
            text = await response.text()
            policy = response.headers["Content-Security-Policy"]
            assert response.headers["Cache-Control"] == "no-store"
            assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "unsafe" not in policy
        found = re.search(r"script-src 'nonce-([^']+)' 'strict-dynamic'", policy)
        assert found
        assert set(re.findall(r'nonce="([^"]*)"', text)) == {found[1]}
        nonces.append(found[1])
    assert nonces[0] != nonces[1]


async def test_a_hostile_name_is_text(http: aiohttp.ClientSession) -> None:
    async with http.get("/console/more") as response:
        text = await response.text()
    assert "<img" not in text
    assert "Olena &lt;img src=x onerror=alert(1)&gt;" in text


async def test_static_files_are_kept_for_ever_under_their_hash_and_come_compressed(http: aiohttp.ClientSession) -> None:
    async with http.get("/console/more") as response:
        address = re.search(r'href="(/console/static/[0-9a-f]{8}/console.css)"', await response.text())
    assert address
    async with http.get(address[1], headers={"Accept-Encoding": "gzip"}, auto_decompress=False) as response:
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response.headers["Content-Encoding"] == "gzip"
        packed = await response.read()
    async with http.get(address[1], headers={"Accept-Encoding": "identity"}) as response:
        assert await response.read() == gzip.decompress(packed)
    async with http.get("/console/static/00000000/console.css") as response:
        assert response.headers["Cache-Control"] == "no-cache"
    for path in ("nothing.css", "../surface.py", "%2e%2e/surface.py", "vendor/manifest.json"):
        async with http.get(f"/console/static/00000000/{path}") as response:
            assert response.status == 404


async def test_language_and_theme_are_kept_on_the_device(http: aiohttp.ClientSession) -> None:
    async with http.get("/console/more") as response:
        assert '<html lang="uk" data-theme="dark"' in await response.text()
    form = {"language": "ru", "back": "/console/more"}
    async with http.post("/console/look", data=form, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, "/console/more")
        cookie = response.cookies["ringback_look"]
        assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("ru.", True, "Lax")
    async with http.post("/console/look", data={"theme": "light", "back": "https://evil.example/"}) as response:
        assert response.url.path == "/console"
    async with http.get("/console/more") as response:
        assert '<html lang="ru" data-theme="light"' in await response.text()
    async with http.post("/console/look", data={"theme": "x\x00", "language": "tlh"}) as response:
        assert response.status == 400


async def test_what_goes_wrong_is_a_page_or_a_few_words_in_the_corner(http: aiohttp.ClientSession) -> None:
    async with http.get("/console/nowhere") as response:
        assert response.status == 404
        assert "Тут нічого немає" in await response.text()
    async with http.get("/console/away", headers={"HX-Request": "true"}) as response:
        assert response.status == 503
        text = await response.text()
        assert "База даних недоступна" in text
        assert "<html" not in text
    with capture_logs() as logs:
        async with http.get("/console/broken") as response:
            assert response.status == 500
            assert "ZeroDivision" not in await response.text()
    assert [entry["event"] for entry in logs] == ["console.page_failed"]


async def test_a_form_of_strangers_is_bounded(http: aiohttp.ClientSession) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    async with http.post("/console/look", data=b"a" * 70_000, headers=form) as response:
        assert response.status == 400
    async with http.post("/console/look", json={}) as response:
        assert response.status == 400
    async with http.post("/console/look", data={str(number): "" for number in range(200)}) as response:
        assert response.status == 400
