"""Coming in and going out: passwords, tries, sessions, links, and requests that other pages made."""

import asyncio
import re
from datetime import timedelta

import aiohttp
import pytest
from yarl import URL

from crm_bridge.people.access import UserRole
from crm_bridge.people.sessions import IDLE, LIFE
from crm_bridge.people.signing_in import TRIES, WINDOW
from crm_bridge.people.store import INVITATION, Purpose
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.people.conftest import PASSWORD, Browser, Console, cookie_of


async def is_in(browser: Browser) -> bool:
    async with browser.get("/console/me") as answer:
        assert answer.status in {200, 303}
        return answer.status == 200


async def test_who_is_not_signed_in_is_sent_to_the_sign_in_and_back(console: Console) -> None:
    await console.user()
    async with console.browser() as browser:
        async with browser.get("/console/me?a=1&b=2") as answer:
            assert answer.status == 303
            assert answer.headers["Location"] == "/console/sign-in?next=%2Fconsole%2Fme%3Fa%3D1%26b%3D2"
        code, where = await console.sign_in(browser, "OLHA ", next="/console/me?a=1&b=2")
        assert (code, where) == (303, "/console/me?a=1&b=2")
        assert await is_in(browser)
        async with browser.post("/console/sign-out") as answer:
            assert answer.headers["Location"] == "/console/sign-in"
        assert not await is_in(browser)


ELSEWHERE = (
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "/console/../../evil",
    "/console.evil.example",
    "/console@evil.example",
    "/api/v1/calls",
    "javascript:alert(1)",
    "/console/\r\nSet-Cookie: a=b",
    "\t//evil.example",
    "/console\\@evil.example",
)


async def test_the_page_after_signing_in_is_one_of_ours(console: Console) -> None:
    await console.user()
    async with console.browser() as browser:
        for elsewhere in ELSEWHERE:
            assert await console.sign_in(browser, next=elsewhere) == (303, "/console"), elsewhere


async def test_a_wrong_password_and_an_unknown_name_are_told_alike(console: Console) -> None:
    await console.user()
    async with console.browser() as browser:
        wrong = await console.sign_in(browser, password="wrong")
        unknown = await console.sign_in(browser, name="nobody")
        strange = await console.sign_in(browser, name="<script>alert(1)</script>")
        assert (await console.sign_in(browser, name="a\0b\nc"))[0] == 400
    assert wrong[0] == unknown[0] == strange[0] == 403
    told = [re.search(r'role="alert">(.*?)</div>', page, re.DOTALL) for _, page in (wrong, unknown, strange)]
    assert len({found and found[1] for found in told}) == 1
    assert told[0]
    assert "<script>" not in strange[1]


async def test_tries_are_bounded_also_at_once_and_after_a_restart(console: Console, pool: Pool) -> None:
    await console.user()
    async with console.browser() as browser:
        codes = [code for code, _ in await asyncio.gather(*(console.sign_in(browser, password="x") for _ in range(12)))]
        assert (codes.count(403), codes.count(429)) == (TRIES, 12 - TRIES)
        assert (await console.sign_in(browser))[0] == 429, "nor with the right one"
        rows = await pool.fetch("SELECT * FROM sign_in_tries")
        assert len(rows) == 3 * TRIES, "who waits is not put off by trying on"
        console.clock.ahead += WINDOW + timedelta(seconds=1)
        assert (await console.sign_in(browser))[0] == 303


async def test_one_address_cannot_try_many_names_nor_many_addresses_one(console: Console, pool: Pool) -> None:
    await console.user()
    async with console.browser() as browser:
        await pool.execute("UPDATE users SET password_hash = NULL")
        codes = [(await console.sign_in(browser, name=f"n{number}"))[0] for number in range(51)]
    assert codes[-2:] == [403, 429]


async def test_a_new_token_at_each_sign_in_and_the_one_before_is_dead(console: Console) -> None:
    """What was planted into the browser, or taken from it, opens nothing after a sign-in."""
    await console.user()
    planted = "A" * 43
    async with console.browser() as browser:
        browser.jar.update_cookies({"ringback": planted}, response_url=URL(console.url))
        form = {"name": "olha", "password": PASSWORD}
        async with browser.post("/console/sign-in", data=form) as answer:
            first = cookie_of(answer)
            flags = answer.headers["Set-Cookie"]
        async with browser.post("/console/sign-in", data=form) as answer:
            second = cookie_of(answer)
    assert len({planted, first, second}) == 3
    assert "HttpOnly" in flags
    assert "SameSite=Lax" in flags
    assert "Path=/" in flags
    assert await console.sessions.find(first) is None
    assert await console.sessions.find(planted) is None
    assert await console.sessions.find(second) is not None


