"""Every page in a real Chromium: no barrier that axe knows, no error in its console, nothing wider than its window.

`make test-browser` looks at each page in some of the looks; `LOOKS=all` in the environment takes every language, theme
and width. `SHOTS=folder` keeps what was seen, for a person to look at.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from deploy import browser_files
from telephony.postgres.pool import Pool
from tests.browser.console import serve

CHROMIUM = shutil.which("chromium")
PAGES = (
    "",
    "/board",
    "/board?tab=late",
    "/live",
    "/wall",
    "/calls",
    "/calls?number=1",
    "/customers",
    "/more",
    "/nowhere",
)
SOME = [("ru", "light", 390), ("uk", "dark", 1280)]
ALL = list(product(("ru", "uk", "en"), ("light", "dark"), (390, 1280, 1920)))
LOOKS = ALL if os.environ.get("LOOKS") == "all" else SOME
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
QUIET = ["--no-sandbox", "--headless", "--disable-background-networking", "--disable-gpu", "--no-first-run"]

if CHROMIUM is None and os.environ.get("CI"):
    raise RuntimeError("there is no chromium: `.ci/run` installs it")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="THE PAGES ARE NOT LOOKED AT: there is no chromium here")


@dataclass
class Seen:
    """A page of the browser, and what it complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)


@dataclass
class Site:
    url: str
    browser: Browser
    call_id: str
    customer: str
    request_id: int

    def paths(self) -> list[str]:
        customer = self.customer.replace("+", "%2B")
        return [*PAGES, f"/calls/{self.call_id}", f"/customers/{customer}", f"/board?open={self.request_id}"]

    async def open(self, language: str, theme: str, width: int) -> Seen:
        context = await self.browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
        cookie = {"name": "ringback_look", "value": f"{language}.{theme}", "url": self.url}
        await context.add_cookies([cookie])  # type: ignore[list-item] # a TypedDict of playwright's own
        seen = Seen(await context.new_page())
        seen.page.on("console", lambda said: seen.complaints.extend([said.text] if said.type == "error" else []))
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        return seen


@pytest_asyncio.fixture
async def site(pool: Pool, tmp_path: Path) -> AsyncIterator[Site]:
    browser_files.fetch_axe()
    async with serve(pool, tmp_path, days=14, sounds=1) as url, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        [call] = await pool.fetch("SELECT call_id, customer FROM calls JOIN recordings USING (call_id) LIMIT 1")
        waits = await pool.fetchval("SELECT request_id FROM callback_requests WHERE state = 'waiting' LIMIT 1")
        yield Site(url, browser, call["call_id"], call["customer"], waits)
        await browser.close()


async def test_each_page_is_without_barriers_errors_or_overflow(site: Site) -> None:
    axe = browser_files.AXE.read_text(encoding="utf-8")
    found: list[str] = []
    for language, theme, width in LOOKS:
        seen = await site.open(language, theme, width)
        for path in site.paths():
            where = f"{path or '/'} {language} {theme} {width}"
            seen.complaints.clear()
            await seen.page.goto(f"{site.url}/console{path}")
            await seen.page.evaluate("document.fonts.ready.then(() => true)")
            found += [f"{where}: {said}" for said in seen.complaints if path != "/nowhere"]
            wide = await seen.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            found += [f"{where}: {wide} px too wide"] if wide > 0 else []
            if folder := os.environ.get("SHOTS"):
                name = (
                    f"{path.strip('/').replace('/', '-').replace('?', '-') or 'today'}-{language}-{theme}-{width}.png"
                )
                await seen.page.screenshot(path=Path(folder) / name)
            await seen.page.evaluate(axe)
            told = await seen.page.evaluate("rules => axe.run({runOnly: rules})", RULES)
            found += [f"{where}: {each['id']} {each['nodes'][0]['target']}" for each in told["violations"]]
        await seen.page.context.close()
    assert not found


async def test_a_change_is_on_the_screen_by_itself_and_a_lost_stream_heals(site: Site, pool: Pool) -> None:
    seen = await site.open("ru", "light", 1280)
    await seen.page.goto(f"{site.url}/console/board")
    await seen.page.wait_for_selector('#live[data-state="on"]')
    row = seen.page.locator(f"#request-{site.request_id}")
    await row.wait_for()
    await pool.execute("UPDATE callback_requests SET state = 'held' WHERE request_id = $1", site.request_id)
    async with asyncio.timeout(10):
        while await row.count():  # told again and again: the daemon may listen only from now on
            await pool.execute("SELECT pg_notify('ringback_live', $1)", '{"kind": "callback.held", "body": {}}')
            await asyncio.sleep(0.1)
    await seen.page.context.set_offline(True)
    await seen.page.context.set_offline(False)
    await seen.page.wait_for_selector('#live[data-state="on"]')


async def test_an_order_by_keyboard_alone_and_the_player_by_keys(site: Site, pool: Pool) -> None:
    seen = await site.open("en", "dark", 1280)
    await seen.page.goto(f"{site.url}/console/board")
    await seen.page.keyboard.press("j")
    await seen.page.keyboard.press("Enter")
    await seen.page.wait_for_selector(".panel")
    await seen.page.get_by_role("button", name="Done").focus()
    await seen.page.keyboard.press("Enter")
    await seen.page.wait_for_selector("#toasts .toast")
    assert await pool.fetchval("SELECT count(*) FROM callback_requests WHERE closed_for = 'dealt'") == 1
    await seen.page.goto(f"{site.url}/console/calls/{site.call_id}")
    await seen.page.wait_for_function("document.querySelector('.seek').getAttribute('aria-valuetext')")
    await seen.page.keyboard.press("ArrowRight")
    await seen.page.keyboard.press("n")
    assert (await seen.page.input_value("#comment")).startswith("[0:05] ")
    assert not seen.complaints
