"""The board, over HTTP: each tab's figure is its list's length, and an order is done once."""

import asyncio
import re

import aiohttp

from crm_bridge.people.once import OnceKeeper
from crm_bridge.web.pages.board import BoardTab
from telephony.postgres.pool import Pool


async def text_of(site: aiohttp.ClientSession, path: str) -> str:
    async with site.get(path) as answer:
        assert answer.status == 200, path
        return await answer.text()


async def test_each_tabs_figure_is_the_length_of_its_list(site: aiohttp.ClientSession) -> None:
    figures = {}
    for tab in BoardTab:
        page = await text_of(site, f"/console/board?tab={tab}")
        told = re.search(rf'tab={tab}"[^>]*>[^<]*<span class="count">([^<]+)<', page)
        assert told
        figures[tab] = int(told[1])
        shown = len(re.findall(r'<tr id="request-', page))
        while following := re.search(r'rel="next" href="([^"]+)"', page):
            page = await text_of(site, f"/console/board{following[1].replace('&amp;', '&')}")
            shown += len(re.findall(r'<tr id="request-', page))
        assert shown == figures[tab]
    assert figures[BoardTab.OWED] == 4
    assert figures[BoardTab.HELD] == 1


async def test_the_most_urgent_is_first_and_says_why_it_was_missed(site: aiohttp.ClientSession) -> None:
    page = await text_of(site, "/console/board")
    until = re.findall(r'data-until="([^"]+)"', page)
    assert until == sorted(until)
    assert len(until) == 4
    number = re.search(r'<tr id="request-(\d+)"', page)
    assert number
    panel = await text_of(site, f"/console/board?open={number[1]}&part=panel")
    assert "<html" not in panel
    assert "занято: Иван Петренко (101)" in panel


async def test_an_order_is_done_once_however_often_it_is_sent(site: aiohttp.ClientSession, pool: Pool) -> None:
    number = await pool.fetchval("SELECT request_id FROM callback_requests WHERE state = 'waiting' LIMIT 1")
    htmx = {"HX-Request": "true"}
    form = {"minutes": "15", "once": "a-name"}
    said = []
    for _ in range(2):
        async with site.post(f"/console/board/{number}/snooze", data=form, headers=htmx) as answer:
            assert (answer.status, answer.headers["HX-Trigger"]) == (200, "ringback:changed")
            said.append(await answer.text())
    assert "Отложено" in said[0]
    assert "уже сделано" in said[1]
    told = "SELECT by_whom FROM callback_history WHERE request_id = $1 AND verb = 'snooze'"
    assert [row["by_whom"] for row in await pool.fetch(told, number)] == ["Олена Шевченко"]


async def test_orders_say_what_became_of_them_and_a_closed_request_takes_none(
    site: aiohttp.ClientSession, pool: Pool
) -> None:
    row = await pool.fetch("SELECT request_id, customer FROM callback_requests WHERE state = 'waiting' LIMIT 1")
    number, customer = row[0]["request_id"], row[0]["customer"]
    address = f"/console/board/{number}"
    await site.post(f"{address}/give", data={"manager": "103"})
    assert await pool.fetchval("SELECT owner FROM callback_requests WHERE request_id = $1", number) == "103"
    async with site.post(f"{address}/never", data={"back": "/console/board?tab=never"}) as answer:
        assert str(answer.url.relative()) == "/console/board?tab=never"
    assert await pool.fetchval("SELECT do_not_call FROM customers WHERE number = $1", customer)
    async with site.post(f"{address}/done", headers={"HX-Request": "true"}) as answer:
        assert answer.status == 400  # no form
    async with site.post(f"{address}/done", data={"once": "b"}, headers={"HX-Request": "true"}) as answer:
        assert answer.status == 409
        assert 'class="toast bad"' in await answer.text()
    for order, form in (("snooze", {"minutes": "9999999"}), ("give", {"manager": ""}), ("fly", {})):
        async with site.post(f"/console/board/1/{order}", data={"x": "", **form}) as answer:
            assert answer.status in {400, 404}


async def test_several_rows_are_put_off_at_once_and_those_that_cannot_are_counted(
    site: aiohttp.ClientSession, pool: Pool
) -> None:
    waiting = "SELECT request_id FROM callback_requests WHERE state = 'waiting' ORDER BY request_id LIMIT 2"
    first, second = [row["request_id"] for row in await pool.fetch(waiting)]
    page = await text_of(site, "/console/board?tab=owed")
    assert f'form="many" name="row.{first}"' in page
    form = {f"row.{first}": "yes", f"row.{second}": "yes", "order": "snooze", "minutes": "15", "once": "a"}
    for _ in range(2):
        async with site.post("/console/board/many", data=form | {"back": "/console/board?tab=owed"}) as answer:
            assert str(answer.url.relative()) == "/console/board?tab=owed"
    told = "SELECT request_id FROM callback_history WHERE verb = 'snooze' AND by_whom = 'Олена Шевченко' ORDER BY 1"
    assert [row["request_id"] for row in await pool.fetch(told)] == [first, second]
    done = {f"row.{first}": "yes", "row.999999": "yes", "row.x": "yes", "row.": "yes", "order": "done", "once": "b"}
    async with site.post("/console/board/many", data=done) as answer:
        assert answer.status == 409
        assert "Не получилось с 1 из 2" in await answer.text()
    assert await pool.fetchval("SELECT state FROM callback_requests WHERE request_id = $1", first) == "done"
    for wrong in ({"order": "never", f"row.{second}": "yes"}, {f"row.{second}": "yes"}):
        async with site.post("/console/board/many", data={"once": "", **wrong}) as answer:
            assert answer.status == 422