async def test_behind_tls_the_cookie_is_locked_to_host_and_tls(console: Console) -> None:
    await console.user()
    async with console.browser(**{"X-Forwarded-Proto": "https", "Host": "calls.company.com"}) as browser:
        form = {"name": "olha", "password": PASSWORD}
        async with browser.post("/console/sign-in", data=form) as answer:
            cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-ringback=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


async def test_only_the_hash_of_a_token_is_kept(console: Console, pool: Pool) -> None:
    await console.user()
    link = await console.people.invite("olha")
    async with (
        console.browser() as browser,
        browser.post("/console/sign-in", data={"name": "olha", "password": PASSWORD}) as answer,
    ):
        token = cookie_of(answer)
    for table in ("sessions", "invitations", "users", "sign_in_tries"):
        told = str(await pool.fetch(f"SELECT * FROM {table}"))  # noqa: S608 - our own names
        assert token not in told
        assert link not in told
        assert PASSWORD not in told


async def test_a_session_that_is_not_used_is_over(console: Console) -> None:
    await console.user()
    for unused, alive in ((IDLE - timedelta(minutes=1), True), (IDLE, False)):
        async with console.browser() as browser:
            await console.sign_in(browser)
            console.clock.ahead += unused
            assert await is_in(browser) is alive


async def test_a_session_that_is_used_is_over_after_two_weeks(console: Console) -> None:
    await console.user()
    async with console.browser() as browser:
        await console.sign_in(browser)
        for _ in range(int(LIFE / timedelta(hours=8)) - 1):
            console.clock.ahead += timedelta(hours=8)
            assert await is_in(browser)
        console.clock.ahead += timedelta(hours=8)
        assert not await is_in(browser)


@pytest.mark.parametrize("how", ["ended", "disabled", "role", "password", "all"])
async def test_a_session_ends_at_once_with(console: Console, how: str) -> None:
    await console.user()
    async with console.browser() as browser, console.browser() as other:
        await console.sign_in(browser)
        await console.sign_in(other)
        here = (await console.sessions.of("olha"))[0].session_id
        match how:
            case "ended":
                async with browser.post(f"/console/me/sessions/{here - 1}/end") as answer:
                    assert answer.status == 303
            case "disabled":
                await console.people.disable("olha")
            case "role":
                await console.people.set_role("olha", UserRole.ADMIN, manager_id=None, may_listen=False)
            case "password":
                form = {"old": PASSWORD, "password": "another long password", "again": "another long password"}
                async with browser.post("/console/me/password", data=form) as answer:
                    assert answer.status == 303
            case _:
                async with browser.post("/console/me/sessions/end") as answer:
                    assert answer.status == 303
        stays = how in {"password", "all"}
        assert await is_in(browser) is stays
        if how != "ended":
            assert not await is_in(other)


async def test_nobody_ends_another_ones_session(console: Console) -> None:
    await console.user()
    await console.user("petro")
    async with console.browser() as browser:
        await console.sign_in(browser, "petro")
        theirs = (await console.sessions.of("olha"))[0].session_id
        for told in (str(theirs), "0", "9" * 40, "٣", "x"):
            async with browser.post(f"/console/me/sessions/{told}/end") as answer:
                assert answer.status == 404, told
    assert [each.session_id for each in await console.sessions.of("olha")] == [theirs]


async def test_a_link_opens_once_and_to_look_at_it_does_not_use_it(console: Console) -> None:
    await console.people.add("olha", "Olha", UserRole.HEAD, manager_id=None, may_listen=True, language="uk")
    token = await console.people.invite("olha")
    good = {"password": PASSWORD, "again": PASSWORD}
    async with console.browser() as browser:
        for _ in range(2):
            async with browser.get(f"/console/invitation/{token}") as answer:
                assert answer.status == 200
        for bad in (
            {"password": "short", "again": "short"},
            {"password": PASSWORD, "again": "x"},
            {},
            {"password": "a" * 20, "again": "a" * 20},
        ):
            async with browser.post(f"/console/invitation/{token}", data=bad) as answer:
                assert answer.status == 422
        answers = await asyncio.gather(*(browser.post(f"/console/invitation/{token}", data=good) for _ in range(3)))
        assert sorted(answer.status for answer in answers) == [303, 410, 410]
    async with console.browser() as browser:
        assert (await console.sign_in(browser))[0] == 303


