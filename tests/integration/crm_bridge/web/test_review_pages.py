"""The reviews' pages over HTTP: take one, fill in its card without a script, look at what became of it."""

import re

import aiohttp

from crm_bridge.reviews.default_card import DEFAULT_CARD
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.web.conftest import text_of

FILLED = {question.question_id: "1" for question in DEFAULT_CARD.questions()} | {"by_name": "n/a", "fatal_rude": "0"}


async def test_a_call_is_taken_scored_and_listed(site: aiohttp.ClientSession, pool: Pool) -> None:
    queue = await text_of(site, "/console/reviews")
    assert len(re.findall(r'id="waits-', queue)) == await pool.fetchval(
        "SELECT count(*) FROM review_items WHERE state IN ('open', 'claimed')"
    )
    async with site.post("/console/reviews/next", data={}) as answer:
        where, card = str(answer.url.path), await answer.text()
    assert "data-scorecard" in card
    async with site.post(f"{where}/draft", data={"greeting": "1", "best": "Сразу назвал цену"}) as answer:
        assert answer.status == 204
    assert "Сразу назвал цену" in await text_of(site, where)
    async with site.post(f"{where}/score", data={"version": "1", "greeting": "1"}) as answer:
        assert answer.status == 409, "half a card is none"
    filled = FILLED | {"version": "1", "fatal_promise": "0", "best": "<script>", "then": "next"}
    async with site.post(f"{where}/score", data=filled) as answer:
        assert answer.status == 200
        assert answer.url.path != where, "the next one is there"
    shown = await text_of(site, where)
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown.replace("<script nonce", "")
    listed = await text_of(site, "/console/reviews?period=all&state=scored")
    assert f'href="{where}"' in listed
    async with site.get("/console/reviews?state=nowhere") as answer:
        assert answer.status == 400
    call_id = await pool.fetchval(
        "SELECT call_id FROM review_items WHERE review_id = $1", int(where.rpartition("/")[2])
    )
    assert f'href="{where}"' in await text_of(site, f"/console/calls/{call_id}")
