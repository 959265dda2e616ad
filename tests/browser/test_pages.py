"""Every page in a real Chromium: no barrier that axe knows, no error in its console, nothing wider than its window.

`make test-browser` looks at each page in some of the looks; `LOOKS=all` in the environment takes every language, theme
and width, `LOOKS="ru.light.390 en.dark.1920"` those. `SHOTS=folder` keeps what was seen, for a person to look at.
"""

import asyncio
import os
import re
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
from tests.browser.console import ADMIN, ConsoleServed, serve

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
    "/cases",
    "/reviews",
    "/reviews/1",
    "/reports/summary",
    "/reports/answering",
    "/reports/heat?figure=inbound",
    "/cases/1",
    "/cases?tab=all",
    "/reports/money",
    "/reports/newcomers",
    "/reports/cases?period=30d",
    "/newcomers",
    "/surveys?period=all",
    "/surveys?state=planned",
    "/more",
    "/search?q=nobody-has-this-name",
    "/calendar",
    "/health",
    "/deliveries",
    "/settings",
    "/users",
    "/keys",
    "/walls",
    "/audit",
    "/me",
    "/me/password",
    "/me/notifications",
    "/nowhere",
)
DOORS = ("/sign-in", "/invitation/nobody-has-this-link")
"""What is seen by who is not in."""
SOME = [("ru", "light", 390), ("uk", "dark", 1280), ("en", "dark", 1920)]
ALL = list(product(("ru", "uk", "en"), ("light", "dark"), (390, 768, 1280, 1920, 3840)))
ASKED = os.environ.get("LOOKS", "")
LOOKS = [look for look in ALL if ".".join(map(str, look)) in ASKED.split()] or (ALL if ASKED == "all" else SOME)
GONE = ("/nowhere", "/invitation/nobody-has-this-link")
"""What a browser's console calls an error, for it is answered with 404 or 410."""
CUT = """() => [...document.querySelectorAll("main *, nav *")].filter((each) => {
  const look = getComputedStyle(each);
  const seen = each.clientWidth > 4 && each.textContent.trim();
  return seen && look.overflowX === "hidden" && each.scrollWidth > each.clientWidth + 1;
}).map((each) => each.textContent.trim().slice(0, 60))"""
"""Words that do not fit in and are cut off."""
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
    served: ConsoleServed
    browser: Browser
    call_id: str
    customer: str
    request_id: int

    @property
    def url(self) -> str:
        return self.served.url

    def paths(self) -> list[str]:
        customer = self.customer.replace("+", "%2B")
        return [*PAGES, f"/calls/{self.call_id}", f"/customers/{customer}", f"/board?open={self.request_id}"]

    async def open(self, language: str, theme: str, width: int, user_id: str = ADMIN) -> Seen:
        """Open a browser of somebody who is signed in, or of a stranger (no ``user_id``)."""
        height = 844 if width < 500 else width * 9 // 16 if width > 1280 else 900
        context = await self.browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        cookies = {"ringback_look": f"{language}.{theme}"}
        if user_id:
            cookies["ringback"] = await self.served.sign_in(user_id)
        await context.add_cookies([{"name": name, "value": value, "url": self.url} for name, value in cookies.items()])
        seen = Seen(await context.new_page())
        seen.page.on("console", lambda said: seen.complaints.extend([said.text] if said.type == "error" else []))
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        return seen


@pytest_asyncio.fixture
async def site(pool: Pool, tmp_path: Path) -> AsyncIterator[Site]:
    browser_files.fetch_axe()
    async with serve(pool, tmp_path, days=14, sounds=1) as served, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        [call] = await pool.fetch("SELECT call_id, customer FROM calls JOIN recordings USING (call_id) LIMIT 1")
        waits = await pool.fetchval("SELECT request_id FROM callback_requests WHERE state = 'waiting' LIMIT 1")
        yield Site(served, browser, call["call_id"], call["customer"], waits)
        await browser.close()


async def look_at(seen: Seen, site: Site, path: str, where: str) -> list[str]:
    """Open a page and return what is wrong with it."""
    page = seen.page
    seen.complaints.clear()
    await page.goto(f"{site.url}/console{path}")
    await page.evaluate("document.fonts.ready.then(() => true)")
    wrong = [] if path in GONE else list(seen.complaints)
    wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    wrong += [f"{wide} px too wide"] if wide > 0 else []
    wrong += [f"cut: {words}" for words in await page.evaluate(CUT)]
    if folder := os.environ.get("SHOTS"):
        name = re.sub(r"[^a-z0-9]+", "-", f"{path.strip('/') or 'today'} {where}".lower())
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
    await page.evaluate(browser_files.AXE.read_text(encoding="utf-8"))
    told = await page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    wrong += [f"{each['id']} {each['nodes'][0]['target']}" for each in told["violations"]]
    return [f"{path or '/'} {where}: {said}" for said in wrong]


async def test_each_page_is_without_barriers_errors_or_overflow(site: Site) -> None:
    found: list[str] = []
    for language, theme, width in LOOKS:
        where = f"{language} {theme} {width}"
        seen = await site.open(language, theme, width)
        for path in site.paths():
            found += await look_at(seen, site, path, where)
        await seen.page.context.close()
        stranger = await site.open(language, theme, width, user_id="")
        for path in (*DOORS, site.served.invitation):
            found += await look_at(stranger, site, path, where)
        await stranger.page.context.close()
    assert not found, "\n".join(found)


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
    await seen.page.locator(".panel").get_by_role("button", name="Done").focus()
    await seen.page.keyboard.press("Enter")
    await seen.page.wait_for_selector("#toasts .toast")
    assert await pool.fetchval("SELECT count(*) FROM callback_requests WHERE closed_for = 'dealt'") == 1
    await seen.page.goto(f"{site.url}/console/calls/{site.call_id}")
    await seen.page.wait_for_function("document.querySelector('.seek').getAttribute('aria-valuetext')")
    await seen.page.keyboard.press("ArrowRight")
    await seen.page.keyboard.press("n")
    assert (await seen.page.input_value("#comment")).startswith("[0:05] ")
    assert not seen.complaints


async def test_a_double_click_another_tab_and_the_way_back(site: Site, pool: Pool) -> None:
    seen = await site.open("en", "light", 1280)
    page, other = seen.page, await seen.page.context.new_page()
    address = f"{site.url}/console/board?open={site.request_id}"
    await page.goto(address)
    await other.goto(address)
    await page.locator(".panel").get_by_role("button", name="Done").dblclick()
    await page.wait_for_selector("#toasts .toast")
    done = "SELECT count(*) FROM callback_history WHERE request_id = $1 AND verb = 'done'"
    assert await pool.fetchval(done, site.request_id) == 1
    await other.locator(".orders").get_by_role("button", name="Done").click()
    await other.wait_for_selector("#toasts .toast, .refusal")  # it is told, and nothing is done twice
    assert await pool.fetchval(done, site.request_id) == 1
    await page.goto(f"{site.url}/console/calls")
    await page.go_back()
    await page.wait_for_selector('#live[data-state="on"]')
    assert page.url == address
    assert await page.locator(f"#request-{site.request_id}").count() == 0
