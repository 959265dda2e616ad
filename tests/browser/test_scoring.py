"""A call is heard and scored without a mouse; its manager sees the card and disputes it."""

import os
from pathlib import Path

from playwright.async_api import Page

from telephony.postgres.pool import Pool
from tests.browser import test_pages
from tests.browser.console import MANAGER
from tests.browser.test_pages import Site, look_at, site
from tests.waiting import until

__all__ = ["site"]
pytestmark = test_pages.pytestmark


async def keep(page: Page, name: str) -> None:
    """Keep a picture, if somebody wants to look."""
    if folder := os.environ.get("SHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


async def test_a_call_is_scored_by_keyboard_alone_and_disputed_by_its_manager(site: Site, pool: Pool) -> None:
    seen = await site.open("ru", "light", 1280)
    page = seen.page
    await page.goto(f"{site.url}/console/reviews")
    await keep(page, "queue")
    before = await pool.fetchval("SELECT count(*) FROM review_scores")
    await page.get_by_role("button", name="Взять следующий").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-question][data-current]")
    taken = int(page.url.rpartition("/")[2])
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-unanswered]:not([hidden])")
    for key in "2n333n3":
        await page.keyboard.press(key)
    await page.keyboard.press("k")
    await page.keyboard.press("4")  # no answer of that question: nothing happens
    for _ in range(20):
        await page.keyboard.press("2")
    await until(
        lambda: pool.fetchval("SELECT draft::text LIKE '%\"greeting\"%' FROM review_items WHERE review_id = $1", taken),
        "the draft is kept",
    )
    await page.wait_for_load_state("networkidle")
    await keep(page, "card")
    assert not await look_at(seen, site, f"/reviews/{taken}", "ru light 1280"), "the draft is there again"
    for name in await page.evaluate(
        "[...document.querySelectorAll('[data-question]')].filter((one) => !one.querySelector(':checked'))"
        ".map((one) => one.querySelector('input').name)"
    ):
        raise AssertionError(f"not answered: {name}")
    for _ in range(20):
        await page.keyboard.press("j")
    await page.keyboard.press("1")
    await page.keyboard.press("k")
    await page.keyboard.press("1")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    assert await pool.fetchval("SELECT count(*) FROM review_scores") == before + 1
    [row] = await pool.fetch("SELECT manager, state, score FROM published.reviews WHERE review_id = $1", taken)
    assert (row["state"], row["score"] > 0) == ("scored", True)
    assert not seen.complaints
    await pool.execute("UPDATE review_items SET manager = '101' WHERE review_id = $1", taken)
    theirs = await site.open("uk", "dark", 390, MANAGER)
    await theirs.page.goto(f"{site.url}/console/reviews")
    await keep(theirs.page, "own")
    await theirs.page.goto(f"{site.url}/console/reviews/{taken}")
    await theirs.page.fill("textarea[name=text]", "Я назвався одразу")
    await keep(theirs.page, "own-card")
    await theirs.page.get_by_role("button", name="Оскаржити").click()
    await theirs.page.get_by_text("Я назвався одразу").wait_for()
    assert await pool.fetchval("SELECT state FROM review_items WHERE review_id = $1", taken) == "disputed"
    assert not theirs.complaints
