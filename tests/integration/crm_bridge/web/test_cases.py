"""Cases in the console: opened on a card, worked on, given, closed, each once; and the first hundred days."""

import re
from collections.abc import Mapping

import aiohttp

from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.web.conftest import text_of


async def post(site: aiohttp.ClientSession, path: str, form: Mapping[str, str]) -> int:
    async with site.post(path, data=form, allow_redirects=False) as answer:
        return answer.status


async def test_a_case_is_opened_on_the_card_worked_on_and_closed(site: aiohttp.ClientSession, pool: Pool) -> None:
    customer = await pool.fetchval(
        "SELECT number FROM customers c WHERE NOT EXISTS (SELECT FROM cases k WHERE k.customer = c.number) LIMIT 1"
    )
    card = f"/console/customers/{customer.replace('+', '%2B')}"
    assert await post(site, f"{card}/unhappy", {"words": " ", "once": "0"}) == 400
    for _ in range(2):  # a double click
        assert await post(site, f"{card}/unhappy", {"words": "Ждал <b>час</b>", "once": "1"}) == 303
    [case_id] = [row["case_id"] for row in await pool.fetch("SELECT case_id FROM cases WHERE customer = $1", customer)]
    assert await pool.fetchval("SELECT count(*) FROM case_reasons WHERE case_id = $1", case_id) == 1
    assert f'href="/console/cases/{case_id}"' in await text_of(site, card)
    assert f'id="case-{case_id}"' in await text_of(site, "/console/cases")
    one = f"/console/cases/{case_id}"
    page = await text_of(site, one)
    assert "Ждал &lt;b&gt;час&lt;/b&gt;" in page
    assert await post(site, f"{one}/act", {"words": "Извинились", "once": "2"}) == 303
    assert await post(site, f"{one}/give", {"owner": "102", "once": "3"}) == 303
    assert await post(site, f"{one}/give", {"owner": "nobody", "once": "4"}) == 409
    assert await post(site, f"{one}/close", {"cause": "nonsense", "words": "x", "once": "5"}) == 400
    closing = {"cause": "late", "words": "Перезвонили", "changed": "Заместитель звонит раньше", "once": "6"}
    assert await post(site, f"{one}/close", closing) == 303
    assert await post(site, f"{one}/act", {"words": "ещё", "once": "7"}) == 409
    found = await pool.fetchrow("SELECT state, owner, cause, changed FROM cases WHERE case_id = $1", case_id)
    assert tuple(found or ()) == ("closed", "102", "late", "Заместитель звонит раньше")
    assert "Заместитель звонит раньше" in await text_of(site, one)
    listed = await text_of(site, "/console/cases?tab=closed&cause=late&changed=true")
    assert f'id="case-{case_id}"' in listed


async def test_each_tab_lists_as_many_cases_as_it_says(site: aiohttp.ClientSession) -> None:
    for tab in ("open", "closed", "all"):
        page = await text_of(site, f"/console/cases?tab={tab}")
        found = re.search(rf'tab={tab}"[^>]*data-count="(\d+)"', page)
        assert found is not None
        assert len(re.findall(r'<tr id="case-', page)) == int(found[1]), tab


async def test_what_is_to_be_done_for_a_new_customer_is_done_once(site: aiohttp.ClientSession, pool: Pool) -> None:
    customer, call_id = await pool.fetchrow("SELECT customer, call_id FROM calls WHERE customer <> '' LIMIT 1") or (
        "",
        "",
    )
    await pool.execute(
        "INSERT INTO first_talks VALUES ($1, now() - interval '8 days', $2)"
        " ON CONFLICT (customer) DO UPDATE SET at = excluded.at",
        customer, call_id,
    )  # fmt: skip
    card = f"/console/customers/{customer.replace('+', '%2B')}"
    assert 'value="works"' in await text_of(site, card)
    assert await post(site, f"{card}/nudge", {"nudge": "works", "verdict": "maybe"}) == 400
    assert await post(site, f"{card}/nudge", {"nudge": "works", "verdict": "done"}) == 303
    assert 'value="works"' not in await text_of(site, card)


async def test_an_amount_is_written_on_the_page_of_a_call(site: aiohttp.ClientSession, pool: Pool) -> None:
    call_id = await pool.fetchval("SELECT call_id FROM calls WHERE disposition = 'answered' LIMIT 1")
    path = f"/console/calls/{call_id}"
    assert await post(site, f"{path}/result", {"code": "sale", "amount": "1 299,50", "back": path}) == 303
    assert await pool.fetchval("SELECT amount::text FROM call_results WHERE call_id = $1", call_id) == "1299.50"
    assert "1 299,50" in (await text_of(site, path)).replace("\N{NO-BREAK SPACE}", " ")
    assert await post(site, f"{path}/result", {"code": "sale", "amount": "1e9", "back": path}) == 400