async def test_a_link_is_over_in_time_replaced_by_the_next_and_dead_for_the_disabled(console: Console) -> None:
    await console.user()
    old = await console.people.invite("olha")
    new = await console.people.invite("olha")
    assert await console.people.invited(old) is None
    assert await console.people.invited(new) is not None
    console.clock.ahead += INVITATION
    assert await console.people.invited(new) is None
    await console.people.disable("olha")
    async with console.browser() as browser, browser.get("/console/invitation/nonsense") as answer:
        assert answer.status == 410


async def test_a_sign_in_link_wants_a_press_and_no_password(console: Console) -> None:
    await console.user()
    token = await console.people.invite("olha", Purpose.SIGN_IN)
    async with console.browser() as browser:
        async with browser.post(f"/console/invitation/{token}", data={}) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/console")
        assert await is_in(browser)


FORGED: tuple[dict[str, str], ...] = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": ""},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {},
)


async def test_what_another_page_makes_a_browser_ask_is_refused(console: Console) -> None:
    await console.user()
    async with console.browser() as browser, aiohttp.ClientSession(console.url, cookie_jar=browser.jar) as forged:
        await console.sign_in(browser)
        for headers in FORGED:
            for path in ("/console/sign-out", "/console/sign-in", "/console/me/password", "/console/me/sessions/end"):
                form = {"name": "olha", "password": PASSWORD}
                async with forged.post(path, data=form, headers=headers, allow_redirects=False) as answer:
                    assert answer.status == 403, (path, headers)
        assert await is_in(browser)


async def test_an_old_browser_is_believed_by_its_origin(console: Console) -> None:
    await console.user()
    async with aiohttp.ClientSession(console.url, headers={"Origin": console.url}) as old:
        form = {"name": "olha", "password": PASSWORD}
        async with old.post("/console/sign-in", data=form, allow_redirects=False) as answer:
            assert answer.status == 303


async def test_every_page_has_its_headers(console: Console) -> None:
    await console.user()
    async with console.browser() as browser:
        await console.sign_in(browser)
        for path in ("/console/sign-in", "/console/me", "/console/me/password", "/console/nothing"):
            async with browser.get(path) as answer:
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"], path
                assert "unsafe" not in answer.headers["Content-Security-Policy"]
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["Referrer-Policy"] == "same-origin"
                assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
                assert answer.headers["Cache-Control"] == "no-store"


STRANGE = (b"name=" + b"a" * 9000, b"&".join(b"a=1" for _ in range(50)), b"name=\xff\xfe", b"name=%ff%00")


async def test_a_strange_form_is_refused_in_peace(console: Console) -> None:
    async with console.browser() as browser:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        for body in STRANGE:
            async with browser.post("/console/sign-in", data=body, headers=kind) as answer:
                assert answer.status in {400, 403}
        async with browser.post("/console/sign-in", json={"name": "olha"}) as answer:
            assert answer.status == 400


async def test_who_is_shown_an_agent_of_letters_that_are_none(console: Console) -> None:
    await console.user()
    async with console.browser(**{"User-Agent": "<img src=x onerror=alert(1)>\u202e" + "x" * 500}) as browser:
        await console.sign_in(browser)
        async with browser.get("/console/me") as answer:
            text = await answer.text()
    assert "<img" not in text
    assert "&lt;img" in text


async def test_a_form_of_a_session_that_is_over_leads_back_to_its_page(console: Console) -> None:
    page = f"{console.url}/console/calls/a?x=1"
    async with console.browser() as browser:
        async with browser.post("/console/calls/a/tag", data={}, headers={"Referer": page}) as answer:
            assert answer.status == 303
            assert answer.headers["Location"] == "/console/sign-in?next=%2Fconsole%2Fcalls%2Fa%3Fx%3D1"
        by_htmx = {"HX-Request": "true", "HX-Current-URL": page, "Referer": "https://elsewhere.example/"}
        async with browser.post("/console/calls/a/tag", data={}, headers=by_htmx) as answer:
            assert answer.status == 401
            assert answer.headers["HX-Redirect"] == "/console/sign-in?next=%2Fconsole%2Fcalls%2Fa%3Fx%3D1"
        async with browser.post("/console/calls/a/tag", data={}, headers={"Referer": "http://[bad"}) as answer:
            assert answer.headers["Location"] == "/console/sign-in?next=%2Fconsole"
