"""A console over a made-up fortnight; what telephony does is real, but the PBX."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest_asyncio
from yarl import URL

from telephony.postgres.pool import Pool
from tests.browser.console import serve


@pytest_asyncio.fixture
async def site(pool: Pool, tmp_path: Path) -> AsyncIterator[aiohttp.ClientSession]:
    """A browser's session with it."""
    async with serve(pool, tmp_path, days=14, sounds=0) as served:
        jar = aiohttp.CookieJar(unsafe=True)  # a cookie of 127.0.0.1 is kept, as browsers do
        jar.update_cookies({"ringback": await served.sign_in()}, URL(served.url))
        headers = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
        async with aiohttp.ClientSession(served.url, cookie_jar=jar, headers=headers) as http:
            yield http


async def text_of(site: aiohttp.ClientSession, path: str) -> str:
    """A page's text."""
    async with site.get(path) as answer:
        assert answer.status == 200, path
        return await answer.text()
