"""Reports over HTTP: every number that is a link leads to as many rows."""

import re
from datetime import UTC, datetime
from html import unescape
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from crm_bridge.figures.reports import ReportName
from crm_bridge.figures.rollups import RollupKeeper
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.web.conftest import text_of

_LINK = re.compile(r'<a href="(/console/(?:calls|board|reports|newcomers|cases)[^"]+)">([\d\s\u00a0\u202f]+)</a>')


async def rows_behind(site: aiohttp.ClientSession, address: str) -> int:
    """How many rows a list has, over all its pages."""
    count, following = 0, address
    while following:
        page = await text_of(site, following)
        count += len(re.findall(r'<tr id="(?:request|call|promise|newcomer|case)-', page))
        found = re.search(r'rel="next" href="([^"]+)"', page)
        following = address.partition("?")[0] + unescape(found[1]) if found else ""
    return count


@pytest.mark.parametrize("name", list(ReportName))
async def test_each_number_of_a_report_is_the_length_of_its_list(
    site: aiohttp.ClientSession, pool: Pool, name: str
) -> None:
    await pool.execute(
        "INSERT INTO promises (request_id, slot_of, promised_at, made_at, settled_at, verdict) SELECT request_id,"
        " 'group:sales', first_missed_at, first_missed_at - interval '1 hour', now(), (ARRAY['kept', 'late', 'broken'])"
        "[1 + request_id % 3] FROM callback_requests ORDER BY first_missed_at DESC LIMIT 20"
    )
    keeper = RollupKeeper(pool, lambda: datetime.now(UTC), ZoneInfo("Europe/Kyiv"))
    while await keeper.work():
        pass
    await pool.execute(
        "WITH made AS (INSERT INTO cases (customer, name, owner, state, opened_at, due_at, closed_at, cause, changed)"
        " SELECT customer, '', '', 'closed', max(started_at), null, max(started_at), 'late', 'a rule' FROM calls"
        " WHERE customer <> '' GROUP BY 1 LIMIT 9 RETURNING case_id)"
        " INSERT INTO case_reasons (case_id, why, thing, call_id, words, at)"
        " SELECT case_id, 'low_score', case_id::text, '', '', now() FROM made"
    )
    page = await text_of(site, f"/console/reports/{name}?period=7d")
    numbers = {unescape(address): int(re.sub(r"\D", "", shown)) for address, shown in _LINK.findall(page)}
    assert len(numbers) >= {"promises": 2, "newcomers": 2, "quality": 2, "cases": 4, "reviews": 0}.get(name, 5)
    for address, number in list(numbers.items())[:: max(1, len(numbers) // 12)]:
        assert await rows_behind(site, address) == number, address


async def test_a_report_as_a_file(site: aiohttp.ClientSession) -> None:
    async with site.get("/console/reports/summary/export?format=csv&period=7d") as answer:
        assert answer.content_type == "text/csv"
        lines = (await answer.text()).splitlines()
    assert len(lines) > 12
    async with site.get("/console/reports/heat/export?format=xlsx") as answer:
        assert (await answer.read()).startswith(b"PK")


async def test_what_is_no_report_is_said_to_be_none(site: aiohttp.ClientSession) -> None:
    for path, status in (("/console/reports/none", 404), ("/console/reports/heat?figure=%3Cscript%3E", 200)):
        async with site.get(path) as answer:
            assert answer.status == status, path
            assert "<script>" not in (await answer.text()).replace("<script nonce", "")
