"""Today, live, the wallboard and customers, over HTTP: each figure leads to a list of as many rows."""

import re

import aiohttp

from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.web.conftest import text_of


async def rows_behind(site: aiohttp.ClientSession, address: str) -> int:
    page = await text_of(site, address)
    return len(re.findall(r'<tr id="(?:request|call)-', page))


def tiles_of(page: str) -> list[tuple[str, str]]:
    """The tiles whose figure is a count, with where they lead."""
    tiles = [tile.split("</a>")[0] for tile in page.split('<a class="tile')[1:]]
    found = [re.search(r'href="([^"]+)".*?<span class="figure">(\d+)</span>', tile, re.DOTALL) for tile in tiles]
    return [(each[1], each[2]) for each in found if each]


async def test_each_figure_of_today_is_the_length_of_its_list(site: aiohttp.ClientSession) -> None:
    page = await text_of(site, "/console")
    tiles = tiles_of(page)
    fates = re.findall(r'<a(?: class="\w+")? href="([^"]+)"[^>]*><b>(\d+)</b>', page)
    assert len(tiles) >= 3
    assert len(fates) >= 5
    for address, figure in [*tiles, *fates]:
        if address != "/console/live":
            assert await rows_behind(site, address.replace("&amp;", "&")) == int(figure), address


async def test_a_part_is_the_page_without_its_frame(site: aiohttp.ClientSession) -> None:
    for path, part in (("/console", "all"), ("/console/live", "now"), ("/console/wall", "wall")):
        whole, alone = await text_of(site, path), await text_of(site, f"{path}?part={part}")
        assert "<html" not in alone
        assert f'id="part-{part}"' in whole


async def test_a_company_that_nobody_has_called_has_its_pages(site: aiohttp.ClientSession, pool: Pool) -> None:
    await pool.execute("TRUNCATE callback_requests, calls, customers, managers CASCADE")
    for path in ("", "/wall", "/live", "/board", "/calls", "/customers", "/audit", "/deliveries"):
        assert "</html>" in await text_of(site, f"/console{path}"), path


async def test_a_customer_is_found_by_a_piece_of_the_name_or_number(site: aiohttp.ClientSession, pool: Pool) -> None:
    [row] = await pool.fetch("SELECT number, name FROM customers WHERE name <> '' LIMIT 1")
    number, name = row["number"], row["name"]
    for words in (name[:5], number[-6:], number):
        async with site.get("/console/search", params={"q": words}) as answer:
            assert f"/console/customers/{number.replace('+', '%2B')}" in await answer.text()
    card = await text_of(site, f"/console/customers/{number.replace('+', '%2B')}")
    for address, figure in tiles_of(card):
        assert await rows_behind(site, address.replace("&amp;", "&")) == min(int(figure), 50)
    async with site.get("/console/customers/%2B380000000000") as answer:
        assert answer.status == 404


async def test_words_that_are_hostile_are_looked_for_as_they_are(site: aiohttp.ClientSession) -> None:
    for words in ("%", "_", "' or 1=1 --", "<script>", "x" * 500, "a\\"):
        async with site.get("/console/search", params={"q": words}) as answer:
            assert answer.status == 200
            assert "<script>" not in await answer.text()
