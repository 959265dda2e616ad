"""What a manager sees on pages is theirs: any ledger, every page, part, card, file and stream."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from yarl import URL

from crm_bridge.people.access import UserRole
from crm_bridge.web import PREFIX
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.conftest import now
from tests.integration.crm_bridge.people.conftest import Browser, Console
from tests.integration.crm_bridge.people.test_access import (
    MANAGERS,
    THEIRS,
    Ledger,
    calls_of,
    directory,
    ledgers,
    number_of,
    requests_of,
    write,
)  # fmt: skip
from tests.integration.crm_bridge.people.test_walls import PHONE
from tests.integration.crm_bridge.things import keep_recording

__all__ = ["directory"]
PAGES = (
    "", "?part=all", "/wall", "/wall?part=wall", "/live", "/live?part=all", "/calls?period=all",
    "/calls?period=all&part=rows", "/calls?period=all&tag=vip", "/customers", "/customers?q=customer",
    "/search?q=067123",     "/calls/export?format=csv&period=all", "/board?owner=olena", "/board?owner=petro",
    "/board?tab=held&part=rows",
    *(f"/board?tab={tab}" for tab in ("owed", "promised", "held", "late", "reached", "got_through", "lost", "never")),
)  # fmt: skip


async def come_in(console: Console, browser: Browser, manager: str) -> None:
    """Sign in without a password: the ledger was written anew, and users with it."""
    await console.people.add(
        manager, manager.title(), UserRole.MANAGER, manager_id=manager, may_listen=True, language="en"
    )
    token = await console.sessions.begin(manager, "127.0.0.1", "test")
    browser.jar.update_cookies({"ringback": token}, URL(console.url))


async def read(browser: Browser, path: str) -> tuple[int, str]:
    async with browser.get(f"{PREFIX}{path}") as answer:
        return answer.status, (await answer.read()).decode(errors="replace")


def numbers_in(text: str) -> set[str]:
    """Customers' numbers that a page shows, in any writing."""
    bare = re.sub(r"[^\d+]", "", unquote(text).replace("\xa0", ""))
    return {number_of(place) for place in range(4) if f"67123450{place}" in bare}


@given(ledger=ledgers(), manager=st.sampled_from(MANAGERS))
@settings(
    max_examples=4,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@pytest.mark.usefixtures("directory")
async def test_no_page_shows_a_manager_what_is_anothers(
    console: Console, pool: Pool, ledger: Ledger, manager: str
) -> None:
    await write(pool, ledger)
    calls, requests = calls_of(ledger, manager), requests_of(ledger, manager)
    numbers = {number_of(place) for place, each in enumerate(ledger.customers) if each.owner == manager}
    numbers |= {number_of(ledger.calls[int(call.partition(":")[2].partition(".")[0])].customer) for call in calls}
    numbers |= {number_of(ledger.requests[request - 1].customer) for request in requests}
    all_calls = {f"{call.pbx}:{place}.1" for place, call in enumerate(ledger.calls)}
    async with console.browser() as browser:
        await come_in(console, browser, manager)
        for page in PAGES:
            code, text = await read(browser, page)
            assert code == 200, page
            shown = unquote(text)
            named = {call for call in all_calls if re.search(rf"(?<![\w:]){re.escape(call)}(?!\d)", shown)}
            assert named <= calls, page
            assert numbers_in(text) <= numbers, page
            assert {int(row) for row in re.findall(r"open=(\d+)", shown)} <= requests, page
        listed = unquote((await read(browser, "/calls?period=all"))[1])
        assert set(re.findall(rf'href="{PREFIX}/calls/((?:pbx|other):\d\.1)"', listed)) == calls
        held = unquote((await read(browser, "/board?tab=held"))[1])
        assert {int(row) for row in re.findall(r"open=(\d+)", held)} == requests
        for call in all_calls:
            assert (await read(browser, f"/calls/{call}"))[0] == (200 if call in calls else 404)
            assert (await read(browser, f"/calls/{call}?part=notes"))[0] == (200 if call in calls else 404)
        for place in range(len(ledger.requests)):
            assert (await read(browser, f"/board?open={place + 1}"))[0] == (200 if place + 1 in requests else 404)
        for place in range(4):
            code, text = await read(browser, f"/customers/{number_of(place)}")
            assert code == (200 if number_of(place) in numbers else 404)
            assert code == 404 or set(re.findall(r"calls/((?:pbx|other):\d\.1)", unquote(text))) <= calls


@pytest.mark.usefixtures("directory")
async def test_anothers_recording_is_not_there_and_nothing_of_theirs_is_ordered(console: Console, pool: Pool) -> None:
    await write(pool, THEIRS)
    recording = await keep_recording(pool, console.folder, "pbx:0.1", now())
    before = await pool.fetch("SELECT * FROM callback_requests")
    async with console.browser() as browser:
        await come_in(console, browser, "petro")
        for path in (f"/recordings/{recording}/audio", f"/recordings/{recording}/waveform"):
            assert (await read(browser, path))[0] == 404
        for path, form in (
            ("/board/1/snooze", {"minutes": "5"}), ("/board/1/give", {"manager": "petro"}), ("/board/1/ring", {}),
            ("/board/1/done", {}), ("/board/1/cancel", {}), ("/calls/pbx:0.1/comment", {"text": "x"}),
            ("/calls/pbx:0.1/tag", {"tag": "x"}), (f"/customers/{number_of(0)}/never-call", {"never": "yes"}),
        ):  # fmt: skip
            async with browser.post(f"{PREFIX}{path}", data={"back": "", **form}) as answer:
                assert answer.status in {403, 404}, path
        for path in ("/users", "/keys", "/walls", "/audit", "/deliveries", "/settings"):
            assert (await read(browser, path))[0] == 403
    assert await pool.fetch("SELECT * FROM callback_requests") == before
    assert not await pool.fetch("SELECT 1 FROM call_comments")


async def test_the_stream_of_a_page_names_kinds_and_nothing_of_anybody(console: Console, pool: Pool) -> None:
    await write(pool, THEIRS)
    async with console.browser() as browser:
        await come_in(console, browser, "petro")
        async with browser.get(f"{PREFIX}/live/stream") as stream:
            await stream.content.readuntil(b"\n\n")
            console.bridge.presence_hook(PHONE)
            assert await stream.content.readuntil(b"\n\n") == b"event: changed\ndata: phones\n\n"