async def test_the_same_order_from_two_tabs_is_done_once(site: aiohttp.ClientSession, pool: Pool) -> None:
    number = await pool.fetchval("SELECT request_id FROM callback_requests WHERE state = 'waiting' LIMIT 1")
    answers = await asyncio.gather(
        *(site.post(f"/console/board/{number}/snooze", data={"minutes": "15", "once": tab}) for tab in ("x", "y"))
    )
    assert [answer.status for answer in answers] == [200, 200]
    told = "SELECT count(*) FROM callback_history WHERE request_id = $1 AND verb = 'snooze'"
    assert await pool.fetchval(told, number) == 1


async def test_an_order_for_no_row_leads_back_and_says_so_and_its_address_leads_to_the_board(
    site: aiohttp.ClientSession,
) -> None:
    for back in ("/console/board?tab=held&owner=101", "/console/board", "", "https://evil.example/", "/console/calls"):
        async with site.post("/console/board/many", data={"order": "done", "once": "a", "back": back}) as answer:
            assert (answer.status, answer.url.path) == (200, "/console/board")
            assert answer.url.query.get("tab") == ("held" if "held" in back else None)
            page = await answer.text()
        assert "Ничего не отмечено" in page
        assert "none_ticked" not in page, "no link of the page keeps it"
    for address, page in (
        ("board/many", "board"),
        ("board/5/done", "board"),
        ("views", ""),
        ("users/x/disable", "users"),
    ):
        async with site.get(f"/console/{address}") as answer:
            assert (answer.status, answer.url.path) == (200, f"/console/{page}".rstrip("/")), address


async def test_one_of_two_daemons_does_an_order(pool: Pool) -> None:
    first, second = OnceKeeper(pool), OnceKeeper(pool)
    for form in ("", "a form", "\0 \ud800"):
        taken = await asyncio.gather(
            *(each.begin("user:olena", form, f"5.done.{form}") for each in (first, second) * 4)
        )
        assert sorted(taken) == [False] * 7 + [True]
    assert await second.begin("user:ivan", "a form", "5.done.")
    assert not await second.begin("user:olena", "a form", "6.done.")
    await first.undo("user:olena", "a form", "5.done.a form")
    assert await second.begin("user:olena", "a form", "5.done.a form")
    await pool.execute("UPDATE orders_once SET taken_at = taken_at - interval '6 seconds'")
    assert await first.begin("user:olena", "another form", "5.done.a form"), "a new wish"
    assert not await first.begin("user:olena", "a form", "7.done."), "the form itself is good once"


async def test_those_who_look_at_the_same_moment_are_answered_from_one_reading_and_who_ordered_sees_it(
    site: aiohttp.ClientSession, pool: Pool
) -> None:
    part = "/console/board?part=rows"
    answers = await asyncio.gather(*(site.get(part) for _ in range(5)))
    texts = [await answer.text() for answer in answers]
    nonces = [re.findall(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"])[0] for answer in answers]
    names = [re.findall(r'name="once" value="([^"]+)"', text)[0] for text in texts]
    assert len(set(nonces)) == len(set(names)) == 5, "what is one's own is not shared"
    assert all(
        set(re.findall(r'hx-nonce="([^"]+)"', text)) <= {nonce} for text, nonce in zip(texts, nonces, strict=True)
    )
    assert (
        len({text.replace(nonce, "").replace(name, "") for text, nonce, name in zip(texts, nonces, names, strict=True)})
        == 1
    )
    number = await pool.fetchval("SELECT request_id FROM callback_requests WHERE state = 'waiting' LIMIT 1")
    assert f'id="request-{number}"' in await text_of(site, part)
    await site.post(f"/console/board/{number}/done", data={"once": "z"})
    assert f'id="request-{number}"' not in await text_of(site, part)


async def test_the_rail_has_the_figure_of_the_first_tab(site: aiohttp.ClientSession, pool: Pool) -> None:
    assert (await text_of(site, "/console/board/owed?part=owed")).startswith("4<span")
    assert 'hx-get="/console/board/owed?part=owed"' in await text_of(site, "/console/health")
    await pool.execute("UPDATE callback_requests SET state = 'held' WHERE state = 'waiting'")
    assert await text_of(site, "/console/board/owed") == ""
