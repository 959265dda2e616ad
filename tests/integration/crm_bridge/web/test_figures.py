"""Each figure of each page is a link to exactly its rows: it is followed, and the rows are counted."""

import re
from html import unescape
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from telephony.postgres.pool import Pool
from tests.browser.console import ADMIN, MANAGER, serve

FIGURE = re.compile(r'<a [^>]*?href="([^"]+)"[^>]*? data-count="(\d+)"[^>]*>')
ROW = re.compile(r'<tr id="(?:request|call)-')
NEXT = re.compile(r'rel="next" href="([^"]+)"')
PAGES = ("/console", "/console/board", "/console/board?tab=reached&days=1", "/console/live", "/console/calls")


async def rows_behind(http: aiohttp.ClientSession, address: str) -> int:
    """All rows of a list, page after page; a call's own page is one."""
    if re.fullmatch(r"/console/calls/[^/?]+", address):
        async with http.get(address) as answer:
            return int(answer.status == 200)
    found = 0
    while True:
        async with http.get(address) as answer:
            assert answer.status == 200, address
            text = await answer.text()
        found += len(ROW.findall(text))
        following = NEXT.search(text)
        if following is None:
            return found
        address = address.partition("?")[0] + unescape(following[1])


async def figures_of(http: aiohttp.ClientSession, page: str) -> set[tuple[str, int]]:
    async with http.get(page) as answer:
        text = await answer.text()
        assert answer.status == 200, page
    body = re.sub(r'<a [^>]*data-count="\d+"[^>]*>.*?</a>', "", text, flags=re.DOTALL)
    assert 'class="figure"' not in body, f"{page}: a figure that leads nowhere"
    assert 'class="count"' not in body, f"{page}: a count that leads nowhere"
    assert text.count('class="tile"') + text.count('class="tile is') == 0 or 'class="menu means"' in text, (
        "no definitions"
    )
    return {(unescape(address), int(count)) for address, count in FIGURE.findall(text)}


@pytest.mark.parametrize("user", [ADMIN, MANAGER])
async def test_every_figure_is_the_number_of_rows_behind_it(pool: Pool, tmp_path: Path, user: str) -> None:
    async with serve(pool, tmp_path, days=3, sounds=0) as served:
        jar = aiohttp.CookieJar(unsafe=True)
        jar.update_cookies({"ringback": await served.sign_in(user)}, URL(served.url))
        async with aiohttp.ClientSession(served.url, cookie_jar=jar, headers={"Accept": "text/html"}) as http:
            async with http.get("/console/customers") as answer:
                card = re.search(r'href="(/console/customers/[^"]+)"', await answer.text())
            assert card
            found = set()
            for page in (*PAGES, unescape(card[1])):
                found |= await figures_of(http, page)
            assert len(found) >= 15
            assert any(count > 0 for _, count in found)
            for address, count in sorted(found):
                assert await rows_behind(http, address) == count, address
