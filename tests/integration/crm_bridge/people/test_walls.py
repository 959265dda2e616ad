"""A wall screen's link: one page and its stream, no number whole, nothing else; gone when it is revoked."""

import asyncio
import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from crm_bridge.people.access import UserRole
from crm_bridge.web import PREFIX, live
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.people.conftest import Browser, Console
from tests.integration.crm_bridge.people.test_access import THEIRS, number_of, write
from tests.waiting import PATIENCE

PHONE = SimpleNamespace(
    manager_id="101", name="Ivan", group="", endpoint="PJSIP/101", state="free", since=datetime.now(UTC), until=None,
    reason="", call_id=None,
)  # fmt: skip


async def made(browser: Browser, **form: str) -> str:
    async with browser.post(f"{PREFIX}/walls", data={"name": "Sales hall", **form}) as answer:
        assert answer.status == 200
        found = re.search(rf"{PREFIX}/wall/([\w-]{{43}})", await answer.text())
    assert found
    return found[0]


async def read(browser: Browser, path: str) -> tuple[int, str]:
    async with browser.get(path) as answer:
        return answer.status, await answer.text()


async def test_a_screen_shows_the_figures_without_a_session_and_no_number_whole(console: Console, pool: Pool) -> None:
    await write(pool, THEIRS)
    await pool.execute("UPDATE callback_requests SET state = 'waiting'")
    await console.user("olha", UserRole.ADMIN)
    async with console.browser() as browser, console.browser() as screen:
        await console.sign_in(browser)
        link, whole = await made(browser), await made(browser, whole="yes")
        code, page = await read(screen, link)
        assert code == 200
        assert f'data-live-at="{link}/stream"' in page
        assert "•• 00" in page
        assert number_of(0)[-7:] not in re.sub(r"\D", "", page.replace("\xa0", ""))
        assert "380671234500" in re.sub(r"\D", "", (await read(screen, whole))[1].replace("\xa0", ""))
        assert "<main" not in (await read(screen, f"{link}?part=wall"))[1]
        token = link.rpartition("/")[2]
        assert await pool.fetchval("SELECT count(*) FROM walls WHERE walls::text LIKE '%' || $1 || '%'", token) == 0
        for path in ("", "/board", "/calls", "/calls/pbx:0.1", "/walls", "/live/stream", "/wall"):
            assert (await read(screen, f"{PREFIX}{path}"))[0] in {303, 401, 403}, path
        for path in (f"{link}/x", f"{link}/../../calls", f"{PREFIX}/wall/{'A' * 43}", f"{PREFIX}/wall/x"):
            assert (await read(screen, path))[0] in {303, 404}, path
        async with screen.post(link) as answer:
            assert answer.status == 405


async def test_a_link_that_is_revoked_ends_its_stream_though_calls_go_on(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_BEAT_SECONDS", 0.2)
    await console.user("olha", UserRole.ADMIN)
    async with console.browser() as browser, console.browser() as screen:
        await console.sign_in(browser)
        link = await made(browser)
        async with screen.get(f"{link}/stream") as stream:
            assert stream.status == 200
            assert await stream.content.readuntil(b"\n\n") == b"retry: 2000\nevent: ready\ndata: \n\n"

            async def busy() -> None:
                while True:
                    console.bridge.presence_hook(PHONE)
                    await asyncio.sleep(0.05)

            working = asyncio.create_task(busy())
            async with browser.post(f"{PREFIX}/walls/1/revoke", data={"back": ""}) as answer:
                assert answer.status == 303
            async with asyncio.timeout(PATIENCE):
                rest = await stream.content.read()
            working.cancel()
            assert b"changed" in rest
        assert (await read(screen, link))[0] == 404
        assert (await read(screen, f"{link}/stream"))[0] == 404


async def test_only_administrators_make_links_and_their_forms_are_checked(console: Console) -> None:
    await console.user("olha", UserRole.ADMIN)
    await console.user("petro", UserRole.HEAD)
    async with console.browser() as browser, console.browser() as other:
        await console.sign_in(browser)
        await console.sign_in(other, "petro")
        for form in ({"name": ""}, {"name": " "}, {"name": "x" * 65}):
            async with browser.post(f"{PREFIX}/walls", data=form) as answer:
                assert answer.status == 422
        async with other.post(f"{PREFIX}/walls", data={"name": "x"}) as answer:
            assert answer.status == 403
        async with browser.post(f"{PREFIX}/walls/1/revoke", data={"back": ""}) as answer:
            assert answer.status == 404
        async with browser.http.post(
            f"{PREFIX}/walls", data={"name": "x"}, headers={"Sec-Fetch-Site": "cross-site"}
        ) as answer:
            assert answer.status == 403


async def test_a_screen_speaks_the_language_of_its_room_whatever_its_browser_wishes(console: Console) -> None:
    await console.user("olha", UserRole.ADMIN)
    async with console.browser() as browser, console.browser(**{"Accept-Language": "en"}) as screen:
        await console.sign_in(browser)
        for language in ("ru", "uk", "en", ""):
            code, page = await read(screen, await made(browser, language=language))
            assert code == 200
            assert f'<html lang="{language or "en"}"' in page
        async with browser.post(f"{PREFIX}/walls", data={"name": "x", "language": "tlh"}) as answer:
            assert answer.status == 400
        assert "Українська" in (await read(browser, f"{PREFIX}/walls"))[1]
