"""The list of calls and one call, over HTTP: what is shown is what the ledger holds."""

import asyncio
import csv
import io
import re
from pathlib import Path

import aiohttp

from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.things import SOUND, keep_recording
from tests.waiting import PATIENCE


async def text_of(site: aiohttp.ClientSession, path: str) -> str:
    async with site.get(path) as answer:
        assert answer.status == 200, path
        return await answer.text()


def found(page: str) -> int:
    told = re.search(r'<p class="sub">\s*([\d\s\xa0]+)', page)
    assert told
    return int(re.sub(r"\D", "", told[1]))


LISTS = ("period=all", "period=7d", "period=all&disposition=missed", "period=all&manager=101", "period=all&tag=price")
WRONG = ("disposition=lost", "cursor=x", "direction=%00", f"number={'1' * 200}", "kind=survey&direction=up")


async def test_the_figure_the_pages_and_the_file_have_the_same_calls(site: aiohttp.ClientSession) -> None:
    for asked in LISTS:
        await _same_calls(site, asked)


async def _same_calls(site: aiohttp.ClientSession, asked: str) -> None:
    page = await text_of(site, f"/console/calls?{asked}")
    figure, shown = found(page), set(re.findall(r'href="/console/calls/(pbx[^"/?]+)"', page))
    while following := re.search(r'rel="next" href="\?([^"]+)"', page):
        page = await text_of(site, f"/console/calls?{following[1].replace('&amp;', '&')}")
        more = set(re.findall(r'href="/console/calls/(pbx[^"/?]+)"', page))
        assert not more & shown
        shown |= more
    rows = list(csv.reader(io.StringIO(await text_of(site, f"/console/calls/export?{asked}"))))
    assert len(shown) == figure == len(rows) - 1 > 0


async def test_a_hostile_name_is_text_and_cannot_turn_the_line(site: aiohttp.ClientSession, pool: Pool) -> None:
    await pool.execute("DELETE FROM customers")
    await pool.execute(
        "UPDATE calls SET caller_name = $1 WHERE direction = 'inbound'", "<img src=x onerror=alert(1)>\u202eevil"
    )
    page = await text_of(site, "/console/calls?period=all&direction=inbound")
    assert "<img" not in page
    assert "\u202e" not in page
    assert "<bdi>&lt;img src=x onerror=alert(1)&gt;\ufffdevil</bdi>" in page


async def test_a_filter_that_is_none_is_refused_with_a_page(site: aiohttp.ClientSession) -> None:
    for wrong in WRONG:
        async with site.get(f"/console/calls?{wrong}") as answer:
            assert answer.status == 422
            assert "text/html" in answer.headers["Content-Type"]


async def test_a_call_shows_its_legs_and_takes_notes(site: aiohttp.ClientSession, pool: Pool) -> None:
    call_id = await pool.fetchval(
        "SELECT call_id FROM calls WHERE disposition = 'answered' AND direction = 'inbound' LIMIT 1"
    )
    address = f"/console/calls/{call_id}"
    page = await text_of(site, address)
    assert page.count('class="talk"') >= 2
    await site.post(f"{address}/comment", data={"text": "[1:05] <b>важно</b>", "back": address})
    await site.post(f"{address}/tag", data={"tag": "<i>"})
    await site.post(f"{address}/result", data={"code": "sale"})
    page = await text_of(site, address)
    assert 'data-seek="65">1:05</button> <bdi>&lt;b&gt;важно&lt;/b&gt;</bdi>' in page
    assert "&lt;i&gt;" in page
    assert '<option value="sale" selected>' in page
    async with site.post(f"{address}/untag", data={"tag": "<i>"}, headers={"HX-Request": "true"}) as answer:
        part = await answer.text()
    assert "<html" not in part
    assert "&lt;i&gt;" not in part
    for form in ({"text": ""}, {"text": "x" * 5000}, {"text": "\x00"}, {}):
        async with site.post(f"{address}/comment", data=form) as answer:
            assert answer.status == 400
    async with site.get("/console/calls/pbx:nothing") as answer:
        assert answer.status == 404


async def test_who_listens_is_written_down_before_the_first_byte(
    site: aiohttp.ClientSession, pool: Pool, tmp_path: Path
) -> None:
    (row,) = await pool.fetch("SELECT call_id, started_at FROM calls WHERE disposition = 'answered' LIMIT 1")
    number = await keep_recording(pool, tmp_path / "recordings", row["call_id"], row["started_at"])
    page = await text_of(site, f"/console/calls/{row['call_id']}")
    assert f'data-audio="/console/recordings/{number}/audio"' in page
    async with site.get(f"/console/recordings/{number}/audio", headers={"Range": "bytes=256-511"}) as answer:
        assert (answer.status, await answer.read()) == (206, SOUND[256:512])
    (kept,) = await pool.fetch("SELECT by_whom, key_id, way FROM listenings WHERE recording_id = $1", number)
    assert tuple(kept) == ("Олена Шевченко", "user:olena", "session")
    async with site.get(f"/console/recordings/{number}/waveform") as answer:
        assert (await answer.json())["peaks"] == [[0, 255, 7], [1, 2, 3]]


async def test_what_is_written_is_told_to_open_pages_at_once(site: aiohttp.ClientSession, pool: Pool) -> None:
    async with site.get("/console/live/stream") as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        await stream.content.readuntil(b"\n\n")
        async with asyncio.timeout(PATIENCE):
            await pool.execute("SELECT pg_notify('ringback_live', $1)", '{"kind": "callback.requested", "body": {}}')
            assert await stream.content.readuntil(b"\n\n") == b"event: changed\ndata: callbacks\n\n"
