"""The page of surveys: what was said is shown, each figure leads to its rows, an order is written down."""

from datetime import UTC, datetime

import aiohttp

from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.web.conftest import text_of

ANNA = "+380671234567"
RUDE = "<script>alert(1)</script>"


async def survey(pool: Pool, score: int, number: int) -> None:
    await pool.execute(
        "INSERT INTO surveys (pbx, customer, name, because, anchor_at, planned_at, not_before, expires_at, state, "
        "tries, channel_id, rang_at, answered_at, consented_at, score, ended_at, ended_for) "
        "VALUES ('pbx', $1, $4, 'sale', $3, $3, $3, $3, 'over', 1, $1, $3, $3, $3, $2::smallint, $3, 'finished')",
        f"+38067000{number:04}",
        score,
        datetime.now(UTC),
        RUDE,
    )


async def test_figures_lead_to_their_rows_and_names_stay_text(site: aiohttp.ClientSession, pool: Pool) -> None:
    await pool.execute("DELETE FROM surveys")  # those of the made-up past
    for number in range(12):
        await survey(pool, 10 if number < 9 else 4, number)
    page = await text_of(site, "/console/surveys?period=7d")
    assert RUDE not in page
    assert "&lt;script&gt;" in page
    assert ">50<" in page, "nine of twelve less three of twelve"
    unhappy = await text_of(site, "/console/surveys?period=7d&score_to=6")
    assert unhappy.count('id="survey-') == 3


async def test_an_order_is_in_the_plan_and_a_wrong_one_is_told(site: aiohttp.ClientSession, pool: Pool) -> None:
    await pool.execute("DELETE FROM surveys")
    async with site.post("/console/surveys", data={"number": "067 123 45 67"}) as done:
        assert done.status == 200
    assert await pool.fetchval("SELECT customer FROM surveys") == ANNA
    planned = await text_of(site, "/console/surveys?state=planned")
    assert planned.count('id="survey-') == 1
    async with site.post("/console/surveys", data={"number": "nobody"}) as refused:
        assert refused.status == 422
        assert "nobody" in await refused.text()
